package io.plainsail.bench.scenario;

import io.plainsail.bench.load.FacadeCounters;
import io.plainsail.bench.load.HttpConnection;
import io.plainsail.bench.load.LoadMain;
import io.plainsail.bench.measure.Histogram;
import io.plainsail.bench.subject.BenchWorker;
import io.plainsail.facade.FacadeMain;
import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.JavaProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** A facade and the bench worker as processes, started as {@code ./plainsail} starts them. Not thread-safe. */
final class Services implements AutoCloseable {
    static final String FACADE = "facade";
    static final String WORKER = "worker";

    private static final Duration START = Duration.ofSeconds(90);
    private static final Duration END = Duration.ofSeconds(60);

    private final Servers servers;
    private final int port = FreePorts.next();
    private final int adminPort = FreePorts.next();
    private final Path starts;
    private final JavaProcess facade;
    private final JavaProcess worker;

    private Services(Servers servers, Settings settings) throws IOException {
        this.servers = servers;
        this.starts = servers.directory().resolve("starts.json");
        Path workerConfig = Files.writeString(
                servers.directory().resolve("worker.yml"), "handler:\n  starts: \"" + starts + "\"\n");
        this.facade = JavaProcess.of(FacadeMain.class)
                .jvmOptions(Jvm.array(Jvm.SMALL))
                .arguments("server", settings.facadeConfiguration().toString())
                .environment("MALLOC_ARENA_MAX", "2") // as ./plainsail does
                .environment("PLAINSAIL_PORT", "" + port)
                .environment("PLAINSAIL_ADMIN_PORT", "" + adminPort)
                .environment("PLAINSAIL_AMQP_URI", servers.amqpUri())
                .environment("PLAINSAIL_JDBC_URL", servers.jdbcUrl())
                .environment("PLAINSAIL_JDBC_USER", servers.user())
                .environment("PLAINSAIL_JDBC_PASSWORD", servers.password())
                .environment(
                        "PLAINSAIL_RESULTS",
                        servers.directory().resolve("results").toString())
                .start();
        this.worker = JavaProcess.of(BenchWorker.class)
                .jvmOptions(Jvm.array(Jvm.SMALL))
                .arguments(workerConfig.toString())
                .environment("MALLOC_ARENA_MAX", "2")
                .environment("PLAINSAIL_AMQP_URI", servers.amqpUri())
                .environment("PLAINSAIL_FACADE_URL", "http://127.0.0.1:" + port)
                .start();
    }

    /** Starts both and returns when the facade takes jobs for the worker. */
    static Services start(Servers servers, Settings settings) {
        try {
            Services services = new Services(servers, settings);
            services.await("the facade knows the job type", services::knowsJobType);
            return services;
        } catch (IOException e) {
            throw new UncheckedIOException("the services cannot be started", e);
        }
    }

    private boolean knowsJobType() {
        try {
            return HttpConnection.get(port, "/v1/job-types").contains("bench.noop");
        } catch (UncheckedIOException e) {
            return false; // not listening yet
        }
    }

    private void await(String what, BooleanSupplier done) {
        try {
            Waiting.until(what, START, () -> {
                if (!facade.isAlive() || !worker.isAlive()) {
                    throw new BenchException("a service ended while starting");
                }
                return done.getAsBoolean();
            });
        } catch (RuntimeException e) {
            String said = "\nfacade: " + facade.outputTail() + "\nworker: " + worker.outputTail();
            close();
            throw new BenchException(e.getMessage() + said, e);
        }
    }

    int port() {
        return port;
    }

    int adminPort() {
        return adminPort;
    }

    JavaProcess facade() {
        return facade;
    }

    JavaProcess worker() {
        return worker;
    }

    /** Process ids by name, of the servers too. */
    Map<String, Long> processes() {
        Map<String, Long> processes = new TreeMap<>(servers.processes());
        processes.put(FACADE, facade.pid());
        if (worker.isAlive()) {
            processes.put(WORKER, worker.pid());
        }
        return processes;
    }

    /** Waits until the facade counts so many jobs as finished. */
    void awaitFinished(long jobs, Duration bound) {
        try (FacadeCounters counters = FacadeCounters.open(adminPort)) {
            Waiting.until(jobs + " jobs are finished", bound, () -> {
                try {
                    return counters.read(FacadeCounters.FINISHED) >= jobs;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException("the facade's metrics cannot be read", e);
        }
    }

    /** Ends the worker in order. Returns how long jobs took from being sent to being begun, in microseconds. */
    Histogram endWorker() {
        worker.terminate(END);
        try {
            return LoadMain.MAPPER.readValue(starts.toFile(), Histogram.class);
        } catch (IOException e) {
            throw new BenchException("the worker left no histogram: " + worker.outputTail(), e);
        }
    }

    /** Ends the facade in order; its store can be read then. */
    void endFacade() {
        facade.terminate(END);
    }

    @Override
    public void close() {
        worker.close();
        facade.close();
    }
}
