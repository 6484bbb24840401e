package io.plainsail.standalone;

import static org.awaitility.Awaitility.await;

import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.JavaProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A facade and an echo worker as processes of their own, to be killed and started again. */
final class Line implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String COLLECTOR_KEY = "authorization=Bearer%20key-of-the-collector";

    private final Path directory;
    private final String amqpUri;
    private final String store;
    private final String limits;
    private String collector = "";
    private String lease = "PT5S";
    private final int port = FreePorts.next();
    private final int adminPort = FreePorts.next();
    private final ApiClient api = new ApiClient("http://127.0.0.1:" + port);

    private @Nullable JavaProcess facade;
    private final List<JavaProcess> workers = new ArrayList<>();

    /**
     * @param store the {@code store:} part of the facade's configuration, as a YAML flow mapping
     * @param limits the {@code limits:} part likewise
     */
    Line(Path directory, String amqpUri, String store, String limits) {
        this.directory = directory;
        this.amqpUri = amqpUri;
        this.store = store;
        this.limits = limits;
    }

    static String h2(Path directory) {
        return "{url: \"jdbc:h2:file:" + directory.resolve("jobs") + "\"}";
    }

    static String postgres(io.plainsail.testbed.Database database) {
        return "{url: \"%s\", user: \"%s\", password: \"%s\"}"
                .formatted(database.jdbcUrl(), database.username(), database.password());
    }

    /** From the next start on. */
    Line tracedTo(URI endpoint) {
        collector = endpoint.toString();
        return this;
    }

    /** From the next start on; ISO 8601. */
    Line leasing(String duration) {
        lease = duration;
        return this;
    }

    void startFacade() throws IOException {
        Path config = directory.resolve("facade.yaml");
        Files.writeString(config, """
                server:
                  applicationConnectors: [{type: http, port: %d, bindHost: 127.0.0.1}]
                  adminConnectors: [{type: http, port: %d, bindHost: 127.0.0.1}]
                  requestLog: {appenders: []}
                logging: {level: WARN, loggers: {io.plainsail: INFO}}
                instance: facade-1
                lease: %s
                missingAfter: PT10S
                amqpUri: "%s"
                store: %s
                results: {directory: "%s"}
                limits: %s
                tracing: {endpoint: "%s", headers: "%s"}
                """.formatted(
                        port,
                        adminPort,
                        lease,
                        amqpUri,
                        store,
                        directory.resolve("results"),
                        limits,
                        collector,
                        COLLECTOR_KEY));
        facade = JavaProcess.of("io.plainsail.facade.FacadeMain")
                .jvmOptions("-XX:+UseSerialGC", "-Xmx256m", "-XX:TieredStopAtLevel=1")
                .arguments("server", config.toString())
                .start();
    }

    /** Starts one more worker; {@link #worker()} stays the first one. */
    JavaProcess startWorker() {
        JavaProcess worker = JavaProcess.of(EchoWorkerMain.class)
                .jvmOptions("-XX:+UseSerialGC", "-Xmx128m", "-XX:TieredStopAtLevel=1")
                .environment("PLAINSAIL_AMQP_URI", amqpUri)
                .environment("PLAINSAIL_FACADE_URL", facadeUrl())
                .environment("PLAINSAIL_HEARTBEAT_EVERY", "PT1S")
                .environment("PLAINSAIL_CONCURRENCY", "4")
                .environment("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
                .environment("OTEL_EXPORTER_OTLP_HEADERS", COLLECTOR_KEY)
                .environment("PLAINSAIL_TEST_RUNS", runs().toString())
                .start();
        workers.add(worker);
        return worker;
    }

    /** Which handlers ran: {@code <job> <attempt> <process>} for each run, oldest first. */
    List<String> runsOf(String job) throws IOException {
        return Files.exists(runs())
                ? Files.readAllLines(runs()).stream()
                        .filter(line -> line.startsWith(job + " "))
                        .toList()
                : List.of();
    }

    private Path runs() {
        return directory.resolve("runs");
    }

    JavaProcess facade() {
        return running(facade);
    }

    JavaProcess worker() {
        return workers.get(0);
    }

    private static JavaProcess running(@Nullable JavaProcess process) {
        if (process == null) {
            throw new IllegalStateException("not started");
        }
        return process;
    }

    String facadeUrl() {
        return "http://127.0.0.1:" + port;
    }

    /** Where Prometheus scrapes the facade. */
    String facadeMetrics() {
        return "http://127.0.0.1:" + adminPort + "/prometheus";
    }

    ApiClient api() {
        return api;
    }

    void awaitHealthy() {
        await().atMost(PATIENCE).until(() -> api.status("/health/ready") == 200);
    }

    /** Waits until the echo worker's contract is known. */
    void awaitContract() {
        await().atMost(PATIENCE).until(() -> api.status("/v1/job-types/test.echo/v1") == 200);
    }

    @Override
    public void close() {
        workers.forEach(JavaProcess::close);
        if (facade != null) {
            facade.close();
        }
    }
}
