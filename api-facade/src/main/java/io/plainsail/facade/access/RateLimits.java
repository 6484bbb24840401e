package io.plainsail.facade.access;

import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * So many requests a minute for each key, by each facade: a bucket that holds a minute's requests and fills evenly.
 * Thread-safe.
 */
public final class RateLimits {
    private static final double MILLIS = 60_000;

    /** Beyond so many those that are full again are forgotten: an issuer's subjects are without number. */
    private static final int MANY = 20_000;

    private final Clock clock;
    private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

    public RateLimits(Clock clock) {
        this.clock = clock;
    }

    private static final class Bucket {
        private double left;
        private volatile long asOf;
        private int size;
    }

    /**
     * What came of a request.
     *
     * @param granted whether it may go on
     * @param left so many more at once
     * @param seconds until there is one more, at least 1
     */
    public record Grant(boolean granted, int left, int seconds) {}

    /** Takes one of the key's requests, if there is one left. */
    public Grant take(String key, int perMinute) {
        if (buckets.size() > MANY) {
            long full = clock.millis() - (long) MILLIS;
            buckets.values().removeIf(bucket -> bucket.asOf < full);
        }
        Bucket bucket = buckets.computeIfAbsent(key, any -> new Bucket());
        synchronized (bucket) {
            long now = clock.millis();
            if (bucket.size != perMinute) {
                bucket.size = perMinute;
                bucket.left = perMinute;
                bucket.asOf = now;
            }
            bucket.left = Math.min(perMinute, bucket.left + Math.max(0, now - bucket.asOf) * perMinute / MILLIS);
            bucket.asOf = now;
            boolean granted = bucket.left >= 1;
            if (granted) {
                bucket.left -= 1;
            }
            double missing = Math.max(0, 1 - bucket.left);
            int seconds = (int) Math.max(1, Math.ceil(missing * 60 / perMinute));
            return new Grant(granted, (int) bucket.left, seconds);
        }
    }
}
