/** Result files, and the tokens with which attempts deliver them. */
@NullMarked
package io.plainsail.facade.results;

import org.jspecify.annotations.NullMarked;
