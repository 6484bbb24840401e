/** Offers jobs, keeps the history of requests, and watches outcomes. */
@NullMarked
package io.plainsail.chaos.load;

import org.jspecify.annotations.NullMarked;
