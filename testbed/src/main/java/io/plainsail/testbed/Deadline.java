package io.plainsail.testbed;

import java.time.Duration;

/** The bound of one wait. */
final class Deadline {
    private final long end;

    private Deadline(long end) {
        this.end = end;
    }

    static Deadline in(Duration bound) {
        return new Deadline(System.nanoTime() + bound.toNanos());
    }

    boolean isOver() {
        return System.nanoTime() - end >= 0;
    }

    /**
     * Lets the caller's thread rest between two looks at something that announces nothing.
     *
     * @throws TestbedException if the thread was interrupted, with the interrupt restored
     */
    void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestbedException("interrupted while waiting", e);
        }
    }
}
