package io.plainsail.facade;

import io.plainsail.facade.store.StoreUnavailableException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls a body again and again on a thread of its own until it is stopped. A body that throws is called again after a
 * rest. Never interrupts its thread: that may be inside the database.
 */
final class Loop {
    private static final Logger log = LoggerFactory.getLogger(Loop.class);
    private static final long REST_MILLIS = 500;

    private final String name;
    private final Body body;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;

    /** The loop's body: waits a bounded time for work and does it. */
    @FunctionalInterface
    interface Body {
        void run() throws InterruptedException;
    }

    private Loop(String name, Body body) {
        this.name = name;
        this.body = body;
        thread = new Thread(this::run, name);
        thread.setDaemon(true);
    }

    static Loop start(String name, Body body) {
        Loop loop = new Loop(name, body);
        loop.thread.start();
        return loop;
    }

    /** A loop that rests a while after each call. */
    static Loop every(long millis, String name, Runnable body) {
        Loop[] self = new Loop[1];
        self[0] = new Loop(name, () -> {
            body.run();
            self[0].stopping.await(millis, TimeUnit.MILLISECONDS);
        });
        self[0].thread.start();
        return self[0];
    }

    private void run() {
        while (stopping.getCount() > 0) {
            try {
                body.run();
            } catch (StoreUnavailableException e) {
                log.warn("{} goes on in {} ms: {}", name, REST_MILLIS, e.getMessage());
                rest();
            } catch (InterruptedException e) {
                log.warn("{} was interrupted and goes on: only stop() ends it", name);
            } catch (RuntimeException e) {
                log.error("{} goes on in {} ms", name, REST_MILLIS, e);
                rest();
            }
        }
    }

    private void rest() {
        try {
            stopping.await(REST_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            log.warn("{} was interrupted and goes on: only stop() ends it", name);
        }
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    /** Ends the loop after the call that is running, and waits for it, within a bound. */
    void stop() {
        stopping.countDown();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(35));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            log.warn("{} did not end: what it was doing is unknown", name);
        }
    }
}
