package io.plainsail.bench.load;

import java.util.concurrent.Semaphore;

/** Keeps the number of jobs under way below a bound. Thread-safe. */
final class Backlog {
    private final Semaphore room;

    /** The highest count that was told. Guarded by this. */
    private long left;

    /** @param bound no bound where it is 0 */
    Backlog(int bound) {
        this.room = new Semaphore(bound == 0 ? Integer.MAX_VALUE : bound);
    }

    /** Waits until so many jobs may be handed in. */
    void enter(int jobs) throws InterruptedException {
        room.acquire(jobs);
    }

    /** Jobs that were not accepted after all. */
    void withdraw(int jobs) {
        room.release(jobs);
    }

    /** Tells how many jobs, since the beginning, are not under way any more. */
    synchronized void left(long now) {
        if (now > left) {
            room.release(Math.toIntExact(now - left));
            left = now;
        }
    }
}
