package io.plainsail.worker.service;

import java.time.Clock;
import java.time.Instant;
import java.util.function.LongSupplier;

/**
 * Both kinds of time. Events carry what the wall clock shows; deadlines go by nanoseconds that only move forward.
 *
 * <p>INVARIANT: a step of the wall clock ends no attempt.
 */
record WorkerTime(Clock wall, LongSupplier ticks) {

    /** The process's own monotonic time beside the given clock. */
    static WorkerTime of(Clock wall) {
        return new WorkerTime(wall, System::nanoTime);
    }

    Instant now() {
        return wall.instant();
    }

    /** Nanoseconds since some moment; compare by difference only. */
    long nanos() {
        return ticks.getAsLong();
    }
}
