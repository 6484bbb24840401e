package io.plainsail.facade.events;

import io.plainsail.contracts.wire.WireText;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.ParkedMessage;
import io.plainsail.messaging.Delivery;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps messages that nobody could read or apply, with the reason. Thread-safe. */
public final class Parking {
    private static final Logger log = LoggerFactory.getLogger(Parking.class);

    private final JobStore store;
    private final Clock clock;
    private final AtomicLong parked = new AtomicLong();

    public Parking(JobStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /** Stores the message, then acknowledges its delivery. */
    void park(String source, String reason, Delivery delivery) {
        Map<String, String> headers = delivery.message().headers().entrySet().stream()
                .collect(Collectors.toMap(
                        entry -> WireText.storable(entry.getKey(), 200),
                        entry -> WireText.storable(entry.getValue(), 2_000),
                        (first, second) -> first));
        store.park(new ParkedMessage(
                JobIds.next(),
                source,
                WireText.storable(reason, 4_000),
                headers,
                delivery.message().body(),
                clock.instant()));
        parked.incrementAndGet();
        log.warn("A message from {} is parked: {}", source, reason);
        delivery.ack();
    }

    public long parked() {
        return parked.get();
    }
}
