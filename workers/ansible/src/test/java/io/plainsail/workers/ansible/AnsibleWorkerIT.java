package io.plainsail.workers.ansible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.plainsail.contracts.JobType;
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
import io.plainsail.testbed.Broker;
import io.plainsail.testbed.JavaProcess;
import io.plainsail.testbed.RabbitMqExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The packaged worker as a process on RabbitMQ; a small server grants its claims in the facade's place. */
@Timeout(300)
@ExtendWith(RabbitMqExtension.class)
class AnsibleWorkerIT {
    private static final Duration BOUND = Duration.ofSeconds(90);
    private static final JobType TYPE = new JobType("ansible.playbook", 1);

    private final String uri;
    private final AmqpTransport transport;
    private final List<WorkerEvent> events = new CopyOnWriteArrayList<>();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @SuppressWarnings("NullAway.Init")
    private Playbooks playbooks;

    @SuppressWarnings("NullAway.Init")
    private HttpServer facade;

    AnsibleWorkerIT(Broker broker) {
        uri = broker.freshVirtualHostUri();
        transport = AmqpTransport.create(AmqpConfig.of(uri, "test"));
    }

    @BeforeEach
    void prepare() throws Exception {
        Playbooks.require("/usr/bin/ansible-runner", "python3-ansible-runner");
        playbooks = new Playbooks(directory);
        facade = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        facade.createContext(
                "/v1/jobs/",
                exchange -> answer(
                        exchange,
                        "{\"verdict\":\"run\",\"attempt\":1,\"lost\":0,\"afterSeconds\":0,\"reason\":\"run\"}"));
        facade.createContext("/v1/workers/", exchange -> answer(exchange, "{\"over\":[],\"claimEach\":[]}"));
        facade.start();
        transport.subscribe(Destination.events(), new SubscriptionOptions("test-events", 100), delivery -> {
            events.addAll(EventBatchCodec.decode(delivery.message()).events());
            delivery.ack();
        });
    }

    @AfterEach
    void close() {
        facade.stop(0);
        transport.close();
    }

    private static void answer(HttpExchange exchange, String json) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            byte[] body = json.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("content-type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private JavaProcess worker() throws Exception {
        Path config = Files.writeString(
                directory.resolve("config.yaml"), "handler: " + playbooks.configText("keepRuns: 5") + "\n");
        JavaProcess worker = JavaProcess.of(AnsibleWorker.class)
                .classPath("target/app/*")
                .arguments(config.toString())
                .environment("PLAINSAIL_AMQP_URI", uri)
                .environment("PLAINSAIL_DRAIN_GRACE", "PT1S")
                .environment(
                        "PLAINSAIL_FACADE_URL",
                        "http://127.0.0.1:" + facade.getAddress().getPort())
                .start();
        worker.awaitOutput(Pattern.compile("\\[ansible\\.playbook v1\\]"), BOUND);
        return worker;
    }

    private UUID submit(String json) {
        JobMessage job = JobMessage.builder(
                        UUID.randomUUID(),
                        TYPE,
                        Clock.systemUTC().instant(),
                        Duration.ofMinutes(5),
                        "token",
                        json.getBytes(StandardCharsets.UTF_8))
                .retryBounds(new RetryBounds(1, null))
                .build();
        Publisher publisher = transport.publisher(PublisherOptions.named("test"));
        await().atMost(BOUND).until(() -> {
            CompletableFuture<PublishResult> result = new CompletableFuture<>();
            publisher.publish(Destination.jobs(TYPE), JobMessageCodec.encode(job), result::complete);
            return result.orTimeout(40, TimeUnit.SECONDS).join() == PublishResult.CONFIRMED;
        });
        return job.jobId();
    }

    private <E extends WorkerEvent.OfAttempt> E awaitEvent(UUID job, Class<E> kind) {
        return await().atMost(BOUND)
                .until(
                        () -> events.stream()
                                .filter(kind::isInstance)
                                .map(kind::cast)
                                .filter(event -> event.jobId().equals(job))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
    }

    @Test
    void aWorkerThatStopsEndsItsPlaybook() throws Exception {
        String marker = "6004.75";
        playbooks.write("sleep.yml", sleeping(marker));
        try (JavaProcess worker = worker()) {
            submit(Playbooks.input("sleep.yml", ""));
            await().atMost(BOUND).until(() -> !Playbooks.processes(marker).isEmpty());
            assertThat(worker.terminate(Duration.ofSeconds(60))).isZero();
            assertThat(Playbooks.processes(marker)).isEmpty();
            assertThat(Playbooks.processes(playbooks.runs.toString())).isEmpty();
        }
    }

    @Test
    void aJobFromTheBrokerRunsAndAKilledWorkerLeavesNoPlaybookAfterTheNextStart() throws Exception {
        playbooks.write("hello.yml", Files.readString(Path.of("examples/project/hello.yml")));
        String marker = "6004.25";
        playbooks.write("sleep.yml", sleeping(marker));
        Files.writeString(playbooks.secrets.resolve("db"), "long-enough-secret");
        try (JavaProcess worker = worker()) {
            UUID hello = submit(Playbooks.input("hello.yml", ""));
            awaitEvent(hello, WorkerEvent.LogLine.class);
            WorkerEvent.Succeeded done = awaitEvent(hello, WorkerEvent.Succeeded.class);
            assertThat(new String(done.output(), StandardCharsets.UTF_8)).contains("\"here\":{\"ok\":6");

            submit(Playbooks.input("sleep.yml", "'secrets':{'password':'db'}"));
            await().atMost(BOUND).until(() -> !Playbooks.processes(marker).isEmpty());
            assertThat(playbooks.kept()).contains("long-enough-secret");
            worker.kill();
        }
        // The start comes before the broker's next delivery of the job: a run of its own may follow.
        playbooks.write("sleep.yml", "- hosts: all\n  gather_facts: false\n  tasks: []\n");
        try (JavaProcess next = worker()) {
            assertThat(next.isAlive()).isTrue();
            await().atMost(BOUND).until(() -> Playbooks.processes(marker).isEmpty());
            await().atMost(BOUND).until(() -> !playbooks.kept().contains("long-enough-secret"));
            assertThat(next.terminate(Duration.ofSeconds(60))).isZero();
        }
        assertThat(Playbooks.processes(playbooks.runs.toString())).isEmpty();
    }

    private static String sleeping(String marker) {
        return """
                - hosts: all
                  gather_facts: false
                  tasks:
                    - name: Sleep
                      shell: "trap '' TERM INT HUP; sleep %s; sleep %s"
                """.formatted(marker, marker);
    }
}
