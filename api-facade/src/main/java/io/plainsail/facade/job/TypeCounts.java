package io.plainsail.facade.job;

import io.plainsail.contracts.JobType;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts by job type since the start, in memory, for metrics. {@link #MAX_TYPES} have a count of their own; what comes beyond
 * that is counted together, so that whoever announces types cannot make metrics without bound. Thread-safe.
 */
public final class TypeCounts {
    public static final int MAX_TYPES = 500;

    /** All others together. It is the name of no job type: those have a dot. */
    public static final String OTHERS = "others";

    private static final Key OF_OTHERS = new Key(OTHERS, "");

    private final Map<Key, LongAdder> counts = new ConcurrentHashMap<>();

    /** What is counted together. */
    public record Key(String type, String version) {}

    /** Counts nothing yet, but is there from now on. */
    public void know(JobType type) {
        countOf(type);
    }

    public void add(JobType type) {
        countOf(type).increment();
    }

    private LongAdder countOf(JobType type) {
        Key key = new Key(type.name(), Integer.toString(type.version()));
        LongAdder count = counts.get(key);
        return count == null ? newCount(key) : count;
    }

    private synchronized LongAdder newCount(Key key) {
        Key counted = counts.size() < MAX_TYPES || counts.containsKey(key) ? key : OF_OTHERS;
        return counts.computeIfAbsent(counted, absent -> new LongAdder());
    }

    /** Each count stays the same object. */
    public Map<Key, LongAdder> counts() {
        return Map.copyOf(counts);
    }
}
