package io.plainsail.worker.testing;

import io.plainsail.contracts.Contract;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.Violation;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.Message;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.Transport;
import io.plainsail.messaging.amqp.AmqpConfig;
import io.plainsail.messaging.amqp.AmqpTransport;
import io.plainsail.testbed.Broker;
import io.plainsail.worker.service.WorkerConfig;
import io.plainsail.worker.service.WorkerProcess;
import io.plainsail.worker.service.WorkerService;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A worker service at work on a RabbitMQ, in a test: whole and as in a process of its own, with the test in the facade's
 * place. A job that is submitted goes through the broker to the handler, and its events come back through the broker.
 *
 * <pre>{@code
 * @ExtendWith(RabbitMqExtension.class)
 * class GreeterWorkerIT {
 *     @Test
 *     void jobComesBack(Broker broker) {
 *         try (WorkerOnBroker worker = WorkerOnBroker.start(service, broker)) {
 *             TestResult result = worker.submit("{\"name\": \"Ada\"}").await();
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>Retries come as the contract says, so a test of one takes its backoff, a second at least. Starting costs a few
 * seconds, most of them for a virtual host of its own. Thread-safe.
 */
public final class WorkerOnBroker implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Cancelling is quick, and nobody waits for a handler at the end of a test. */
    private static final Map<String, String> QUICK =
            Map.of("admin.port", "-1", "attempts.checkEvery", "PT0.1S", "drainGrace", "PT0S");

    private final WorkerService service;
    private final StandInFacade facade = new StandInFacade();
    private final Map<UUID, SubmittedJob> jobs = new ConcurrentHashMap<>();

    /** Closed in the order of the list. */
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    private final Publisher publisher;

    private WorkerOnBroker(WorkerService service, WorkerConfig config, String amqpUri) {
        this.service = service;
        Transport testSide = opened(AmqpTransport.create(AmqpConfig.of(amqpUri, "test")));
        this.publisher = testSide.publisher(PublisherOptions.named("jobs of a test"));
        testSide.subscribe(Destination.events(), new SubscriptionOptions("events of a test", 100), this::take);
        Transport workerSide = opened(AmqpTransport.create(AmqpConfig.of(amqpUri, service.name())));
        opened(WorkerProcess.start(service, config, workerSide, facade, Clock.systemUTC()));
    }

    /** Starts the service with the settings that every worker has by default, in a virtual host of its own. */
    public static WorkerOnBroker start(WorkerService service, Broker broker) {
        return start(service, WorkerConfig.with(QUICK), broker);
    }

    /** The same with other settings; the broker's address among them is not looked at. */
    public static WorkerOnBroker start(WorkerService service, WorkerConfig config, Broker broker) {
        return new WorkerOnBroker(service, config, broker.freshVirtualHostUri());
    }

    private <T extends AutoCloseable> T opened(T resource) {
        opened.push(resource);
        return resource;
    }

    /**
     * Submits a job of the service's only type.
     *
     * @throws IllegalStateException if it has several
     */
    public SubmittedJob submit(String json) {
        if (service.handled().size() != 1) {
            throw new IllegalStateException(
                    "worker service " + service.name() + " handles several job types: name one");
        }
        return submit(service.handled().get(0).contract().jobType(), json);
    }

    /**
     * Submits a job and returns when the broker has it.
     *
     * @throws AssertionError if the input breaks its contract, or the worker's queue does not come to be within 30 s
     */
    public SubmittedJob submit(JobType type, String json) {
        Contract contract = service.handled().stream()
                .map(WorkerService.Handled::contract)
                .filter(each -> each.jobType().equals(type))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(service.name() + " does not handle " + type));
        byte[] input = json.getBytes(StandardCharsets.UTF_8);
        List<Violation> violations =
                SchemaCheck.of(contract.inputSchema(), type + " input schema").violations(StrictJson.read(input));
        if (!violations.isEmpty()) {
            throw new AssertionError("the facade would refuse the input: " + violations);
        }
        SubmittedJob job = new SubmittedJob(UUID.randomUUID(), contract.timeout(), facade);
        jobs.put(job.id(), job);
        publish(
                type,
                JobMessageCodec.encode(JobMessage.builder(
                                job.id(), type, Clock.systemUTC().instant(), contract.timeout(), TestJob.TOKEN, input)
                        .build()));
        return job;
    }

    /** Result files that were too large for their outcome, as the facade was given them. */
    public RecordingResultDelivery results() {
        return facade.results();
    }

    /** The queue is the worker's to declare: until it has, the message is unroutable and comes again. */
    private void publish(JobType type, Message message) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        PublishResult result = publishOnce(type, message);
        while (result != PublishResult.CONFIRMED) {
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        "a job of " + type + " cannot be submitted within " + PATIENCE + ": " + result);
            }
            pause();
            result = publishOnce(type, message);
        }
    }

    private PublishResult publishOnce(JobType type, Message message) {
        CompletableFuture<PublishResult> result = new CompletableFuture<>();
        publisher.publish(Destination.jobs(type), message, result::complete);
        try {
            return result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a job was submitted", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("the publisher gave no answer", e);
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a job was submitted", e);
        }
    }

    private void take(Delivery delivery) {
        for (WorkerEvent event : EventBatchCodec.decode(delivery.message()).events()) {
            if (event instanceof WorkerEvent.OfAttempt ofAttempt) {
                SubmittedJob job = jobs.get(ofAttempt.jobId());
                if (job != null) {
                    job.take(ofAttempt);
                }
            }
        }
        delivery.ack();
    }

    /** Ends the worker as SIGTERM does, and then the test's own side. The virtual host stays as long as its server. */
    @Override
    public void close() {
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException("the worker could not be closed", e);
            }
        }
    }
}
