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
 * @param acceptedFrom at or after
 * @param acceptedBefore before
 * @param olderThan only jobs after this one in the list: the cursor
 * @param limit at most so many
 */
public record JobQuery(
        Set<JobState> states,
        @Nullable String type,
        Map<String, String> labels,
        @Nullable Instant acceptedFrom,
        @Nullable Instant acceptedBefore,
        @Nullable UUID olderThan,
        int limit) {
    public static final int MAX_LIMIT = 200;

    public JobQuery {
        states = Set.copyOf(states);
        labels = Map.copyOf(labels);
    }

    public JobQuery withLimit(int other) {
        return new JobQuery(states, type, labels, acceptedFrom, acceptedBefore, olderThan, other);
    }
}
