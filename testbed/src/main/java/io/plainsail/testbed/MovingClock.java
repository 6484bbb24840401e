package io.plainsail.testbed;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * A clock that stands still until a test moves it. Thread-safe: a move is seen by every thread and by every clock
 * made from this one with {@link #withZone}.
 */
public final class MovingClock extends Clock {
    private final Time time; // Shared by all zones of one clock.
    private final ZoneId zone;

    private MovingClock(Time time, ZoneId zone) {
        this.time = time;
        this.zone = zone;
    }

    /** A clock in UTC that shows {@code start}. */
    public static MovingClock at(Instant start) {
        return new MovingClock(new Time(start), ZoneOffset.UTC);
    }

    /**
     * Moves time on and returns the new time.
     *
     * @throws IllegalArgumentException if {@code step} is negative: going back is {@link #moveTo}
     */
    public Instant advance(Duration step) {
        if (step.isNegative()) {
            throw new IllegalArgumentException("advance(%s): a step must not be negative".formatted(step));
        }
        return time.advance(step);
    }

    /** Shows {@code instant} from now on, which may lie in the past: a clock that was set back. */
    public void moveTo(Instant instant) {
        time.moveTo(instant);
    }

    @Override
    public Instant instant() {
        return time.now();
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    /** The same moving time, shown in another zone. */
    @Override
    public MovingClock withZone(ZoneId other) {
        return new MovingClock(time, other);
    }

    @Override
    public String toString() {
        return "MovingClock[" + instant() + ", " + zone + "]";
    }

    private static final class Time {
        private Instant now; // Guarded by this.

        Time(Instant now) {
            this.now = now;
        }

        synchronized Instant now() {
            return now;
        }

        synchronized Instant advance(Duration step) {
            now = now.plus(step);
            return now;
        }

        synchronized void moveTo(Instant instant) {
            now = instant;
        }
    }
}
