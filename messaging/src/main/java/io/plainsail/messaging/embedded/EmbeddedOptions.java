package io.plainsail.messaging.embedded;

/**
 * Bounds of an embedded transport.
 *
 * @param threads threads that call listeners, all subscriptions together. More helps only listeners that block;
 *     default 4
 * @param maxQueueLength messages a queue holds at most, those in the hands of its subscriptions included; a further one
 *     is refused. Costs the memory of the messages; default 100,000
 */
public record EmbeddedOptions(int threads, int maxQueueLength) {
    public EmbeddedOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("threads is " + threads + ": must be 1 or more");
        }
        if (maxQueueLength < 1) {
            throw new IllegalArgumentException("maxQueueLength is " + maxQueueLength + ": must be 1 or more");
        }
    }

    public static EmbeddedOptions defaults() {
        return new EmbeddedOptions(4, 100_000);
    }
}
