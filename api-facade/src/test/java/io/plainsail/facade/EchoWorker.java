package io.plainsail.facade;

import static org.awaitility.Awaitility.await;

import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.Transport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The worker's side of the wire in the test's own hands: it sees each delivery and says what to report. */
final class EchoWorker {
    static final Contract ECHO = ContractLoader.fromClassPath(EchoWorker.class, "test.echo", 1);
    static final Worker SELF = new Worker("echo", "echo-1", "localhost", "1.0");

    /** A request for it. */
    static final String HELLO = "{\"type\":\"test.echo\",\"input\":{\"text\":\"hello\"}}";

    private final BlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
    private final Publisher events;

    EchoWorker(Transport transport) {
        events = transport.publisher(PublisherOptions.named("echo"));
        transport.subscribe(Destination.jobs(ECHO.jobType()), new SubscriptionOptions("echo", 100), deliveries::add);
        report(new WorkerEvent.Announced(Instant.now(), List.of(ContractFormat.write(ECHO))));
    }

    /** One whose contract the facade, which asks for no key, knows already. */
    static EchoWorker knownTo(RunningFacade facade, Transport transport) {
        EchoWorker worker = new EchoWorker(transport);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> facade.get("/v1/job-types/test.echo/v1").statusCode() == 200);
        return worker;
    }

    void report(WorkerEvent... reported) {
        events.publish(
                Destination.events(), EventBatchCodec.encode(new EventBatch(SELF, List.of(reported))), result -> {});
    }

    Publisher events() {
        return events;
    }

    Delivery next() throws InterruptedException {
        Delivery delivery = deliveries.poll(60, TimeUnit.SECONDS);
        if (delivery == null) {
            throw new AssertionError("no job was delivered within 60 s");
        }
        return delivery;
    }

    boolean sees() {
        return !deliveries.isEmpty();
    }

    /** Takes the next job and reports that it succeeded with its input as output. */
    JobMessage echo() throws InterruptedException {
        Delivery delivery = next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        Instant now = Instant.now();
        report(new WorkerEvent.Succeeded(job.jobId(), job.attempt(), now, now, job.input(), null));
        delivery.ack();
        return job;
    }

    /** Takes the next job and reports that it failed for good. */
    void fail() throws InterruptedException {
        Delivery delivery = next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        Instant now = Instant.now();
        Failure failure = Failure.of(ErrorCategory.INTERNAL, "broken", "broken");
        report(new WorkerEvent.Failed(job.jobId(), job.attempt(), now, now, failure));
        delivery.ack();
    }
}
