package io.plainsail.contracts.wire;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.TimeLimits;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
 * @param token secret with which an attempt speaks to the facade; worth nothing for other jobs
 * @param maybeDuplicate whether a message for the same attempt may have been published before
 * @param retryBounds what the caller allows of the contract's retry policy
 * @param failedAttempts attempts before this one that failed; those put off do not count
 * @param notBefore when this attempt may begin; null for at once
 * @param limits until when the job must have begun, and ended
 * @param unheardClaims claims of this attempt whose answer nobody heard: nothing runs by them, whatever the facade
 *     granted
 * @param trace where in a trace the message was made, if it was in one
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
        TimeLimits limits,
        List<UUID> unheardClaims,
        @Nullable TraceContext trace,
        byte[] input) {

    /** No job comes to more attempts. */
    public static final int MAX_ATTEMPT = 1_000_000;

    /** So many unheard claims are remembered, the newest. */
    static final int MAX_UNHEARD = 8;

    public JobMessage {
        unheardClaims = List.copyOf(unheardClaims);
    }

    /** A message of which nobody has asked yet. */
    public JobMessage(
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
            TimeLimits limits,
            @Nullable TraceContext trace,
            byte[] input) {
        this(
                jobId,
                jobType,
                attempt,
                acceptedAt,
                timeout,
                token,
                maybeDuplicate,
                retryBounds,
                failedAttempts,
                notBefore,
                limits,
                List.of(),
                trace,
                input);
    }

    /** The same attempt, marked as one that may have been sent before. */
    public JobMessage maybeSentBefore() {
        return with(attempt, true, failedAttempts, notBefore, unheardClaims);
    }

    /** The same message, for the attempt that the facade allowed. */
    public JobMessage asAttempt(int number) {
        return with(number, maybeDuplicate, failedAttempts, notBefore, unheardClaims);
    }

    /**
     * The same message, to come again later.
     *
     * @param maybeRunning whether it may be a second copy of what runs elsewhere
     */
    public JobMessage askedAgain(Instant begins, boolean maybeRunning) {
        return with(attempt, maybeDuplicate || maybeRunning, failedAttempts, begins, unheardClaims);
    }

    /** The same message, whose holder has claimed its attempt, heard no answer and does not run it. */
    public JobMessage claimedUnheard(UUID claim) {
        List<UUID> unheard = new ArrayList<>(unheardClaims);
        unheard.add(claim);
        int surplus = Math.max(0, unheard.size() - MAX_UNHEARD);
        return with(attempt, maybeDuplicate, failedAttempts, notBefore, unheard.subList(surplus, unheard.size()));
    }

    /**
     * The next attempt at the same job.
     *
     * @param failed whether this attempt failed, rather than being put off
     */
    public JobMessage next(Instant begins, boolean failed) {
        return with(attempt + 1, false, failedAttempts + (failed ? 1 : 0), begins, List.of());
    }

    /** The same message, made there. */
    public JobMessage traced(@Nullable TraceContext made) {
        return new JobMessage(
                jobId,
                jobType,
                attempt,
                acceptedAt,
                timeout,
                token,
                maybeDuplicate,
                retryBounds,
                failedAttempts,
                notBefore,
                limits,
                unheardClaims,
                made,
                input);
    }

    private JobMessage with(int number, boolean duplicate, int failed, @Nullable Instant begins, List<UUID> unheard) {
        return new JobMessage(
                jobId,
                jobType,
                number,
                acceptedAt,
                timeout,
                token,
                duplicate,
                retryBounds,
                failed,
                begins,
                limits,
                unheard,
                trace,
                input);
    }
}
