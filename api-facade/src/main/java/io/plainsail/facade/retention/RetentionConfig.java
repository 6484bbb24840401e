package io.plainsail.facade.retention;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long finished work is kept, from its end. Unfinished jobs are kept until they end.
 *
 * @param succeeded jobs that succeeded, with their logs and results; default 30 days
 * @param failed dead jobs; default 90 days
 * @param cancelled jobs that were cancelled or expired; default 30 days
 * @param parked messages that nobody could read; default 90 days
 * @param idempotencyKeys from acceptance, whatever became of their jobs; default 1 day
 */
public record RetentionConfig(
        Duration succeeded, Duration failed, Duration cancelled, Duration parked, Duration idempotencyKeys) {
    private static final Duration LEAST = Duration.ofMinutes(1);
    private static final Duration MOST = Duration.ofDays(36_500);

    public static final RetentionConfig DEFAULT = new RetentionConfig(
            Duration.ofDays(30), Duration.ofDays(90), Duration.ofDays(30), Duration.ofDays(90), Duration.ofDays(1));

    @JsonCreator
    public static RetentionConfig configured(
            @JsonProperty("succeeded") @Nullable String succeeded,
            @JsonProperty("failed") @Nullable String failed,
            @JsonProperty("cancelled") @Nullable String cancelled,
            @JsonProperty("parked") @Nullable String parked,
            @JsonProperty("idempotencyKeys") @Nullable String idempotencyKeys) {
        return new RetentionConfig(
                duration("retention.succeeded", succeeded, DEFAULT.succeeded),
                duration("retention.failed", failed, DEFAULT.failed),
                duration("retention.cancelled", cancelled, DEFAULT.cancelled),
                duration("retention.parked", parked, DEFAULT.parked),
                duration("retention.idempotencyKeys", idempotencyKeys, DEFAULT.idempotencyKeys));
    }

    private static Duration duration(String name, @Nullable String text, Duration byDefault) {
        if (text == null) {
            return byDefault;
        }
        try {
            Duration duration = Duration.parse(text);
            if (duration.compareTo(LEAST) >= 0 && duration.compareTo(MOST) <= 0) {
                return duration;
            }
        } catch (java.time.format.DateTimeParseException e) {
            // told below
        }
        throw new IllegalArgumentException(name + " is \"" + text + "\": must be an ISO 8601 duration from " + LEAST
                + " to P" + MOST.toDays() + "D, such as P30D (default P" + byDefault.toDays() + "D)");
    }
}
