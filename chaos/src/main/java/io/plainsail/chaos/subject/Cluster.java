package io.plainsail.chaos.subject;

import io.plainsail.messaging.Failpoint;
import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.JavaProcess;
import io.plainsail.testbed.PrivateDisk;
import io.plainsail.testbed.PrivatePostgres;
import io.plainsail.testbed.PrivateRabbitMq;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A broker, a store, a facade, workers and exec workers as private processes. Faults and healing take turns: not thread-safe. */
public final class Cluster implements AutoCloseable {
    /** So many exec workers: what one of them has lost the other can finish. */
    public static final int EXEC_WORKERS = 2;

    private static final int STORE_DISK_MEBIBYTES = 512;
    private static final String[] JVM = {"-XX:+UseSerialGC", "-Xmx192m", "-XX:TieredStopAtLevel=1"};

    private final Path directory;
    private final Programs programs;
    private final PrivateRabbitMq broker;
    private final @Nullable PrivatePostgres postgres;
    private final int port = FreePorts.next();
    private final JavaProcess facade;
    private final List<JavaProcess> workers = new ArrayList<>();
    private final Map<Way, List<Link>> links = new EnumMap<>(Way.class);

    /** From whom to whom. */
    public enum Way {
        FACADE_TO_BROKER,
        FACADE_TO_STORE,
        WORKERS_TO_BROKER,
        WORKERS_TO_FACADE
    }

    /**
     * What is run as facade, as worker and as exec worker.
     *
     * @param exec null: no exec workers
     */
    public record Programs(
            Class<?> facade, Class<?> worker, @Nullable Class<?> exec) {
        public static final Programs REAL = new Programs(ChaosFacade.class, ChaosWorker.class, ChaosExecWorker.class);

        /** Without exec workers. */
        public Programs(Class<?> facade, Class<?> worker) {
            this(facade, worker, null);
        }
    }

    private Cluster(Path directory, Programs programs, PrivateRabbitMq broker, @Nullable PrivatePostgres postgres)
            throws IOException {
        this.directory = directory;
        this.programs = programs;
        this.broker = broker;
        this.postgres = postgres;
        String store = postgres == null
                ? "{url: \"jdbc:h2:file:" + directory.resolve("jobs") + "\"}"
                : "{url: \"%s\", user: \"%s\", password: \"%s\"}"
                        .formatted(
                                throughLink(Way.FACADE_TO_STORE, postgres.createDatabase("chaos"), postgres.port()),
                                postgres.username(),
                                postgres.password());
        Path config = Files.writeString(directory.resolve("facade.yaml"), """
                server:
                  applicationConnectors: [{type: http, port: %d, bindHost: 127.0.0.1}]
                  adminConnectors: [{type: http, port: %d, bindHost: 127.0.0.1}]
                  requestLog: {appenders: []}
                logging: {level: WARN, loggers: {io.plainsail: INFO}}
                instance: facade-1
                lease: PT10S
                missingAfter: PT10S
                amqpUri: "%s"
                store: %s
                results: {directory: "%s"}
                """.formatted(
                        port,
                        FreePorts.next(),
                        throughLink(Way.FACADE_TO_BROKER, broker.uri(), broker.port()),
                        store,
                        directory.resolve("results")));
        facade = JavaProcess.of(programs.facade())
                .jvmOptions(JVM)
                .arguments("server", config.toString())
                .environment(SteppedClock.VARIABLE, facadeClock().toString())
                .environment(
                        Failpoint.VARIABLE,
                        Files.createDirectories(facadeFailpoints()).toString())
                .start();
    }

    /**
     * @param directory for everything that the cluster writes
     */
    public static Cluster start(Path directory, Programs programs, boolean postgresql, int workers) throws IOException {
        PrivateRabbitMq broker = PrivateRabbitMq.start(PrivateRabbitMq.Options.defaults());
        PrivatePostgres postgres = null;
        try {
            postgres = postgresql ? PrivatePostgres.start(postgresOptions()) : null;
            Cluster cluster = new Cluster(directory, programs, broker, postgres);
            for (int i = 0; i < workers; i++) {
                cluster.startWorker(programs.worker());
            }
            for (int i = 0; programs.exec() != null && i < EXEC_WORKERS; i++) {
                cluster.startWorker(programs.exec());
            }
            return cluster;
        } catch (IOException | RuntimeException e) {
            if (postgres != null) {
                postgres.close();
            }
            broker.close();
            throw e;
        }
    }

    private static PrivatePostgres.Options postgresOptions() {
        PrivatePostgres.Options options = PrivatePostgres.Options.defaults();
        return PrivateDisk.isPossible()
                ? options.withSetting("max_wal_size", "128MB").withDisk(STORE_DISK_MEBIBYTES)
                : options;
    }

    /** The URI with the port of a new link to its own port. */
    private String throughLink(Way way, String uri, int to) {
        Link link = new Link(to);
        links.computeIfAbsent(way, unused -> new ArrayList<>()).add(link);
        return uri.replace(":" + to + "/", ":" + link.port() + "/");
    }

    private void startWorker(Class<?> program) throws IOException {
        workers.add(JavaProcess.of(program)
                .jvmOptions(JVM)
                .environment("PLAINSAIL_AMQP_URI", throughLink(Way.WORKERS_TO_BROKER, broker.uri(), broker.port()))
                .environment("PLAINSAIL_FACADE_URL", throughLink(Way.WORKERS_TO_FACADE, uri() + "/", port))
                .environment(SteppedClock.VARIABLE, workerClock(workers.size()).toString())
                .environment("PLAINSAIL_HEARTBEAT_EVERY", "PT3S")
                .environment("PLAINSAIL_CONCURRENCY", "6")
                .environment("PLAINSAIL_DRAIN_GRACE", "PT3S")
                .environment(ChaosExecWorker.PROGRAM, program().toString())
                .environment(
                        Failpoint.VARIABLE,
                        Files.createDirectories(workerFailpoints(workers.size()))
                                .toString())
                .environment(ChaosWorker.RUNS, runs().toString())
                .start());
    }

    public String uri() {
        return "http://127.0.0.1:" + port;
    }

    /** Where the workers write down their runs. */
    public Path runs() {
        return directory.resolve("runs");
    }

    /** What the exec workers run, written here. */
    private Path program() throws IOException {
        return Files.writeString(directory.resolve("program"), ChaosExecWorker.SCRIPT);
    }

    /** Whether there are exec workers. */
    public boolean runsPrograms() {
        return programs.exec() != null;
    }

    /** The store's disk; null if it is none that can be filled. */
    public @Nullable PrivateDisk storeDisk() {
        return postgres == null ? null : postgres.disk().orElse(null);
    }

    /** A file here ends the facade where its name says. */
    public Path facadeFailpoints() {
        return directory.resolve("failpoints-facade");
    }

    /** The same for a worker. */
    public Path workerFailpoints(int worker) {
        return directory.resolve("failpoints-worker-" + worker);
    }

    /** How far the facade's clock is ahead, an ISO-8601 duration; not there while it is right. */
    public Path facadeClock() {
        return directory.resolve("clock-facade");
    }

    /** The same of a worker. */
    public Path workerClock(int worker) {
        return directory.resolve("clock-worker-" + worker);
    }

    /**
     * The links of a way, one for each worker where workers begin it. Empty where there is no such way: H2 lives in the
     * facade.
     */
    public List<Link> links(Way way) {
        return List.copyOf(links.getOrDefault(way, List.of()));
    }

    public List<Link> links() {
        return links.values().stream().flatMap(List::stream).toList();
    }

    public PrivateRabbitMq broker() {
        return broker;
    }

    /** Whether the store is PostgreSQL, not H2. */
    public boolean hasPostgres() {
        return postgres != null;
    }

    public PrivatePostgres postgres() {
        if (postgres == null) {
            throw new IllegalStateException("the store is H2");
        }
        return postgres;
    }

    public JavaProcess facade() {
        return facade;
    }

    /** Workers, and after them the exec workers. */
    public List<JavaProcess> workers() {
        return workers;
    }

    /** Copies the processes' logs, for when something went wrong. */
    public void keepLogs(Path into) throws IOException {
        Files.copy(facade.outputFile(), into.resolve("facade.log"));
        for (int i = 0; i < workers.size(); i++) {
            Files.copy(workers.get(i).outputFile(), into.resolve("worker-" + (i + 1) + ".log"));
        }
        if (Files.exists(runs())) {
            Files.copy(runs(), into.resolve("runs"));
        }
        Files.writeString(into.resolve("broker.log"), broker.log());
    }

    /** How the logs of facade and workers end, for who cannot open {@link #keepLogs the files}. */
    public String logTails() {
        StringBuilder tails = new StringBuilder("the facade's log ends:\n").append(facade.outputTail());
        for (int i = 0; i < workers.size(); i++) {
            tails.append("\nthe log of worker %d ends:%n".formatted(i + 1))
                    .append(workers.get(i).outputTail());
        }
        return tails.toString();
    }

    @Override
    public void close() {
        workers.forEach(JavaProcess::close);
        facade.close();
        links().forEach(Link::close);
        if (postgres != null) {
            postgres.close();
        }
        broker.close();
    }
}
