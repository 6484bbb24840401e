package io.plainsail.facade.contracts;

import io.plainsail.contracts.JobType;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A contract that was announced in the place of another one, and what was decided of it.
 *
 * @param document the contract
 * @param accepted whether workers that speak it get jobs
 * @param against digest of the contract that it was compared with; null for one that was in force itself
 * @param findings the verdict and its reasons, JSON
 */
public record Announcement(
        JobType jobType,
        String digest,
        String document,
        boolean accepted,
        @Nullable String against,
        String findings,
        Instant decidedAt,
        Instant firstSeen,
        Instant lastSeen) {}
