package io.plainsail.facade.receipt;

import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.NewJob;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts the jobs that were accepted, by the minute that their ids tell, apart from the jobs themselves: what is counted
 * here and is not among the jobs any more was lost.
 *
 * <p>INVARIANT: never counts more than was accepted. A facade that is killed has not written its last second, so a ledger
 * may know of fewer. Thread-safe; {@link #flush} is for one loop.
 */
public final class Ledger {
    private final Map<Instant, Long> counted = new ConcurrentHashMap<>();

    /** Counts jobs that are durable now. */
    public void accepted(List<NewJob> jobs) {
        for (NewJob job : jobs) {
            counted.merge(minute(JobIds.time(job.id())), 1L, Long::sum);
        }
    }

    /**
     * Writes what was counted since the last time. If that fails it is given up, since nobody knows whether it was written:
     * counted twice, it would look like a loss.
     */
    public void flush(LedgerStore store, String facade) {
        Map<Instant, Long> taken = new HashMap<>();
        for (Instant minute : counted.keySet()) {
            Long jobs = counted.remove(minute);
            if (jobs != null) {
                taken.put(minute, jobs);
            }
        }
        if (!taken.isEmpty()) {
            store.add(facade, taken);
        }
    }

    public static Instant minute(Instant time) {
        return time.truncatedTo(ChronoUnit.MINUTES);
    }
}
