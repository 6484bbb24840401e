package io.plainsail.facade.job;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.TimeLimits;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job as the store knows it.
 *
 * @param reason why it waits, if it does
 * @param attempt the current attempt, 1 for the first
 * @param messageAttempt the attempt of the newest message that is known: the current one, or one before it whose message
 *     had to be run again
 * @param retryBounds what the caller allows of the contract's retry policy
 * @param limits until when it must have begun, and ended
 * @param retryAt when the next attempt may begin, if it rests until then
 * @param earlier the attempts before the current one, oldest first
 * @param worker who runs or ran the current attempt, once known
 * @param fingerprint of the failure, see {@link Fingerprint}
 * @param replayOf the job that this one repeats, if it does
 * @param onRelease whose workers are to run it; null for whoever takes it
 * @param output JSON of the outcome; read-only
 */
public record Job(
        UUID id,
        JobType jobType,
        JobState state,
        @Nullable String reason,
        int attempt,
        int messageAttempt,
        Map<String, String> labels,
        Duration timeout,
        RetryBounds retryBounds,
        TimeLimits limits,
        Instant acceptedAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable Instant retryAt,
        List<EndedAttempt> earlier,
        @Nullable Worker worker,
        @Nullable Progress progress,
        byte @Nullable [] output,
        @Nullable StoredFile file,
        @Nullable Failure failure,
        @Nullable String fingerprint,
        @Nullable UUID replayOf,
        @Nullable String onRelease) {

    /** Longer outputs are not in lists of jobs. */
    public static final int MAX_LISTED_OUTPUT_BYTES = 16 * 1024;

    public Job {
        earlier = List.copyOf(earlier);
    }

    public Job withEarlier(List<EndedAttempt> attempts) {
        return new Job(
                id,
                jobType,
                state,
                reason,
                attempt,
                messageAttempt,
                labels,
                timeout,
                retryBounds,
                limits,
                acceptedAt,
                startedAt,
                finishedAt,
                retryAt,
                attempts,
                worker,
                progress,
                output,
                file,
                failure,
                fingerprint,
                replayOf,
                onRelease);
    }

    /**
     * An attempt after which another one followed.
     *
     * @param reason why the job was not done with it
     * @param failure null if the attempt was put off, not failed
     */
    public record EndedAttempt(
            int number,
            Instant startedAt,
            Instant endedAt,
            Worker worker,
            String reason,
            @Nullable Failure failure) {}

    /** The newest progress report. */
    public record Progress(
            @Nullable Double percent, @Nullable String message, Instant at) {}

    /** What is known of the result file. */
    public record StoredFile(String mediaType, long size, String digest) {}
}
