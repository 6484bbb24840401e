package io.plainsail.bench.scenario;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for something that announces nothing. */
final class Waiting {
    private static final long LOOK_EVERY_MILLIS = 20;

    private Waiting() {}

    /**
     * @throws BenchException if it has not come about within the bound
     */
    static void until(String what, Duration bound, BooleanSupplier done) {
        long end = System.nanoTime() + bound.toNanos();
        while (!done.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new BenchException("waited " + bound.toSeconds() + " s in vain until " + what);
            }
            pause(Duration.ofMillis(LOOK_EVERY_MILLIS));
        }
    }

    static void pause(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }
}
