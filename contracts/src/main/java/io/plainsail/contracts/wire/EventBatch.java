package io.plainsail.contracts.wire;

import java.util.List;
import java.util.Map;

/**
 * The events of one flush of one worker, in the order in which they happened.
 *
 * @param traces by place in {@code events}, where in a trace an event was sent; of those whose trace is recorded
 */
public record EventBatch(Worker worker, List<WorkerEvent> events, Map<Integer, TraceContext> traces) {
    public EventBatch {
        events = List.copyOf(events);
        traces = Map.copyOf(traces);
    }

    /** Events of which none is in a trace. */
    public EventBatch(Worker worker, List<WorkerEvent> events) {
        this(worker, events, Map.of());
    }
}
