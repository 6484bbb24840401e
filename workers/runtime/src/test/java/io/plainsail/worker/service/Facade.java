package io.plainsail.worker.service;

import static org.awaitility.Awaitility.await;

import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.Message;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The other end of the transport: publishes jobs, keeps what workers report and what dies. */
final class Facade {
    static final Duration BOUND = Duration.ofSeconds(40);

    private final Publisher publisher;

    // Guarded by this.
    private final List<WorkerEvent> events = new ArrayList<>();
    private final List<Worker> reporters = new ArrayList<>(); // Of the event at the same place.
    private final List<String> dead = new ArrayList<>();

    Facade(Transport transport) {
        publisher = transport.publisher(PublisherOptions.named("facade"));
        transport.subscribe(Destination.events(), new SubscriptionOptions("facade-events", 100), delivery -> {
            EventBatch batch = EventBatchCodec.decode(delivery.message());
            synchronized (this) {
                for (WorkerEvent event : batch.events()) {
                    events.add(event);
                    reporters.add(batch.worker());
                }
            }
            delivery.ack();
        });
        transport.subscribe(Destination.dead(), new SubscriptionOptions("facade-dead", 100), delivery -> {
            synchronized (this) {
                dead.add(delivery.deathReason().orElse("?"));
            }
            delivery.ack();
        });
    }

    /** Publishes until the queue of the type is there and has it. */
    UUID submit(JobMessage job) {
        send(Destination.jobs(job.jobType()), JobMessageCodec.encode(job));
        return job.jobId();
    }

    UUID submit(String input) {
        return submit(Jobs.job(input));
    }

    void send(Destination destination, Message message) {
        if (publish(destination, message) != PublishResult.CONFIRMED) {
            await().atMost(BOUND).until(() -> publish(destination, message) == PublishResult.CONFIRMED);
        }
    }

    private PublishResult publish(Destination destination, Message message) {
        CompletableFuture<PublishResult> result = new CompletableFuture<>();
        publisher.publish(destination, message, result::complete);
        return result.orTimeout(BOUND.toSeconds(), TimeUnit.SECONDS).join();
    }

    synchronized List<WorkerEvent> events() {
        return List.copyOf(events);
    }

    synchronized List<String> dead() {
        return List.copyOf(dead);
    }

    /** Who reported the first event that the job has of this kind. */
    synchronized Worker reporter(UUID job, Class<? extends WorkerEvent.OfAttempt> kind) {
        for (int i = 0; i < events.size(); i++) {
            if (kind.isInstance(events.get(i))
                    && kind.cast(events.get(i)).jobId().equals(job)) {
                return reporters.get(i);
            }
        }
        throw new AssertionError(job + " has no " + kind + " in " + events);
    }

    <T extends WorkerEvent> List<T> all(Class<T> kind) {
        return events().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    List<WorkerEvent.OfAttempt> outcomes(UUID job) {
        return events().stream()
                .filter(event -> event instanceof WorkerEvent.Succeeded || event instanceof WorkerEvent.Failed)
                .map(WorkerEvent.OfAttempt.class::cast)
                .filter(event -> event.jobId().equals(job))
                .toList();
    }

    WorkerEvent.OfAttempt awaitOutcome(UUID job) {
        if (outcomes(job).isEmpty()) {
            await().atMost(BOUND).until(() -> !outcomes(job).isEmpty());
        }
        return outcomes(job).get(0);
    }
}
