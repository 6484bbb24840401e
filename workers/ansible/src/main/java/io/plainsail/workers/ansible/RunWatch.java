package io.plainsail.workers.ansible;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads a run's events while its programs run, on a thread of its own, and interrupts the thread that runs them when a
 * bound is hit.
 */
final class RunWatch implements AutoCloseable {
    private static final long LOOK_EVERY_MILLIS = 100;

    private final Thread owner = Thread.currentThread();
    private final RunEvents events;
    private final Duration timeout;
    private final Duration idleTimeout;
    private final int maxEvents;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;

    // Guarded by this.
    private @Nullable JobFailedException bound;
    private boolean closed;

    private RunWatch(RunEvents events, Duration timeout, Duration idleTimeout, int maxEvents) {
        this.events = events;
        this.timeout = timeout;
        this.idleTimeout = idleTimeout;
        this.maxEvents = maxEvents;
        this.thread = new Thread(this::watch, "plainsail-ansible-events");
        thread.setDaemon(true);
    }

    /** Begins to watch for the calling thread. */
    static RunWatch start(RunEvents events, Duration timeout, Duration idleTimeout, int maxEvents) {
        RunWatch watch = new RunWatch(events, timeout, idleTimeout, maxEvents);
        watch.thread.start();
        return watch;
    }

    private void watch() {
        long began = System.nanoTime();
        long heard = began;
        try {
            while (!stop.await(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
                heard = events.read() > 0 ? System.nanoTime() : heard;
                if (events.events() > maxEvents) {
                    interrupt(new JobFailedException(
                            ErrorCategory.LIMIT_EXCEEDED,
                            "events",
                            "the run made more than " + maxEvents + " events (maxEvents) and was ended"));
                } else if (System.nanoTime() - began > timeout.toNanos()) {
                    interrupt(timedOut("timeout", "the run took longer than " + timeout + " and was ended"));
                } else if (System.nanoTime() - heard > idleTimeout.toNanos()) {
                    interrupt(timedOut(
                            "idle-timeout", "nothing was heard of the run for " + idleTimeout + ": it was ended"));
                } else {
                    continue;
                }
                return;
            }
            events.read();
        } catch (IOException | RuntimeException e) {
            interrupt(new JobFailedException(
                    ErrorCategory.REJECTED,
                    "events",
                    "the run's events cannot be read (" + e.getClass().getSimpleName() + "): it was ended",
                    e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** INVARIANT: a run whose tasks may have taken effect is not repeated by itself. */
    private JobFailedException timedOut(String code, String message) {
        ErrorCategory category = events.playsBegan() ? ErrorCategory.LIMIT_EXCEEDED : ErrorCategory.TIMEOUT;
        return new JobFailedException(category, code, message + (events.playsBegan() ? "; tasks had begun" : ""));
    }

    private synchronized void interrupt(JobFailedException why) {
        if (bound == null) {
            bound = why;
        }
        if (!closed) {
            owner.interrupt();
        }
    }

    /** The bound that was hit, if one was. */
    synchronized @Nullable JobFailedException bound() {
        return bound;
    }

    /** No interrupt of this comes after it. The last events are read, also when the caller is interrupted. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        stop.countDown();
        boolean interrupted = Thread.interrupted();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
