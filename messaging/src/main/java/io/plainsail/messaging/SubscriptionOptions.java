package io.plainsail.messaging;

/**
 * How a subscription behaves.
 *
 * @param name shown in the carrier's lists and in log lines
 * @param prefetch deliveries unacknowledged at a time, at most
 */
public record SubscriptionOptions(String name, int prefetch) {
    public SubscriptionOptions {
        if (prefetch < 1 || prefetch > 65_535) {
            throw new IllegalArgumentException("prefetch is " + prefetch + ": must be 1 to 65535");
        }
    }
}
