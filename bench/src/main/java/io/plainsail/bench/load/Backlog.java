package io.plainsail.bench.load;

import java.util.concurrent.Semaphore;

/** Keeps the number of jobs that are accepted and not finished below a bound. Thread-safe. */
final class Backlog {
    private final Semaphore room;

    /** The highest count of finished jobs that was told. Guarded by this. */
    private long finished;

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

    /** Tells how many jobs have finished since the beginning. */
    synchronized void finished(long now) {
        if (now > finished) {
            room.release(Math.toIntExact(now - finished));
            finished = now;
        }
    }
}
