package io.plainsail.facade.events;

import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.Message;
import io.plainsail.contracts.wire.UndecodableMessageException;
import io.plainsail.contracts.wire.WireText;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.OverloadedException;
import io.plainsail.facade.job.ParkedMessage;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps messages that nobody could read or apply, with the reason, until somebody releases or deletes them. Thread-safe. */
public final class Parking {
    private static final String EVENTS = "events";
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Logger log = LoggerFactory.getLogger(Parking.class);

    private final JobStore store;
    private final Publisher publisher;
    private final Clock clock;
    private final AtomicLong parked = new AtomicLong();

    /**
     * @param publisher brings released messages back to where they belong
     */
    public Parking(JobStore store, Publisher publisher, Clock clock) {
        this.store = store;
        this.publisher = publisher;
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

    /**
     * Publishes a parked message again, and forgets it when that is confirmed: a batch of events for the recorder, a job
     * message for the workers of its type. What still cannot be read is parked again.
     *
     * @return false if there is no such message
     * @throws UndecodableMessageException if it is a job message that does not tell its type
     * @throws OverloadedException if the transport does not take it now; it stays parked
     */
    public boolean release(UUID id) {
        ParkedMessage parkedMessage = store.findParked(id).orElse(null);
        if (parkedMessage == null) {
            return false;
        }
        boolean events = parkedMessage.source().equals(EVENTS);
        Message message = new Message(
                events ? EventBatchCodec.CONTENT_TYPE : JobMessageCodec.CONTENT_TYPE,
                parkedMessage.headers(),
                parkedMessage.body());
        Destination destination = Destination.events();
        if (!events) {
            // It may be released twice, and be out of date: whoever gets it asks.
            JobMessage job = JobMessageCodec.decode(message).maybeSentBefore();
            message = JobMessageCodec.encode(job);
            destination = Destination.jobs(job.jobType());
        }
        CompletableFuture<PublishResult> result = new CompletableFuture<>();
        publisher.publish(destination, message, result::complete);
        PublishResult answer = result.completeOnTimeout(
                        PublishResult.UNKNOWN, PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .join();
        if (answer != PublishResult.CONFIRMED) {
            throw new OverloadedException(
                    "the transport did not take the message (" + answer + "): it stays parked", 5);
        }
        store.forgetParked(id);
        log.info("A parked message from {} is released to {}", parkedMessage.source(), destination);
        return true;
    }

    public long parked() {
        return parked.get();
    }
}
