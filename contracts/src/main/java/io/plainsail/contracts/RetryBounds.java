package io.plainsail.contracts;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a caller allows of a contract's retry policy: less, never more.
 *
 * @param attempts runs at most, the first one included; null for the policy's
 * @param maxBackoff the rest between two attempts never grows past this; null for the policy's
 */
public record RetryBounds(
        @Nullable Integer attempts, @Nullable Duration maxBackoff) {

    /** The policy as it is. */
    public static final RetryBounds NONE = new RetryBounds(null, null);

    /** The policy, lowered to these bounds where they are lower. */
    public RetryPolicy within(RetryPolicy policy) {
        int most = attempts == null ? policy.attempts() : Math.max(1, Math.min(attempts, policy.attempts()));
        Duration cap = maxBackoff == null || maxBackoff.isNegative()
                ? policy.maxBackoff()
                : min(maxBackoff, policy.maxBackoff());
        return new RetryPolicy(most, min(policy.backoff(), cap), cap);
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
