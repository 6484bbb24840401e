package io.plainsail.client;

import java.time.Duration;

/**
 * How often and how long a request is sent again that was not answered, or answered 429, 502, 503 or 504. Rests double
 * from the first one on, each shortened by up to a half at random; a {@code Retry-After} that is longer is kept instead.
 *
 * @param attempts how often a request is sent at most, the first time included; 1 to 100
 * @param firstRest between the first two
 * @param longestRest no rest of our own is longer
 * @param within no attempt begins later than so long after the first
 */
public record RetryPolicy(int attempts, Duration firstRest, Duration longestRest, Duration within) {
    /** Six attempts, 200 ms to 10 s between them, within a minute. */
    public static final RetryPolicy DEFAULT =
            new RetryPolicy(6, Duration.ofMillis(200), Duration.ofSeconds(10), Duration.ofMinutes(1));

    /** Each request is sent once. */
    public static final RetryPolicy NONE = new RetryPolicy(1, Duration.ZERO, Duration.ZERO, Duration.ZERO);

    private static final int MOST_ATTEMPTS = 100;

    public RetryPolicy {
        if (attempts < 1 || attempts > MOST_ATTEMPTS) {
            throw new IllegalArgumentException("attempts is " + attempts + ": must be 1 to " + MOST_ATTEMPTS);
        }
        if (firstRest.isNegative() || longestRest.compareTo(firstRest) < 0) {
            throw new IllegalArgumentException("firstRest is " + firstRest + " and longestRest " + longestRest
                    + ": firstRest must not be negative, and longestRest not shorter");
        }
        if (within.isNegative()) {
            throw new IllegalArgumentException("within is " + within + ": must not be negative");
        }
    }

    /**
     * The rest after an attempt.
     *
     * @param attempt 1 for the first
     * @param random 0 to 1
     */
    Duration restAfter(int attempt, double random) {
        Duration doubled = firstRest.multipliedBy(1L << Math.min(attempt - 1, 20));
        Duration whole = doubled.compareTo(longestRest) < 0 ? doubled : longestRest;
        return whole.minusNanos((long) (whole.toNanos() * random / 2));
    }
}
