package io.plainsail.worker.service;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a body again and again on a thread of its own. Survives whatever the body throws: it says so, rests a second and
 * goes on. Thread-safe.
 */
final class Loop implements AutoCloseable {
    /** A body that takes longer than this for one call is taken for stuck. */
    static final long STUCK_AFTER_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(2);
    private static final Logger LOG = LoggerFactory.getLogger(Loop.class);

    /** What is done each time. */
    @FunctionalInterface
    interface Body {
        void run() throws InterruptedException;
    }

    private final String name;
    private final Body body;
    private final long restNanos;
    private final WorkerTime time;
    private final Thread thread;
    private final CountDownLatch stopped = new CountDownLatch(1);

    private volatile long lastRunNanos;

    /**
     * @param rest between two calls
     */
    Loop(String name, Body body, Duration rest, WorkerTime time, ThreadFactory threads) {
        this.name = name;
        this.body = body;
        this.restNanos = rest.toNanos();
        this.time = time;
        this.thread = threads.newThread(this::run);
    }

    void start() {
        lastRunNanos = time.nanos();
        thread.start();
    }

    /** Whether the body was called lately. */
    boolean isGoing() {
        return thread.isAlive() && time.nanos() - lastRunNanos < STUCK_AFTER_NANOS;
    }

    private void run() {
        try {
            boolean stop = false;
            while (!stop) {
                long rest = restNanos;
                try {
                    body.run();
                } catch (InterruptedException e) {
                    throw e;
                } catch (Throwable thrown) {
                    LOG.error("{} failed and goes on in a second", name, thrown);
                    rest = TimeUnit.SECONDS.toNanos(1);
                }
                lastRunNanos = time.nanos();
                stop = stopped.await(rest, TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The body is not interrupted; a call that does not end soon is left behind. */
    @Override
    public void close() {
        stopped.countDown();
        try {
            thread.join(STOP_PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
