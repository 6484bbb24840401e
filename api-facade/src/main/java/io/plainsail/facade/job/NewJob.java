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

    /** A job whose end is not told to anybody. */
    public NewJob(
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
            @Nullable UUID replayOf) {
        this(
                id,
                jobType,
                input,
                labels,
                timeout,
                acceptedAt,
                retryBounds,
                limits,
                trace,
                releaseAt,
                replayOf,
                null,
                null,
                null,
                Owner.NOBODY);
    }

    /** A job that nothing holds back, that has no limits in time and repeats no other. */
    public NewJob(
            UUID id,
            JobType jobType,
            byte[] input,
            Map<String, String> labels,
            Duration timeout,
            Instant acceptedAt,
            RetryBounds retryBounds,
            @Nullable TraceContext trace) {
        this(id, jobType, input, labels, timeout, acceptedAt, retryBounds, TimeLimits.NONE, trace, null, null);
    }

    public NewJob releasedAt(Instant when) {
        return new NewJob(
                id,
                jobType,
                input,
                labels,
                timeout,
                acceptedAt,
                retryBounds,
                limits,
                trace,
                when,
                replayOf,
                onRelease,
                callback,
                key,
                owner);
    }

    /** The same, and its end is told. */
    public NewJob calling(@Nullable String back) {
        return new NewJob(
                id,
                jobType,
                input,
                labels,
                timeout,
                acceptedAt,
                retryBounds,
                limits,
                trace,
                releaseAt,
                replayOf,
                onRelease,
                back,
                key,
                owner);
    }

    /** The same, to be run by workers of that release. */
    public NewJob onRelease(@Nullable String release) {
        return new NewJob(
                id,
                jobType,
                input,
                labels,
                timeout,
                acceptedAt,
                retryBounds,
                limits,
                trace,
                releaseAt,
                replayOf,
                release,
                callback,
                key,
                owner);
    }

    /** The same, its request named so. */
    public NewJob keyed(IdempotencyKey name) {
        return new NewJob(
                id,
                jobType,
                input,
                labels,
                timeout,
                acceptedAt,
                retryBounds,
                limits,
                trace,
                releaseAt,
                replayOf,
                onRelease,
                callback,
                name,
                owner);
    }

    /** The same, accepted there. */
    public NewJob traced(@Nullable TraceContext where) {
        return new NewJob(
                id,
                jobType,
                input,
                labels,
                timeout,
                acceptedAt,
                retryBounds,
                limits,
                where,
                releaseAt,
                replayOf,
                onRelease,
                callback,
                key,
                owner);
    }

    /** The same, somebody else's. */
    public NewJob ownedBy(Owner other) {
        return new NewJob(
                id,
                jobType,
                input,
                labels,
                timeout,
                acceptedAt,
                retryBounds,
                limits,
                trace,
                releaseAt,
                replayOf,
                onRelease,
                callback,
                key,
                other);
    }
}
