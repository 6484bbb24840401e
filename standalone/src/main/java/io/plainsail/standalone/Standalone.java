package io.plainsail.standalone;

import io.dropwizard.configuration.ResourceConfigurationSourceProvider;
import io.dropwizard.configuration.SubstitutingSourceProvider;
import io.dropwizard.core.setup.Bootstrap;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.lifecycle.Managed;
import io.plainsail.facade.Facade;
import io.plainsail.facade.FacadeApplication;
import io.plainsail.facade.FacadeConfiguration;
import io.plainsail.messaging.Transport;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import io.plainsail.worker.service.WorkerConfig;
import io.plainsail.worker.service.WorkerProcess;
import io.plainsail.worker.service.WorkerService;
import io.plainsail.workers.document.DocumentWorker;
import io.plainsail.workers.webhook.Cidr;
import io.plainsail.workers.webhook.SigningKey;
import io.plainsail.workers.webhook.WebhookConfig;
import io.plainsail.workers.webhook.WebhookWorker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.text.StringSubstitutor;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/**
 * Facade and every worker in one JVM, with the embedded transport and an H2 file.
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

    /** Set while starting. */
    private @Nullable Server server;

    private @Nullable Facade facade;

    private Standalone(Path data, WebhookSecret secret) {
        this.data = data;
        this.secret = secret;
    }

    /**
     * Starts.
     *
     * @param port 0 for any free one
     * @param data directory for store, results and the webhook key; made if it does not exist
     * @param logLevel of Plainsail's own loggers
     */
    public static Standalone start(int port, Path data, String logLevel) throws Exception {
        Path absolute = data.toAbsolutePath().normalize();
        Standalone standalone = new Standalone(absolute, WebhookSecret.in(absolute));
        standalone
                .application(Map.of(
                        "port",
                        Integer.toString(port),
                        "adminPort",
                        "0",
                        "logLevel",
                        logLevel,
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
                environment.lifecycle().manage(new Workers(started.transport(), started, secret));
            }
        };
    }

    /** The worker services; started after the facade and drained before it stops. */
    private static final class Workers implements Managed {
        private final Transport transport;
        private final Facade facade;
        private final WebhookSecret secret;
        private final List<WorkerProcess> running = new ArrayList<>();

        Workers(Transport transport, Facade facade, WebhookSecret secret) {
            this.transport = transport;
            this.facade = facade;
            this.secret = secret;
        }

        @Override
        public void start() {
            WorkerConfig config = WorkerConfig.with(Map.of("admin.port", "-1", "drainGrace", "PT10S"));
            WebhookConfig webhook = WebhookConfig.withKeys(Map.of("default", SigningKey.of(secret.value())))
                    .openTo(List.of(Cidr.of("127.0.0.0/8")));
            for (WorkerService service : List.of(DocumentWorker.service(), WebhookWorker.service(webhook))) {
                running.add(WorkerProcess.start(
                        service,
                        config,
                        transport,
                        new LocalFacadeAccess(facade.intake(), facade.guard()),
                        Clock.systemUTC()));
            }
        }

        @Override
        public void stop() {
            for (WorkerProcess worker : running) {
                worker.close();
            }
        }
    }

    /** Waits until every worker's contracts are known, at most 30 s. */
    public void awaitReady() throws InterruptedException {
        long end = System.nanoTime() + 30_000_000_000L;
        while (facade == null || facade.contracts().all().size() < 2) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("the workers did not announce their contracts within 30 s");
            }
            Thread.sleep(5);
        }
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
