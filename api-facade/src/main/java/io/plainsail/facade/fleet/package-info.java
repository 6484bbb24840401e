/** Which worker instances there are, what they do, and which of them are to take no further jobs. */
@NullMarked
package io.plainsail.facade.fleet;

import org.jspecify.annotations.NullMarked;
