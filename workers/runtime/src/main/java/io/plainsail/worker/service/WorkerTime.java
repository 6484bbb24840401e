package io.plainsail.worker.service;

import java.time.Clock;
import java.time.Duration;
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

    /** A moment on both clocks. */
    record Moment(Instant wall, long nanos) {}

    Moment moment() {
        return new Moment(now(), nanos());
    }

    /** The longer of what the two clocks say: one may have stood still, with the machine or by a step. */
    Duration since(Moment moment) {
        Duration byTicks = Duration.ofNanos(nanos() - moment.nanos());
        Duration byWall = Duration.between(moment.wall(), now());
        return byTicks.compareTo(byWall) > 0 ? byTicks : byWall;
    }

    Instant now() {
        return wall.instant();
    }

    /** Nanoseconds since some moment; compare by difference only. */
    long nanos() {
        return ticks.getAsLong();
    }
}
