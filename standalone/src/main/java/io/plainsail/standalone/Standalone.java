package io.plainsail.standalone;

import io.dropwizard.configuration.ResourceConfigurationSourceProvider;
import io.dropwizard.configuration.SubstitutingSourceProvider;
import io.dropwizard.core.setup.Bootstrap;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.lifecycle.Managed;
import io.plainsail.contracts.JobType;
import io.plainsail.facade.Facade;
import io.plainsail.facade.FacadeApplication;
import io.plainsail.facade.FacadeConfiguration;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import io.plainsail.worker.service.ConfiguredWorker;
import io.plainsail.worker.service.WorkerProcess;
import io.plainsail.worker.service.WorkerProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.commons.text.StringSubstitutor;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/**
 * Facade and every worker service on the class path in one JVM, with the embedded transport and an H2 file.
 *
 * <ol>
 *   <li>The facade opens the store; what was unfinished when the process ended is released again.
 *   <li>The workers start and announce their contracts.
 *   <li>HTTP is served. {@link #awaitReady} returns when the contracts are known.
 *   <li>{@link #close}: no more requests, workers drain, their last outcomes are recorded, the store closes.
 * </ol>
 */
public final class Standalone implements AutoCloseable {
    private final Path data;
    private final WebhookSecret secret;
    private final LocalWorkers workers;

    /** Set while starting. */
    private @Nullable Server server;

    private @Nullable Facade facade;

    /** What the workers handle; set when all of them are started. */
    private volatile @Nullable List<JobType> jobTypes;

    private final List<String> started = new ArrayList<>();
    private final Map<String, String> left = new TreeMap<>();

    private Standalone(Path data, WebhookSecret secret, LocalWorkers workers) {
        this.data = data;
        this.secret = secret;
        this.workers = workers;
    }

    /**
     * Starts, with the workers' own defaults. Every call of the API takes a key: the one in {@link #keyFile}, or one made
     * with it.
     *
     * @param port 0 for any free one
     * @param data directory for store, results and keys; made if it does not exist
     * @param logLevel of Plainsail's own loggers
     */
    public static Standalone start(int port, Path data, String logLevel) throws Exception {
        return start(port, data, logLevel, true, null, Map.of());
    }

    /** As {@link #start}, but whoever is on this machine may do everything, as with a facade that stands alone. */
    public static Standalone startWithoutKeys(int port, Path data, String logLevel) throws Exception {
        return start(port, data, logLevel, false, null, Map.of());
    }

    /**
     * Starts.
     *
     * @param keys whether every call of the API takes one
     * @param sources the top of the source tree, whose examples some workers run; null for none
     * @param settings by worker, what its configuration file would hold
     */
    static Standalone start(
            int port,
            Path data,
            String logLevel,
            boolean keys,
            @Nullable Path sources,
            Map<String, Map<String, ?>> settings)
            throws Exception {
        Path absolute = data.toAbsolutePath().normalize();
        WebhookSecret secret = WebhookSecret.in(absolute);
        Path top = sources == null ? null : sources.toAbsolutePath().normalize();
        Standalone standalone =
                new Standalone(absolute, secret, new LocalWorkers(absolute, top, secret.value(), settings));
        standalone
                .application(Map.of(
                        "port",
                        Integer.toString(port),
                        "adminPort",
                        "0",
                        "logLevel",
                        logLevel,
                        "keysRequired",
                        Boolean.toString(keys),
                        // As the workers here take them too.
                        "tracesEndpoint",
                        System.getenv().getOrDefault("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
                        "tracesRatio",
                        System.getenv().getOrDefault("OTEL_TRACES_SAMPLER_ARG", "1"),
                        "tracesHeaders",
                        System.getenv().getOrDefault("OTEL_EXPORTER_OTLP_HEADERS", ""),
                        "tracesHeadersFile",
                        System.getenv().getOrDefault("PLAINSAIL_OTLP_HEADERS_FILE", ""),
                        "data",
                        absolute.toString()))
                .run("server", "standalone.yaml");
        return standalone;
    }

    private FacadeApplication application(Map<String, String> values) {
        return new FacadeApplication(configuration -> EmbeddedTransport.create()) {
            @Override
            public void initialize(Bootstrap<FacadeConfiguration> bootstrap) {
                bootstrap.setConfigurationSourceProvider(new SubstitutingSourceProvider(
                        new ResourceConfigurationSourceProvider(), new StringSubstitutor(values)));
            }

            @Override
            protected void afterStart(Facade started, FacadeConfiguration configuration, Environment environment) {
                facade = started;
                environment.lifecycle().addServerLifecycleListener(listening -> server = listening);
                environment.lifecycle().manage(new Workers(started));
            }
        };
    }

    /** Every worker service on the class path; started after the facade and drained before it stops. */
    private final class Workers implements Managed {
        private final Facade running;
        private final List<WorkerProcess> processes = new ArrayList<>();

        Workers(Facade running) {
            this.running = running;
        }

        @Override
        public void start() {
            List<JobType> all = new ArrayList<>();
            for (WorkerProvider<?> provider : WorkerProvider.all()) {
                String name = provider.name();
                Optional<String> reason = workers.reasonAgainst(name);
                if (reason.isPresent()) {
                    left.put(name, reason.get());
                    continue;
                }
                ConfiguredWorker worker = ConfiguredWorker.of(provider, workers.settings(name), System.getenv());
                started.add(name);
                processes.add(WorkerProcess.start(
                        worker.service(),
                        worker.config(),
                        running.transport(),
                        new LocalFacadeAccess(running.intake(), running.guard(), running.announcements()),
                        Clock.systemUTC()));
                worker.service()
                        .handled()
                        .forEach(handled -> all.add(handled.contract().jobType()));
            }
            jobTypes = List.copyOf(all);
        }

        @Override
        public void stop() {
            for (WorkerProcess worker : processes) {
                worker.close();
            }
        }
    }

    /** Names of the workers that run; to be asked for once {@link #awaitReady} has returned, as all else here. */
    List<String> started() {
        return List.copyOf(started);
    }

    /** Workers that do not run, with the reason. */
    Map<String, String> left() {
        return Collections.unmodifiableMap(left);
    }

    /** Waits until every worker's contracts are known, at most 30 s. */
    public void awaitReady() throws InterruptedException {
        long end = System.nanoTime() + 30_000_000_000L;
        while (!contractsAreKnown()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("the workers did not announce their contracts within 30 s");
            }
            Thread.sleep(5);
        }
    }

    private boolean contractsAreKnown() {
        Facade running = facade;
        List<JobType> awaited = jobTypes;
        return running != null
                && awaited != null
                && awaited.stream()
                        .allMatch(type -> running.contracts().find(type).isPresent());
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + port(0));
    }

    public URI adminUri() {
        return URI.create("http://127.0.0.1:" + port(1));
    }

    private int port(int connector) {
        if (server == null) {
            throw new IllegalStateException("the server is not started");
        }
        return ((ServerConnector) server.getConnectors()[connector]).getLocalPort();
    }

    public Path data() {
        return data;
    }

    /** Holds a key of the role admin, made at the first start. */
    public Path keyFile() {
        return data.resolve("admin.key");
    }

    /** What tells command line and client in a shell which facade this is, and who asks. */
    String exports() {
        return "export PLAINSAIL_URL=" + uri() + " PLAINSAIL_API_KEY_FILE=" + quoted(keyFile());
    }

    private static String quoted(Path path) {
        return "'" + path.toString().replace("'", "'\\''") + "'";
    }

    /** The key that webhooks of this edition are signed with. */
    public String webhookSecret() {
        return secret.value();
    }

    /** Waits until the server has stopped. */
    public void join() throws InterruptedException {
        if (server != null) {
            server.join();
        }
    }

    @Override
    public void close() {
        try {
            if (server != null) {
                server.stop();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw new IllegalStateException("the server did not stop in order: " + e.getMessage(), e);
        }
    }
}
