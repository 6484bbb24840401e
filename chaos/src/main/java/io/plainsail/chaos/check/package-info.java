/** Holds the history against the promises. */
@NullMarked
package io.plainsail.chaos.check;

import org.jspecify.annotations.NullMarked;
