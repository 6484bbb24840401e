package io.plainsail.facade.job;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that something may hold in memory at one time. A single thing larger than the whole budget passes when nothing
 * else is held, so that nothing waits for ever. Thread-safe.
 */
public final class MemoryBudget {
    private final long limit;
    private final AtomicLong held = new AtomicLong();

    private MemoryBudget(long limit) {
        this.limit = limit;
    }

    /**
     * @throws IllegalArgumentException if the limit is not positive
     */
    public static MemoryBudget ofBytes(long limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("a memory budget is " + limit + " bytes: must be 1 or more");
        }
        return new MemoryBudget(limit);
    }

    /** A share of the JVM's maximum heap: one in so many parts. */
    public static MemoryBudget ofHeap(int parts) {
        return ofBytes(Math.max(1, Runtime.getRuntime().maxMemory() / parts));
    }

    /** Takes bytes if there is room for them; false: nothing was taken. */
    public boolean tryTake(long bytes) {
        while (true) {
            long now = held.get();
            if (now > 0 && now + bytes > limit) {
                return false;
            }
            if (held.compareAndSet(now, now + bytes)) {
                return true;
            }
        }
    }

    /** Takes bytes that are in memory already, room or not. */
    public void take(long bytes) {
        held.addAndGet(bytes);
    }

    /** Gives back bytes that were taken. */
    public void giveBack(long bytes) {
        held.addAndGet(-bytes);
    }

    /** Bytes that can be taken now. */
    public long room() {
        return Math.max(0, limit - held.get());
    }

    public long held() {
        return held.get();
    }

    public long limit() {
        return limit;
    }
}
