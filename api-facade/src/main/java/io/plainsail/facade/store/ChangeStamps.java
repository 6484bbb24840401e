package io.plainsail.facade.store;

import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Numbers H2's writing transactions as PostgreSQL numbers its own, and knows which are under way: H2 has no such numbers,
 * and one process has its file.
 *
 * <p>INVARIANT: a number is larger than all that were given before, also by a process that had the file earlier. Whatever
 * is stamped with less than {@link #unsettledFrom} has ended. Thread-safe.
 */
final class ChangeStamps {
    /** H2 runs a statement, and its triggers, on the thread that asks for it. */
    private static final ThreadLocal<Long> CURRENT = new ThreadLocal<>();

    private final SortedSet<Long> open = new TreeSet<>();
    private long next;

    /**
     * @param largest that is in the tables
     * @param epochMillis now: numbers that changed no job are in no table, and must not be given again either. There are
     *     fewer than a thousand in a millisecond
     */
    ChangeStamps(long largest, long epochMillis) {
        this.next = Math.max(largest + 1, epochMillis * 1_000);
    }

    /** Of the transaction on this thread; 0 for none. */
    static long current() {
        Long current = CURRENT.get();
        return current == null ? 0 : current;
    }

    long begin() {
        synchronized (open) {
            long stamp = next++;
            open.add(stamp);
            CURRENT.set(stamp);
            return stamp;
        }
    }

    void end(long stamp) {
        synchronized (open) {
            open.remove(stamp);
            CURRENT.remove();
        }
    }

    long unsettledFrom() {
        synchronized (open) {
            return open.isEmpty() ? next : open.first();
        }
    }
}
