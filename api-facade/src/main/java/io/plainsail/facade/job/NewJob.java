package io.plainsail.facade.job;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.TimeLimits;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.facade.access.Owner;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A checked request, about to be accepted.
 *
 * @param id UUIDv7: sorts by time of acceptance
 * @param limits until when it must have begun, and ended
 * @param trace where in a trace it was accepted, if it was in one
 * @param releaseAt when it may be handed to the transport; null for at once
 * @param replayOf the job that this one repeats, if it does
 * @param onRelease whose workers are to run it, as long as there are any; null for whoever takes it
 * @param callback how its end is to be told, the input of a {@code webhook.deliver} job less its body; null if it is not
 * @param key what its request was named with; null if it was not
 * @param owner whose it is
 * @param input JSON as the caller sent it, checked against the contract; read-only
 */
public record NewJob(
        UUID id,
        JobType jobType,
        byte[] input,
        Map<String, String> labels,
        Duration timeout,
        Instant acceptedAt,
        RetryBounds retryBounds,
        TimeLimits limits,
        @Nullable TraceContext trace,
        @Nullable Instant releaseAt,
        @Nullable UUID replayOf,
        @Nullable String onRelease,
        @Nullable String callback,
        @Nullable IdempotencyKey key,
        Owner owner) {
    public NewJob {
        labels = Map.copyOf(labels);
    }

    private NewJob(Builder from) {
        this(
                from.id,
                from.jobType,
                from.input,
                from.labels,
                from.timeout,
                from.acceptedAt,
                from.retryBounds,
                from.limits,
                from.trace,
                from.releaseAt,
                from.replayOf,
                from.onRelease,
                from.callback,
                from.key,
                from.owner);
    }

    /**
     * A job of nobody's, without labels, that nothing holds back, nothing but its contract bounds and whose end is told
     * to nobody; what differs is set.
     */
    public static Builder builder(UUID id, JobType jobType, byte[] input, Duration timeout, Instant acceptedAt) {
        return new Builder(id, jobType, input, timeout, acceptedAt);
    }

    /** The same, to be changed. */
    public Builder toBuilder() {
        return new Builder(id, jobType, input, timeout, acceptedAt)
                .labels(labels)
                .retryBounds(retryBounds)
                .limits(limits)
                .trace(trace)
                .releaseAt(releaseAt)
                .replayOf(replayOf)
                .onRelease(onRelease)
                .callback(callback)
                .key(key)
                .owner(owner);
    }

    /** Sets what every job has, then what sets this one apart. Not thread-safe. */
    public static final class Builder {
        private final UUID id;
        private final JobType jobType;
        private final byte[] input;
        private final Duration timeout;
        private final Instant acceptedAt;

        private Map<String, String> labels = Map.of();
        private RetryBounds retryBounds = RetryBounds.NONE;
        private TimeLimits limits = TimeLimits.NONE;
        private @Nullable TraceContext trace;
        private @Nullable Instant releaseAt;
        private @Nullable UUID replayOf;
        private @Nullable String onRelease;
        private @Nullable String callback;
        private @Nullable IdempotencyKey key;
        private Owner owner = Owner.NOBODY;

        private Builder(UUID id, JobType jobType, byte[] input, Duration timeout, Instant acceptedAt) {
            this.id = id;
            this.jobType = jobType;
            this.input = input;
            this.timeout = timeout;
            this.acceptedAt = acceptedAt;
        }

        public Builder labels(Map<String, String> values) {
            this.labels = values;
            return this;
        }

        public Builder retryBounds(RetryBounds bounds) {
            this.retryBounds = bounds;
            return this;
        }

        public Builder limits(TimeLimits within) {
            this.limits = within;
            return this;
        }

        public Builder trace(@Nullable TraceContext accepted) {
            this.trace = accepted;
            return this;
        }

        public Builder releaseAt(@Nullable Instant when) {
            this.releaseAt = when;
            return this;
        }

        public Builder replayOf(@Nullable UUID origin) {
            this.replayOf = origin;
            return this;
        }

        public Builder onRelease(@Nullable String release) {
            this.onRelease = release;
            return this;
        }

        public Builder callback(@Nullable String back) {
            this.callback = back;
            return this;
        }

        public Builder key(@Nullable IdempotencyKey name) {
            this.key = name;
            return this;
        }

        public Builder owner(Owner whose) {
            this.owner = whose;
            return this;
        }

        public NewJob build() {
            return new NewJob(this);
        }
    }
}
