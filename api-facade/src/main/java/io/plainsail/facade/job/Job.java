package io.plainsail.facade.job;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.Worker;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job as the store knows it.
 *
 * @param reason why it waits, if it does
 * @param attempt the current attempt, 1 for the first
 * @param worker who runs or ran the current attempt, once known
 * @param output JSON of the outcome; read-only
 */
public record Job(
        UUID id,
        JobType jobType,
        JobState state,
        @Nullable String reason,
        int attempt,
        Map<String, String> labels,
        Duration timeout,
        Instant acceptedAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        @Nullable Worker worker,
        @Nullable Progress progress,
        byte @Nullable [] output,
        @Nullable StoredFile file,
        @Nullable Failure failure) {

    /** The newest progress report. */
    public record Progress(
            @Nullable Double percent, @Nullable String message, Instant at) {}

    /** What is known of the result file. */
    public record StoredFile(String mediaType, long size, String digest) {}
}
