package io.plainsail.facade.receipt;

import io.plainsail.contracts.JobType;
import io.plainsail.facade.access.Owner;
import io.plainsail.facade.job.NewJob;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts who sends jobs of which type and version, in memory at the moment when they are durable, stored a few seconds later.
 * A facade that is killed has not written its last seconds. Thread-safe; {@link #flush} is for one loop.
 */
public final class Callers {
    private static final int MAX_KEYS = 100_000;

    private final Map<Key, Count> counted = new ConcurrentHashMap<>();

    private record Key(JobType jobType, Owner owner) {}

    /**
     * @param first when the first of these jobs was accepted
     */
    private record Count(long jobs, Instant first, Instant last) {
        Count plus(Count other) {
            return new Count(
                    jobs + other.jobs,
                    first.isBefore(other.first) ? first : other.first,
                    last.isAfter(other.last) ? last : other.last);
        }
    }

    /** How many jobs of a type and version somebody has sent. */
    public record Sent(JobType jobType, Owner owner, long jobs, Instant first, Instant last) {}

    /** Counts jobs that are durable now. */
    public void accepted(List<NewJob> jobs) {
        for (NewJob job : jobs) {
            Key key = new Key(job.jobType(), job.owner());
            if (counted.size() < MAX_KEYS || counted.containsKey(key)) {
                counted.merge(key, new Count(1, job.acceptedAt(), job.acceptedAt()), Count::plus);
            }
        }
    }

    /** Stores what was counted since the last time; given up if that fails, since nobody knows whether it was stored. */
    public void flush(CallerStore store, String facade) {
        List<Sent> taken = new ArrayList<>();
        for (Key key : counted.keySet()) {
            Count count = counted.remove(key);
            if (count != null) {
                taken.add(new Sent(key.jobType(), key.owner(), count.jobs(), count.first(), count.last()));
            }
        }
        if (!taken.isEmpty()) {
            store.add(facade, taken);
        }
    }
}
