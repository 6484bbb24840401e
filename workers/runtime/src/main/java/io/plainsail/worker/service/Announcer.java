package io.plainsail.worker.service;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Transport;
import java.time.Duration;
import java.util.List;

/**
 * Tells the facade which contracts this worker speaks: whenever the carrier comes (back), which is when the queues of the
 * job types exist, and then at a steady pace. Not thread-safe: for one loop.
 */
final class Announcer {
    private final List<JsonNode> contracts;
    private final Transport transport;
    private final EventSink events;
    private final WorkerTime time;
    private final long everyNanos;

    private boolean announced; // Since the carrier came.
    private long announcedNanos;

    Announcer(WorkerService service, Transport transport, EventSink events, WorkerTime time, Duration every) {
        this.contracts = service.handled().stream()
                .<JsonNode>map(handled -> ContractFormat.write(handled.contract()))
                .toList();
        this.transport = transport;
        this.events = events;
        this.time = time;
        this.everyNanos = every.toNanos();
    }

    /** Announces if it is time to, and somebody could hear it. */
    void announceWhenDue() {
        long now = time.nanos();
        if (!transport.health().connected()) {
            announced = false;
            return;
        }
        boolean due = !announced || now - announcedNanos >= everyNanos;
        if (due && events.offer(List.of(new WorkerEvent.Announced(time.now(), contracts)))) {
            announced = true;
            announcedNanos = now;
        }
    }
}
