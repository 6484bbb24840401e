package io.plainsail.client;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;

/** The passing of time, as the client sees it. Thread-safe. */
interface Pace {
    /** On a clock that only goes forward. */
    long nanos();

    /** By the calendar. */
    Instant now();

    void rest(Duration duration) throws InterruptedException;

    /** 0 to 1. */
    double random();

    /** The machine's own. */
    Pace SYSTEM = new Pace() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public void rest(Duration duration) throws InterruptedException {
            Thread.sleep(duration.toMillis(), duration.toNanosPart() % 1_000_000);
        }

        @Override
        public double random() {
            return ThreadLocalRandom.current().nextDouble();
        }
    };
}
