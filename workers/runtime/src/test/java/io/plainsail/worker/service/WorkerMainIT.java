package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.amqp.AmqpConfig;
import io.plainsail.messaging.amqp.AmqpTransport;
import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.JavaProcess;
import io.plainsail.testbed.PrivateRabbitMq;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Worker processes as an operator has them: started, signalled and killed, with a real broker where it takes part. */
@Timeout(300)
class WorkerMainIT {
    private static final Pattern STARTED = Pattern.compile("is started as (\\S+): .* on port (\\d+)");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<AutoCloseable> opened = new ArrayList<>();

    @TempDir
    Path directory;

    private record Running(JavaProcess process, String instance, int adminPort) {}

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private Running worker(int brokerPort, String... more) throws IOException {
        Path file = Files.writeString(directory.resolve("worker.yml"), "handler:\n  greeting: file\n");
        JavaProcess.Command command = JavaProcess.of(WaitingWorker.class)
                .arguments(file.toString())
                .jvmOptions("-Xmx64m", "-XX:+UseSerialGC")
                .environment("PLAINSAIL_AMQP_URI", "amqp://guest:guest@127.0.0.1:" + brokerPort)
                .environment("PLAINSAIL_CONCURRENCY", "1");
        for (int i = 0; i < more.length; i += 2) {
            command = command.environment(more[i], more[i + 1]);
        }
        JavaProcess process = command.start();
        opened.add(process);
        var line = process.awaitOutput(STARTED, PATIENCE);
        return new Running(process, line.group(1), Integer.parseInt(line.group(2)));
    }

    private PrivateRabbitMq broker(int port) {
        assumeTrue(
                PrivateRabbitMq.isInstalled() || Boolean.parseBoolean(System.getenv("CI")),
                "RabbitMQ is not installed on this machine");
        PrivateRabbitMq broker =
                PrivateRabbitMq.start(PrivateRabbitMq.Options.defaults().withPort(port));
        opened.add(broker);
        return broker;
    }

    private Facade facade(PrivateRabbitMq broker) {
        AmqpTransport transport = AmqpTransport.create(AmqpConfig.of(broker.uri(), "facade"));
        opened.add(transport);
        return new Facade(transport);
    }

    private Path gate() {
        return directory.resolve("gate-" + UUID.randomUUID());
    }

    private static String until(Path gate) {
        return "{\"until\": \"" + gate + "\"}";
    }

    private static void awaitStarted(Facade facade, UUID job) {
        await().atMost(PATIENCE).until(() -> facade.all(WorkerEvent.Started.class).stream()
                .anyMatch(started -> started.jobId().equals(job)));
    }

    @Test
    void aWorkerStartedBeforeTheBrokerWorksWhenItComes() throws Exception {
        int port = FreePorts.next();
        Running worker = worker(port);
        assertThat(get(worker, "/health/alive").statusCode()).isEqualTo(200);
        assertThat(get(worker, "/health/ready").statusCode()).isEqualTo(503);

        Facade facade = facade(broker(port));
        UUID job = facade.submit("{}");
        WorkerEvent.Succeeded succeeded = (WorkerEvent.Succeeded) facade.awaitOutcome(job);
        assertThat(new String(succeeded.output(), StandardCharsets.UTF_8)).isEqualTo("{\"greeting\":\"file\"}");
        await().atMost(PATIENCE).until(() -> get(worker, "/health/ready").statusCode() == 200);
        await().atMost(PATIENCE)
                .until(() -> !facade.all(WorkerEvent.Announced.class).isEmpty());
    }

    @Test
    void sigtermDrainsAndASecondOneDoesNotBreakIt() throws Exception {
        PrivateRabbitMq broker = broker(FreePorts.next());
        Facade facade = facade(broker);
        Running worker = worker(broker.port());
        Path gate = gate();
        UUID running = facade.submit(until(gate));
        awaitStarted(facade, running);
        List<UUID> waiting = List.of(facade.submit("{}"), facade.submit("{}"));

        ProcessHandle process = ProcessHandle.of(worker.process().pid()).orElseThrow();
        process.destroy();
        worker.process().awaitOutput(Pattern.compile("Draining"), PATIENCE);
        process.destroy();
        assertThat(get(worker, "/health/ready").body()).contains("draining");
        Files.createFile(gate);

        assertThat(worker.process().terminate(PATIENCE)).isZero();
        facade.awaitOutcome(running);
        assertThat(facade.reporter(running, WorkerEvent.Succeeded.class).instance())
                .isEqualTo(worker.instance());
        assertThat(waiting).allMatch(job -> facade.outcomes(job).isEmpty());

        Running next = worker(broker.port());
        waiting.forEach(facade::awaitOutcome);
        assertThat(waiting).allMatch(job -> facade.reporter(job, WorkerEvent.Succeeded.class)
                .instance()
                .equals(next.instance()));
        assertThat(facade.outcomes(running)).hasSize(1);
    }

    @Test
    void whatAKilledWorkerRanRunsOnAnother() throws Exception {
        PrivateRabbitMq broker = broker(FreePorts.next());
        Facade facade = facade(broker);
        Running first = worker(broker.port());
        Path gate = gate();
        UUID job = facade.submit(until(gate));
        awaitStarted(facade, job);
        UUID waiting = facade.submit("{}");
        Running second = worker(broker.port());

        first.process().kill();
        Files.createFile(gate);
        facade.awaitOutcome(job);
        facade.awaitOutcome(waiting);
        assertThat(facade.reporter(job, WorkerEvent.Started.class).instance()).isEqualTo(first.instance());
        assertThat(facade.reporter(job, WorkerEvent.Succeeded.class).instance()).isEqualTo(second.instance());
        assertThat(facade.dead()).isEmpty();
    }

    @Test
    void aBrokerThatGoesAndComesBackLosesNothing() throws Exception {
        PrivateRabbitMq broker = broker(FreePorts.next());
        Facade facade = facade(broker);
        Running worker = worker(broker.port());
        Path gate = gate();
        UUID job = facade.submit(until(gate));
        awaitStarted(facade, job);
        broker.flushDeclarations();

        broker.kill();
        Files.createFile(gate);
        await().atMost(PATIENCE).until(() -> get(worker, "/health/ready").statusCode() == 503);
        assertThat(get(worker, "/health/alive").statusCode()).isEqualTo(200);
        broker.start();
        facade.awaitOutcome(job);
        await().atMost(PATIENCE).until(() -> get(worker, "/health/ready").statusCode() == 200);
    }

    @Test
    void aWrongConfigurationEndsTheStartWithItsOwnStatusAndNamesTheField() throws Exception {
        Path file = Files.writeString(directory.resolve("wrong.yml"), "attempts:\n  concurrency: -3\n");
        JavaProcess process =
                JavaProcess.of(WaitingWorker.class).arguments(file.toString()).start();
        opened.add(process);
        process.awaitOutput(
                Pattern.compile("wrong.yml: attempts.concurrency is -3: must be 0 to 1000 \\(default 0\\)"), PATIENCE);
        await().atMost(PATIENCE).until(() -> !process.isAlive());
        assertThat(process.terminate(PATIENCE)).isEqualTo(WorkerMain.EXIT_CONFIG);
    }

    @Test
    void anAdminPortThatIsTakenEndsTheStart() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            JavaProcess process = JavaProcess.of(WaitingWorker.class)
                    .environment("PLAINSAIL_ADMIN_PORT", Integer.toString(taken.getLocalPort()))
                    .environment("PLAINSAIL_LOG_FORMAT", "json")
                    .start();
            opened.add(process);
            process.awaitOutput(Pattern.compile("\\{.*admin port 127.0.0.1:" + taken.getLocalPort()), PATIENCE);
            await().atMost(PATIENCE).until(() -> !process.isAlive());
            assertThat(process.terminate(PATIENCE)).isEqualTo(WorkerMain.EXIT_FAILED);
        }
    }

    private static HttpResponse<String> get(Running worker, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + worker.adminPort() + path))
                .timeout(PATIENCE)
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }
}
