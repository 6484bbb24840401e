/** Builds with a bug each, on which the checks must fail. */
@NullMarked
package io.plainsail.chaos.broken;

import org.jspecify.annotations.NullMarked;
