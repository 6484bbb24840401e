package io.plainsail.facade.job;

import io.plainsail.contracts.lifecycle.JobState;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which jobs to list, newest first.
 *
 * @param states any of these; empty for all
 * @param type name of the job type, any version
 * @param labels all of these
 * @param fingerprint of the failure
 * @param notReplayed only jobs that no other one repeats
 * @param acceptedFrom at or after
 * @param acceptedBefore before
 * @param olderThan only jobs after this one in the list: the cursor
 * @param limit at most so many
 * @param tenant whose jobs; null for everybody's
 */
public record JobQuery(
        Set<JobState> states,
        @Nullable String type,
        Map<String, String> labels,
        @Nullable String fingerprint,
        boolean notReplayed,
        @Nullable Instant acceptedFrom,
        @Nullable Instant acceptedBefore,
        @Nullable UUID olderThan,
        int limit,
        @Nullable String tenant) {
    public static final int MAX_LIMIT = 200;

    public JobQuery {
        states = Set.copyOf(states);
        labels = Map.copyOf(labels);
    }

    public JobQuery(
            Set<JobState> states,
            @Nullable String type,
            Map<String, String> labels,
            @Nullable Instant acceptedFrom,
            @Nullable Instant acceptedBefore,
            @Nullable UUID olderThan,
            int limit) {
        this(states, type, labels, null, false, acceptedFrom, acceptedBefore, olderThan, limit);
    }

    public JobQuery(
            Set<JobState> states,
            @Nullable String type,
            Map<String, String> labels,
            @Nullable String fingerprint,
            boolean notReplayed,
            @Nullable Instant acceptedFrom,
            @Nullable Instant acceptedBefore,
            @Nullable UUID olderThan,
            int limit) {
        this(states, type, labels, fingerprint, notReplayed, acceptedFrom, acceptedBefore, olderThan, limit, null);
    }

    public JobQuery withLimit(int other) {
        return new JobQuery(
                states, type, labels, fingerprint, notReplayed, acceptedFrom, acceptedBefore, olderThan, other, tenant);
    }

    public JobQuery withStates(Set<JobState> other) {
        return new JobQuery(
                other, type, labels, fingerprint, notReplayed, acceptedFrom, acceptedBefore, olderThan, limit, tenant);
    }

    /** Dead jobs alone. */
    public JobQuery ofDead() {
        return withStates(Set.of(JobState.FAILED));
    }

    public JobQuery ofNotReplayed() {
        return new JobQuery(
                states, type, labels, fingerprint, true, acceptedFrom, acceptedBefore, olderThan, limit, tenant);
    }

    public JobQuery ofTenant(@Nullable String other) {
        return new JobQuery(
                states, type, labels, fingerprint, notReplayed, acceptedFrom, acceptedBefore, olderThan, limit, other);
    }
}
