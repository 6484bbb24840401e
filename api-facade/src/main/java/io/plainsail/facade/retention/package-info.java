/** What is forgotten when it is old enough. */
@NullMarked
package io.plainsail.facade.retention;

import org.jspecify.annotations.NullMarked;
