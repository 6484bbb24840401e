package io.plainsail.facade.receipt;

import io.plainsail.contracts.lifecycle.JobState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What became of the jobs that were accepted in some minutes.
 *
 * @param from at or after
 * @param before and before
 * @param counted jobs that the ledger knows
 * @param states jobs that are there, by state; without those that have none
 * @param forgotten jobs that retention or a purge has forgotten
 * @param repeated attempts that were begun and did not come to an outcome, so that the job began again
 */
public record Receipt(
        Instant from, Instant before, long counted, Map<JobState, Long> states, long forgotten, Repeated repeated) {

    /**
     * @param lost attempts whose worker was not heard of any more
     * @param handedBack attempts that a worker put off or gave back
     * @param jobs the first of their jobs, at most {@link #MAX_JOBS}
     * @param worstDelay the longest time from the begin of such an attempt to the begin of the next, if one has begun
     */
    public record Repeated(
            long lost,
            long handedBack,
            List<UUID> jobs,
            @Nullable Duration worstDelay) {
        public static final int MAX_JOBS = 100;

        public Repeated {
            jobs = List.copyOf(jobs);
        }
    }

    public long kept() {
        return states.values().stream().mapToLong(Long::longValue).sum();
    }

    public long inFlight() {
        return states.entrySet().stream()
                .filter(entry -> !entry.getKey().terminal())
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** Jobs that the ledger knows and that are nowhere: 0 unless Plainsail broke its promise. */
    public long lost() {
        return Math.max(0, counted - kept() - forgotten);
    }
}
