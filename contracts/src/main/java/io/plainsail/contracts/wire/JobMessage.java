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

    private JobMessage(Builder from) {
        this(
                from.jobId,
                from.jobType,
                from.attempt,
                from.acceptedAt,
                from.timeout,
                from.token,
                from.maybeDuplicate,
                from.retryBounds,
                from.failedAttempts,
                from.notBefore,
                from.limits,
                from.unheardClaims,
                from.trace,
                from.input);
    }

    /** A first attempt, sent for the first time, that nothing but its contract bounds; what differs is set. */
    public static Builder builder(
            UUID jobId, JobType jobType, Instant acceptedAt, Duration timeout, String token, byte[] input) {
        return new Builder(jobId, jobType, acceptedAt, timeout, token, input);
    }

    /** The same message, to be changed. */
    public Builder toBuilder() {
        return new Builder(jobId, jobType, acceptedAt, timeout, token, input)
                .attempt(attempt)
                .maybeDuplicate(maybeDuplicate)
                .retryBounds(retryBounds)
                .failedAttempts(failedAttempts)
                .notBefore(notBefore)
                .limits(limits)
                .unheardClaims(unheardClaims)
                .trace(trace);
    }

    /** The same attempt, marked as one that may have been sent before. */
    public JobMessage maybeSentBefore() {
        return toBuilder().maybeDuplicate(true).build();
    }

    /** The same message, for the attempt that the facade allowed. */
    public JobMessage asAttempt(int number) {
        return toBuilder().attempt(number).build();
    }

    /**
     * The same message, to come again later.
     *
     * @param maybeRunning whether it may be a second copy of what runs elsewhere
     */
    public JobMessage askedAgain(Instant begins, boolean maybeRunning) {
        return toBuilder()
                .maybeDuplicate(maybeDuplicate || maybeRunning)
                .notBefore(begins)
                .build();
    }

    /** The same message, whose holder has claimed its attempt, heard no answer and does not run it. */
    public JobMessage claimedUnheard(UUID claim) {
        List<UUID> unheard = new ArrayList<>(unheardClaims);
        unheard.add(claim);
        int surplus = Math.max(0, unheard.size() - MAX_UNHEARD);
        return toBuilder()
                .unheardClaims(unheard.subList(surplus, unheard.size()))
                .build();
    }

    /**
     * The next attempt at the same job.
     *
     * @param failed whether this attempt failed, rather than being put off
     */
    public JobMessage next(Instant begins, boolean failed) {
        return toBuilder()
                .attempt(attempt + 1)
                .maybeDuplicate(false)
                .failedAttempts(failedAttempts + (failed ? 1 : 0))
                .notBefore(begins)
                .unheardClaims(List.of())
                .build();
    }

    /** The same message, made there. */
    public JobMessage traced(@Nullable TraceContext made) {
        return toBuilder().trace(made).build();
    }

    /** Sets what every message has, then what sets this one apart. Not thread-safe. */
    public static final class Builder {
        private final UUID jobId;
        private final JobType jobType;
        private final Instant acceptedAt;
        private final Duration timeout;
        private final String token;
        private final byte[] input;

        private int attempt = 1;
        private boolean maybeDuplicate;
        private RetryBounds retryBounds = RetryBounds.NONE;
        private int failedAttempts;
        private @Nullable Instant notBefore;
        private TimeLimits limits = TimeLimits.NONE;
        private List<UUID> unheardClaims = List.of();
        private @Nullable TraceContext trace;

        private Builder(UUID jobId, JobType jobType, Instant acceptedAt, Duration timeout, String token, byte[] input) {
            this.jobId = jobId;
            this.jobType = jobType;
            this.acceptedAt = acceptedAt;
            this.timeout = timeout;
            this.token = token;
            this.input = input;
        }

        public Builder attempt(int number) {
            this.attempt = number;
            return this;
        }

        public Builder maybeDuplicate(boolean duplicate) {
            this.maybeDuplicate = duplicate;
            return this;
        }

        public Builder retryBounds(RetryBounds bounds) {
            this.retryBounds = bounds;
            return this;
        }

        public Builder failedAttempts(int failed) {
            this.failedAttempts = failed;
            return this;
        }

        public Builder notBefore(@Nullable Instant begins) {
            this.notBefore = begins;
            return this;
        }

        public Builder limits(TimeLimits within) {
            this.limits = within;
            return this;
        }

        public Builder unheardClaims(List<UUID> claims) {
            this.unheardClaims = claims;
            return this;
        }

        public Builder trace(@Nullable TraceContext made) {
            this.trace = made;
            return this;
        }

        public JobMessage build() {
            return new JobMessage(this);
        }
    }
}
