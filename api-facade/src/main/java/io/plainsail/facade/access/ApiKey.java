package io.plainsail.facade.access;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A key as it is kept: everything but its secret.
 *
 * @param id public, stands in the key
 * @param name for people
 * @param tenant see {@link Caller}
 * @param jobTypes see {@link Caller}
 * @param perMinute requests; null for no limit
 * @param jobsPerDay null for no quota
 * @param createdBy id of the key that made it
 * @param expiresAt null for never
 */
public record ApiKey(
        String id,
        String hash,
        String name,
        @Nullable String tenant,
        Role role,
        Set<String> jobTypes,
        @Nullable Integer perMinute,
        @Nullable Integer jobsPerDay,
        Instant createdAt,
        String createdBy,
        @Nullable Instant expiresAt) {
    public ApiKey {
        jobTypes = Set.copyOf(jobTypes);
    }

    public Caller caller() {
        return new Caller(id, tenant, role, jobTypes);
    }

    public boolean isExpired(Instant now) {
        return expiresAt != null && !now.isBefore(expiresAt);
    }
}
