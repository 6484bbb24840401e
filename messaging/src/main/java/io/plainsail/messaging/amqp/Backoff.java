package io.plainsail.messaging.amqp;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Waits between attempts: doubled from the least to the most, each plus or minus a quarter. What held for as long as
 * the longest wait starts anew. For one thread.
 */
final class Backoff {
    private final long minNanos;
    private final long maxNanos;

    private long next;

    Backoff(Duration min, Duration max) {
        this.minNanos = min.toNanos();
        this.maxNanos = max.toNanos();
        this.next = minNanos;
    }

    static Backoff of(AmqpConfig config) {
        return new Backoff(config.reconnectMin(), config.reconnectMax());
    }

    /**
     * @param heldNanos how long the last attempt's success held; 0 if it failed
     * @return nanoseconds to wait
     */
    long nextNanos(long heldNanos) {
        if (heldNanos >= maxNanos) {
            next = minNanos;
        }
        long wait = next;
        next = Math.min(maxNanos, next * 2);
        return wait - wait / 4 + ThreadLocalRandom.current().nextLong(wait / 2 + 1);
    }
}
