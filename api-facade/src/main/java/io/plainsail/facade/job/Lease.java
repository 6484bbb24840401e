package io.plainsail.facade.job;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * How long a running attempt is believed to go on without a word from its worker. Workers renew it several times in that
 * time.
 *
 * @param length default 30 s
 */
public record Lease(Clock clock, Duration length) {

    /** The end of a lease that is given or renewed now. */
    public Instant until() {
        return clock.instant().plus(length);
    }
}
