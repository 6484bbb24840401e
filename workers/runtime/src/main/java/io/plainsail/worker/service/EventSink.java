package io.plainsail.worker.service;

import io.plainsail.contracts.wire.WorkerEvent;
import java.util.List;

/** Where attempts report to. Thread-safe; never blocks. */
interface EventSink {

    /**
     * Takes spare events, those that nobody's job depends on: all of them, or none if there is no room for now. An empty
     * list is always taken.
     */
    boolean offer(List<? extends WorkerEvent> events);

    /**
     * Takes an outcome, whatever the room. It is sent in the trace that this thread works in.
     *
     * @param before spare events that happened before it; dropped and counted if there is no room
     * @param confirmed called once, when the outcome is safe with the carrier
     */
    void outcome(List<? extends WorkerEvent> before, WorkerEvent.OfAttempt outcome, Runnable confirmed);
}
