package io.plainsail.worker.service;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A fixed number of lanes, each a thread that takes work, runs it and takes the next. A lane whose handler does not end
 * is given up and replaced, so that the number of working lanes stays; how many may be given up at a time is bounded.
 * Thread-safe.
 */
final class HandlerPool {
    private static final Logger LOG = LoggerFactory.getLogger(HandlerPool.class);

    private final int size;
    private final int maxAbandoned;
    private final ReadyQueue queue;
    private final AttemptRunner runner;
    private final ThreadFactory threads;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition laneEnded = lock.newCondition();

    // Guarded by lock. Copied on write: the watch reads it many times a second.
    private volatile List<Lane> lanes = List.of();
    private int abandoned;

    /** One thread's place. */
    final class Lane implements Runnable {
        private volatile @Nullable Attempt current;

        // Guarded by lock.
        private boolean retired;
        private volatile boolean stuck;

        @Nullable
        Attempt current() {
            return current;
        }

        @Override
        public void run() {
            try {
                for (ReadyQueue.Work work = queue.take(); work != null; work = queue.take()) {
                    try {
                        runner.run(work, attempt -> current = attempt);
                    } catch (Throwable escaped) {
                        // Even the report of it may fail; the lane must not.
                        logQuietly(escaped);
                    }
                    // After current was cleared: see abandon.
                    if (isRetired()) {
                        return;
                    }
                }
            } finally {
                ended(this);
            }
        }

        /** Whether it was given up; if not, it works again. */
        private boolean isRetired() {
            lock.lock();
            try {
                stuck = false;
                return retired;
            } finally {
                lock.unlock();
            }
        }
    }

    HandlerPool(int size, int maxAbandoned, ReadyQueue queue, AttemptRunner runner, ThreadFactory threads) {
        this.size = size;
        this.maxAbandoned = maxAbandoned;
        this.queue = queue;
        this.runner = runner;
        this.threads = threads;
    }

    void start() {
        lock.lock();
        try {
            for (int i = 0; i < size; i++) {
                addLane();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The lanes that take work; those given up are not among them. */
    List<Lane> lanes() {
        return lanes;
    }

    /** What runs now. */
    List<Attempt> attempts() {
        List<Attempt> attempts = new ArrayList<>();
        for (Lane lane : lanes) {
            Attempt attempt = lane.current;
            if (attempt != null) {
                attempts.add(attempt);
            }
        }
        return attempts;
    }

    /** Gives up a lane whose attempt was abandoned, and puts a new one in its place if the bound allows. */
    void abandon(Lane lane, Attempt abandonedAttempt) {
        lock.lock();
        try {
            // INVARIANT: a lane that has ended the attempt is not retired: it may run the next one, which must be
            // watched.
            if (lane.current != abandonedAttempt || lane.retired) {
                return;
            }
            if (abandoned >= maxAbandoned) {
                stuck(lane, "the bound of " + maxAbandoned + " given-up threads is reached");
                return;
            }
            try {
                addLane();
            } catch (Throwable noThread) {
                stuck(lane, "no thread can be had: " + noThread);
                return;
            }
            lane.retired = true;
            abandoned++;
            remove(lane);
        } finally {
            lock.unlock();
        }
    }

    /** Threads given up that still run. */
    int abandoned() {
        lock.lock();
        try {
            return abandoned;
        } finally {
            lock.unlock();
        }
    }

    /** Lanes that are stuck and may not be replaced. */
    int stuck() {
        return (int) lanes.stream().filter(lane -> lane.stuck).count();
    }

    int size() {
        return size;
    }

    /** Lanes that wait for work. */
    int idle() {
        return (int) lanes.stream().filter(lane -> lane.current == null).count();
    }

    int running() {
        return (int) lanes.stream().filter(lane -> lane.current != null).count();
    }

    /** Waits until every lane has ended after the queue was closed; false if some still run after the time. */
    boolean awaitEnd(Duration bound) {
        long left = bound.toNanos();
        lock.lock();
        try {
            while (!lanes.isEmpty() && left > 0) {
                left = laneEnded.awaitNanos(left);
            }
            return lanes.isEmpty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void ended(Lane lane) {
        lock.lock();
        try {
            if (lane.retired) {
                abandoned--;
            }
            remove(lane);
            laneEnded.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private static void stuck(Lane lane, String why) {
        lane.stuck = true;
        LOG.error(
                "A handler does not end and its thread is not replaced: {}. This process works with fewer threads and"
                        + " reports itself unhealthy; restart it",
                why);
    }

    private void addLane() {
        Lane lane = new Lane();
        List<Lane> more = new ArrayList<>(lanes);
        more.add(lane);
        more = List.copyOf(more);
        threads.newThread(lane).start();
        lanes = more;
    }

    private void remove(Lane lane) {
        lanes = lanes.stream().filter(other -> other != lane).toList();
    }

    private static void logQuietly(Throwable escaped) {
        try {
            LOG.error("A delivery could not be run to its end; it comes again when this process ends", escaped);
        } catch (Throwable again) {
            // Nothing is left to be done about it.
        }
    }
}
