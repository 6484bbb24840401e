package io.plainsail.facade.job;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A checked request, about to be accepted.
 *
 * @param id UUIDv7: sorts by time of acceptance
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
        @Nullable String traceparent) {
    public NewJob {
        labels = Map.copyOf(labels);
    }
}
