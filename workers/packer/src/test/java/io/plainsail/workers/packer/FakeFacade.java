package io.plainsail.workers.packer;

import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.amqp.AmqpConfig;
import io.plainsail.messaging.amqp.AmqpTransport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** The facade's end of the wire: publishes jobs, lets each attempt run that is claimed, keeps what workers report. */
final class FakeFacade implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final AmqpTransport transport;
    private final Publisher publisher;
    private final HttpServer http;
    private final List<WorkerEvent> events = new CopyOnWriteArrayList<>();
    private final List<UUID> over = new CopyOnWriteArrayList<>();

    FakeFacade(String brokerUri) throws IOException {
        transport = AmqpTransport.create(AmqpConfig.of(brokerUri, "facade"));
        publisher = transport.publisher(PublisherOptions.named("facade"));
        transport.subscribe(Destination.events(), new SubscriptionOptions("facade-events", 100), delivery -> {
            events.addAll(EventBatchCodec.decode(delivery.message()).events());
            delivery.ack();
        });
        http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
        http.createContext("/v1/", this::answer);
        http.start();
    }

    String url() {
        return "http://127.0.0.1:" + http.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String[] path = exchange.getRequestURI().getPath().split("/");
            exchange.getRequestBody().readAllBytes();
            String body = path[path.length - 1].equals("claim")
                    ? "{\"verdict\":\"run\",\"attempt\":" + path[5]
                            + ",\"lost\":0,\"afterSeconds\":0,\"reason\":\"run\"}"
                    : "{\"over\":["
                            + String.join(
                                    ",",
                                    over.stream()
                                            .map(id -> "{\"job\":\"" + id
                                                    + "\",\"attempt\":1,\"reason\":\"the job is cancelled\"}")
                                            .toList())
                            + "],\"claimEach\":[]}";
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    /** Publishes a job once its worker has made the queue. */
    UUID submit(String json) {
        Contract contract = ContractLoader.fromClassPath(PackerWorker.class, "packer.build", 1);
        JobMessage job = JobMessage.builder(
                        UUID.randomUUID(),
                        contract.jobType(),
                        Clock.systemUTC().instant(),
                        contract.timeout(),
                        "token",
                        json.replace('\'', '"').getBytes(StandardCharsets.UTF_8))
                .retryBounds(new RetryBounds(1, null))
                .build();
        await().atMost(PATIENCE).until(() -> {
            CompletableFuture<PublishResult> result = new CompletableFuture<>();
            publisher.publish(Destination.jobs(contract.jobType()), JobMessageCodec.encode(job), result::complete);
            return result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS) == PublishResult.CONFIRMED;
        });
        return job.jobId();
    }

    void cancel(UUID job) {
        over.add(job);
    }

    Optional<WorkerEvent.OfAttempt> outcome(UUID job) {
        return events.stream()
                .filter(event -> event instanceof WorkerEvent.Succeeded || event instanceof WorkerEvent.Failed)
                .map(WorkerEvent.OfAttempt.class::cast)
                .filter(event -> event.jobId().equals(job))
                .findFirst();
    }

    WorkerEvent.OfAttempt awaitOutcome(UUID job) {
        await().atMost(PATIENCE).until(() -> outcome(job).isPresent());
        return outcome(job).orElseThrow();
    }

    @Override
    public void close() {
        http.stop(0);
        transport.close();
    }
}
