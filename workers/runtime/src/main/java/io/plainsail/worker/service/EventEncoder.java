package io.plainsail.worker.service;

import io.opentelemetry.context.Context;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.Message;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.trace.Tracing;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes this worker's events as messages. Thread-safe. */
final class EventEncoder {
    private static final Logger LOG = LoggerFactory.getLogger(EventEncoder.class);

    private final Worker worker;

    EventEncoder(Worker worker) {
        this.worker = worker;
    }

    /** The events as one message; null if one of them cannot be written. */
    @Nullable
    Message encode(List<OutboxEntry> entries) {
        try {
            return write(entries);
        } catch (RuntimeException poison) {
            return null;
        }
    }

    /**
     * The entry, if it can be written. If not: an outcome becomes a failure that says so, and whoever waits for its
     * confirm is told all the same; for a spare event it is null.
     */
    @Nullable
    OutboxEntry writable(OutboxEntry entry) {
        try {
            write(List.of(entry));
            return entry;
        } catch (RuntimeException poison) {
            LOG.error("An event cannot be written: {}", poison.getMessage());
        }
        if (entry.isSpare() || !(entry.event() instanceof WorkerEvent.OfAttempt outcome)) {
            return null;
        }
        Failure failure =
                Failure.of(ErrorCategory.INTERNAL, "output-encoding", "the outcome cannot be written as an event");
        // The start is not taken over: whatever is in the outcome may be what cannot be written.
        WorkerEvent replaced =
                new WorkerEvent.Failed(outcome.jobId(), outcome.attempt(), outcome.at(), outcome.at(), failure);
        return new OutboxEntry(replaced, entry.bytes(), entry.confirmed(), entry.span());
    }

    private Message write(List<OutboxEntry> entries) {
        List<WorkerEvent> events = new ArrayList<>(entries.size());
        Map<Integer, TraceContext> traces = new HashMap<>();
        for (OutboxEntry entry : entries) {
            TraceContext trace =
                    entry.span() == null ? null : Tracing.told(Context.root().with(entry.span()));
            if (trace != null) {
                traces.put(events.size(), trace);
            }
            events.add(entry.event());
        }
        return EventBatchCodec.encode(new EventBatch(worker, events, traces));
    }
}
