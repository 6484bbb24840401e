package io.plainsail.facade.http;

import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.LogEntry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Looks at jobs and their logs for callers who wait for them, on the callers' own threads, and bounds how many may. It asks the store, so
 * it does not matter which facade a job's outcome comes to. Thread-safe.
 */
public final class JobWatcher {
    private static final long SOON_MILLIS = 10;
    private static final long LATER_MILLIS = 250;

    private final JobStore store;
    private final Semaphore waits;
    private final int maxStreams;
    private final AtomicInteger streams = new AtomicInteger();
    private final BooleanSupplier stopping;

    /**
     * @param maxWaits callers who may wait for a job's end at a time
     * @param maxStreams streams of events at a time
     * @param stopping whether all should end now
     */
    public JobWatcher(JobStore store, int maxWaits, int maxStreams, BooleanSupplier stopping) {
        this.store = store;
        this.waits = new Semaphore(maxWaits);
        this.maxStreams = maxStreams;
        this.stopping = stopping;
    }

    /**
     * Waits until a job has ended, for so long at most; not at all if too many wait already, or the facade is to stop.
     *
     * @return the job as it is then; empty if there is none
     */
    Optional<Job> await(UUID id, Duration atMost) {
        Optional<Job> job = store.find(id);
        if (atMost.isZero() || !waits.tryAcquire()) {
            return job;
        }
        try {
            long end = System.nanoTime() + atMost.toNanos();
            long rest = SOON_MILLIS;
            while (job.isPresent() && !hasEnded(job.get()) && System.nanoTime() < end && pause(rest)) {
                rest = Math.min(LATER_MILLIS, rest * 2);
                job = store.find(id);
            }
            return job;
        } finally {
            waits.release();
        }
    }

    /**
     * A part of a log.
     *
     * @param ended whether the job had ended before the lines were asked for
     */
    record Lines(List<LogEntry> lines, boolean ended) {
        /** Its last line's position, {@code attempt.sequence}; where it began if there is none. */
        String end(int attempt, int sequence) {
            if (lines.isEmpty()) {
                return attempt + "." + sequence;
            }
            LogEntry last = lines.get(lines.size() - 1);
            return last.attempt() + "." + last.sequence();
        }
    }

    /**
     * Waits until a job has a log line behind a position, or has ended, for so long at most; not at all if too many wait
     * already, or the facade is to stop.
     *
     * @return empty if there is no such job
     */
    Optional<Lines> awaitLines(UUID id, int attempt, int sequence, int limit, Duration atMost) {
        Optional<Lines> found = lines(id, attempt, sequence, limit);
        if (atMost.isZero() || !waits.tryAcquire()) {
            return found;
        }
        try {
            long end = System.nanoTime() + atMost.toNanos();
            long rest = SOON_MILLIS;
            while (found.isPresent()
                    && found.get().lines().isEmpty()
                    && !found.get().ended()
                    && System.nanoTime() < end
                    && pause(rest)) {
                rest = Math.min(LATER_MILLIS, rest * 2);
                found = lines(id, attempt, sequence, limit);
            }
            return found;
        } finally {
            waits.release();
        }
    }

    /** The job first: a line that comes with its end is among those that are asked for after it. */
    private Optional<Lines> lines(UUID id, int attempt, int sequence, int limit) {
        return store.find(id).map(job -> new Lines(store.logs(id, attempt, sequence, limit), hasEnded(job)));
    }

    static boolean hasEnded(Job job) {
        return job.state().terminal();
    }

    /** Rests between two looks. False if the facade is to stop. */
    boolean pause(long millis) {
        if (stopping.getAsBoolean()) {
            return false;
        }
        try {
            Thread.sleep(millis);
            return !stopping.getAsBoolean();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    boolean hasRoomForStream() {
        return streams.get() < maxStreams;
    }

    void streamBegins() {
        streams.incrementAndGet();
    }

    void streamEnds() {
        streams.decrementAndGet();
    }

    /** Streams of events that are open. */
    public int streams() {
        return streams.get();
    }
}
