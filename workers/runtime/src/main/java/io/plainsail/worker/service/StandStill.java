package io.plainsail.worker.service;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Notices that the process stood still: it was stopped, its machine was, or it was busy with its memory. The broker may
 * have given its deliveries to others meanwhile, and what of them still comes out of the connection looks new.
 * Thread-safe.
 */
final class StandStill {
    /** Half of a heartbeat: no broker takes a connection for lost that was silent for less. */
    static final Duration NOTICED = Duration.ofSeconds(5);

    /** So long after it the connection is sure to be known as lost, if it is. */
    static final Duration AFTERMATH = Duration.ofSeconds(10);

    private final WorkerTime time;
    private volatile WorkerTime.Moment ticked;
    private volatile WorkerTime.@Nullable Moment over;

    StandStill(WorkerTime time) {
        this.time = time;
        this.ticked = time.moment();
    }

    /** To be called many times a second while the process runs, by one thread. */
    void tick() {
        WorkerTime.Moment now = time.moment();
        // INVARIANT: in this order, so that whoever finds the tick fresh finds what it noticed.
        if (stillSince(ticked)) {
            over = now;
        }
        ticked = now;
    }

    /** Whether it ended a moment ago. */
    boolean recent() {
        if (stillSince(ticked)) {
            return true;
        }
        WorkerTime.Moment last = over;
        return last != null && time.since(last).compareTo(AFTERMATH) < 0;
    }

    private boolean stillSince(WorkerTime.Moment moment) {
        return time.since(moment).compareTo(NOTICED) > 0;
    }
}
