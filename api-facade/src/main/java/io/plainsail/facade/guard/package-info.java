/** The guard: who may run a job now, and until when a running attempt is believed in. */
@NullMarked
package io.plainsail.facade.guard;

import org.jspecify.annotations.NullMarked;
