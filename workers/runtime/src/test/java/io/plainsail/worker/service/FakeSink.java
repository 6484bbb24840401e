package io.plainsail.worker.service;

import io.plainsail.contracts.wire.WorkerEvent;
import java.util.ArrayList;
import java.util.List;

/** Keeps what is reported. Confirms at once unless told to withhold; refuses spare events when told that it is full. */
final class FakeSink implements EventSink {
    volatile boolean withhold;
    volatile boolean full;

    private final List<WorkerEvent> events = new ArrayList<>();

    @Override
    public synchronized boolean offer(List<? extends WorkerEvent> offered) {
        if (full && !offered.isEmpty()) {
            return false;
        }
        events.addAll(offered);
        return true;
    }

    @Override
    public void outcome(List<? extends WorkerEvent> before, WorkerEvent.OfAttempt outcome, Runnable confirmed) {
        synchronized (this) {
            events.addAll(before);
            events.add(outcome);
        }
        if (!withhold) {
            confirmed.run();
        }
    }

    synchronized List<WorkerEvent> events() {
        return List.copyOf(events);
    }

    <T extends WorkerEvent> List<T> all(Class<T> kind) {
        return events().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    <T extends WorkerEvent> T only(Class<T> kind) {
        List<T> found = all(kind);
        if (found.size() != 1) {
            throw new AssertionError("expected one " + kind.getSimpleName() + ", there are " + events());
        }
        return found.get(0);
    }

    List<String> log() {
        return all(WorkerEvent.LogLine.class).stream()
                .map(WorkerEvent.LogLine::line)
                .toList();
    }
}
