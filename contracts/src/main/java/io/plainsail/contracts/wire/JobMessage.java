package io.plainsail.contracts.wire;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a job, on its way to a worker.
 *
 * @param jobId stable over every attempt
 * @param jobType contract that the input meets
 * @param attempt 1 for the first
 * @param acceptedAt when the facade promised to run the job
 * @param timeout how long the attempt may run
 * @param token secret with which an attempt delivers a result file; worth nothing for other jobs
 * @param maybeDuplicate whether a message for the same attempt may have been published before
 * @param retryBounds what the caller allows of the contract's retry policy
 * @param failedAttempts attempts before this one that failed; those put off do not count
 * @param notBefore when this attempt may begin; null for at once
 * @param traceparent W3C trace context of the request, if it had one
 * @param input the job's input, JSON as the caller sent it; read-only
 */
public record JobMessage(
        UUID jobId,
        JobType jobType,
        int attempt,
        Instant acceptedAt,
        Duration timeout,
        String token,
        boolean maybeDuplicate,
        RetryBounds retryBounds,
        int failedAttempts,
        @Nullable Instant notBefore,
        @Nullable String traceparent,
        byte[] input) {

    /** The same attempt, marked as one that may have been sent before. */
    public JobMessage maybeSentBefore() {
        return new JobMessage(
                jobId,
                jobType,
                attempt,
                acceptedAt,
                timeout,
                token,
                true,
                retryBounds,
                failedAttempts,
                notBefore,
                traceparent,
                input);
    }

    /**
     * The next attempt at the same job.
     *
     * @param failed whether this attempt failed, rather than being put off
     */
    public JobMessage next(Instant begins, boolean failed) {
        return new JobMessage(
                jobId,
                jobType,
                attempt + 1,
                acceptedAt,
                timeout,
                token,
                false,
                retryBounds,
                failedAttempts + (failed ? 1 : 0),
                begins,
                traceparent,
                input);
    }
}
