package io.plainsail.facade.guard;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Up to when everything that was reported is recorded, known from the facades' marks in the queue of events. Heartbeats
 * travel through the same queue: a lease that ended before that time was not renewed.
 *
 * <p>After a gap in the marks, and when the clock was set, heartbeats may still be on their way that were held up with
 * them: for the length of a lease nobody is judged. Thread-safe.
 */
final class RecordedTime {
    /** Longer without a mark is a gap; facades' clocks differ by less. */
    static final Duration GAP = Duration.ofSeconds(10);

    private final Duration lease;

    // Guarded by this.
    private @Nullable Instant upTo;
    private @Nullable Instant judgedFrom;

    RecordedTime(Duration lease) {
        this.lease = lease;
    }

    /** A mark came out of the queue that was put into it at that time. */
    synchronized void mark(Instant at) {
        Instant last = upTo;
        boolean gap = last == null || at.isAfter(last.plus(GAP)) || at.isBefore(last.minus(GAP));
        if (gap) {
            judgedFrom = at.plus(lease);
        }
        if (gap || at.isAfter(last)) {
            upTo = at;
        }
    }

    synchronized @Nullable Instant upTo() {
        return upTo;
    }

    /** Whether leases can be judged. */
    synchronized boolean leasesEnd() {
        return upTo != null && judgedFrom != null && !upTo.isBefore(judgedFrom);
    }
}
