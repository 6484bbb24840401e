package io.plainsail.client;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Jobs of one type that failed for good in the same way.
 *
 * @param sample one of them
 */
public record DeadGroup(
        String type,
        int version,
        @Nullable String fingerprint,
        long count,
        Instant firstSeen,
        Instant lastSeen,
        List<String> releases,
        UUID sample,
        Job.@Nullable Error error) {}
