package io.plainsail.contracts.wire;

import java.util.List;

/** The events of one flush of one worker, in the order in which they happened. */
public record EventBatch(Worker worker, List<WorkerEvent> events) {
    public EventBatch {
        events = List.copyOf(events);
    }
}
