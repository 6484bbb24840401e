package io.plainsail.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job as the facade showed it at one moment.
 *
 * @param reason why it waits, was cancelled or expired
 * @param acceptedAt when the facade accepted it
 * @param nextAttemptAt while {@code retrying}
 * @param attempts those that have begun, in order
 * @param output what the handler returned; null before, and in lists if it is long
 * @param file the result file, if there is one; {@link Plainsail#result} fetches it
 * @param error of the last attempt, of a job that failed
 * @param links paths of what belongs to it: {@code self}, {@code result}, {@code origin}, {@code replay}
 * @param json all of it, as it was answered; read-only
 */
public record Job(
        UUID id,
        String type,
        int version,
        JobState state,
        @Nullable String reason,
        Map<String, String> labels,
        Instant acceptedAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable Instant nextAttemptAt,
        @Nullable Progress progress,
        List<Attempt> attempts,
        @Nullable JsonNode output,
        @Nullable File file,
        @Nullable Error error,
        Map<String, String> links,
        JsonNode json) {

    /**
     * How far it is.
     *
     * @param percent 0 to 100; null if unknown
     */
    public record Progress(
            @Nullable Double percent, @Nullable String message, Instant at) {}

    /**
     * One run of the job by one worker.
     *
     * @param number 1 for the first
     * @param reason why another one followed
     */
    public record Attempt(
            int number,
            @Nullable String service,
            @Nullable String instance,
            @Nullable String host,
            @Nullable String release,
            @Nullable Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable String reason,
            @Nullable Error error) {}

    /**
     * What went wrong.
     *
     * @param category such as {@code invalid-input}
     * @param code the handler's own short word
     * @param fingerprint equal for jobs that failed in the same way
     */
    public record Error(
            String category,
            String code,
            String message,
            @Nullable String fingerprint) {}

    /**
     * A result file.
     *
     * @param size in bytes
     * @param digest {@code sha-256:} and hex digits
     */
    public record File(String mediaType, long size, String digest) {}

    /** Whether it has ended, however it did. */
    public boolean ended() {
        return state.terminal();
    }

    public boolean succeeded() {
        return state == JobState.SUCCEEDED;
    }
}
