package io.plainsail.contracts;

import java.time.Duration;

/**
 * How often a job is attempted, and how long it rests between two attempts.
 *
 * @param attempts runs at most, the first one included; 1 to 100
 * @param backoff rest after the first failed attempt; doubles with each further one; 0 s to 1 h
 * @param maxBackoff the rest never grows past this; {@code backoff} to 24 h
 */
public record RetryPolicy(int attempts, Duration backoff, Duration maxBackoff) {
    public RetryPolicy {
        if (attempts < 1 || attempts > 100) {
            throw new InvalidContractException("attempts is " + attempts + ": must be 1 to 100");
        }
        if (backoff.isNegative() || backoff.compareTo(Duration.ofHours(1)) > 0) {
            throw new InvalidContractException("backoff is " + backoff + ": must be PT0S to PT1H");
        }
        if (maxBackoff.compareTo(backoff) < 0 || maxBackoff.compareTo(Duration.ofHours(24)) > 0) {
            throw new InvalidContractException("maxBackoff is " + maxBackoff + ": must be backoff to PT24H");
        }
    }

    /**
     * How long a job rests before its next attempt: half of the backoff for certain, the other half by chance, so that
     * jobs which failed together do not come back together.
     *
     * @param failedAttempts attempts that have failed so far, at least 1
     * @param chance 0 to 1, drawn anew for each rest
     */
    public Duration rest(int failedAttempts, double chance) {
        // 24 h are reached from 1 ms in fewer doublings.
        int doublings = Math.min(Math.max(failedAttempts, 1) - 1, 30);
        double millis = Math.min(Math.scalb((double) backoff.toMillis(), doublings), maxBackoff.toMillis());
        return Duration.ofMillis(Math.round(millis * (0.5 + 0.5 * chance)));
    }
}
