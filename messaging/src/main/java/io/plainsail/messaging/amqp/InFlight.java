package io.plainsail.messaging.amqp;

import io.plainsail.messaging.PublishResult;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Messages sent on one channel and not yet answered, by the number that the broker counts them with: 1, 2, 3, …. A ring
 * that holds everything from the oldest unanswered on, and grows if that one is late. Not thread-safe.
 */
final class InFlight {
    /** Whom to tell, and when it was sent. */
    record Sent(Consumer<PublishResult> result, long nanos) {}

    private @Nullable Sent[] ring = new Sent[1_024];

    /** The oldest number that may be unanswered. */
    private long first = 1;

    private long next = 1;
    private int unanswered;

    /** The number that the next {@link #add} takes. */
    long next() {
        return next;
    }

    int unanswered() {
        return unanswered;
    }

    void add(Sent sent) {
        if (next - first == ring.length) {
            grow();
        }
        ring[slot(next)] = sent;
        next++;
        unanswered++;
    }

    /** Takes out one message; null if it is answered already, or was never sent. */
    @Nullable
    Sent take(long number) {
        if (number < first || number >= next) {
            return null;
        }
        Sent sent = ring[slot(number)];
        if (sent != null) {
            ring[slot(number)] = null;
            unanswered--;
        }
        while (first < next && ring[slot(first)] == null) {
            first++;
        }
        return sent;
    }

    /** Takes out every message up to a number. */
    void takeUpTo(long number, List<Sent> into) {
        while (first < next && first <= number) {
            takeFirst(into);
        }
    }

    /** Takes out every message sent before a moment of {@link System#nanoTime}. */
    void takeSentBefore(long nanos, List<Sent> into) {
        while (first < next) {
            Sent oldest = ring[slot(first)];
            if (oldest != null && oldest.nanos() - nanos >= 0) {
                return;
            }
            takeFirst(into);
        }
    }

    void takeAll(List<Sent> into) {
        takeUpTo(next, into);
    }

    private void takeFirst(List<Sent> into) {
        Sent sent = ring[slot(first)];
        if (sent != null) {
            ring[slot(first)] = null;
            unanswered--;
            into.add(sent);
        }
        first++;
    }

    private void grow() {
        @Nullable Sent[] larger = new Sent[ring.length * 2];
        for (long number = first; number < next; number++) {
            larger[(int) (number & (larger.length - 1))] = ring[slot(number)];
        }
        ring = larger;
    }

    private int slot(long number) {
        return (int) (number & (ring.length - 1));
    }
}
