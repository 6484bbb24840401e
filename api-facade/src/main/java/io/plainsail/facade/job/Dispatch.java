package io.plainsail.facade.job;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.TimeLimits;
import io.plainsail.contracts.wire.TraceContext;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An outbox row with what is needed to publish it.
 *
 * @param failedAttempts attempts before this one that failed
 * @param notBefore when this attempt may begin; null for at once
 * @param limits until when it must have begun, and ended
 * @param maybeDuplicate whether it may have been published before
 * @param waiting whether the job is held back for a reason that ends when the transport takes it
 * @param onRelease whose workers are to run it; null for whoever takes it
 * @param claimedUntil until when it belongs to this relay
 */
public record Dispatch(
        UUID jobId,
        JobType jobType,
        int attempt,
        Instant acceptedAt,
        Duration timeout,
        RetryBounds retryBounds,
        int failedAttempts,
        @Nullable Instant notBefore,
        TimeLimits limits,
        @Nullable TraceContext trace,
        byte[] input,
        boolean maybeDuplicate,
        boolean waiting,
        @Nullable String onRelease,
        Instant claimedUntil) {

    /** A job that was just accepted, and claimed as it was written. */
    public static Dispatch first(NewJob job, Instant claimedUntil) {
        return new Dispatch(
                job.id(),
                job.jobType(),
                1,
                job.acceptedAt(),
                job.timeout(),
                job.retryBounds(),
                0,
                null,
                job.limits(),
                job.trace(),
                job.input(),
                false,
                false,
                job.onRelease(),
                claimedUntil);
    }
}
