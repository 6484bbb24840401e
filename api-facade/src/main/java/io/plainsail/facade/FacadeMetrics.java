package io.plainsail.facade;

import io.dropwizard.core.setup.AdminEnvironment;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;

/** The facade's metrics, in Prometheus' text format at {@code /prometheus} on the admin port. */
final class FacadeMetrics {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final StoreGauges ofStore;

    FacadeMetrics(Facade facade, Clock clock) {
        ofStore = new StoreGauges(facade.figures(), facade.ledgers(), facade.fleet(), clock, registry);
        Gauge.builder("plainsail.outbox.jobs", facade.relay(), relay -> relay.outstanding())
                .description("Jobs accepted and not yet taken by the transport")
                .register(registry);
        FunctionCounter.builder("plainsail.relay.confirmed", facade.relay(), relay -> relay.confirmed())
                .description("Job messages the transport has confirmed")
                .register(registry);
        FunctionCounter.builder("plainsail.relay.unroutable", facade.relay(), relay -> relay.unroutable())
                .description("Job messages that no queue took")
                .register(registry);
        FunctionCounter.builder("plainsail.jobs.accepted", facade.relay(), relay -> relay.accepted())
                .description("Jobs answered 202")
                .register(registry);
        FunctionCounter.builder("plainsail.jobs.finished", facade.recorder(), recorder -> recorder.succeeded())
                .tag("state", "succeeded")
                .description("Jobs that reached a terminal state")
                .register(registry);
        FunctionCounter.builder("plainsail.jobs.finished", facade.recorder(), recorder -> recorder.failed())
                .tag("state", "failed")
                .description("Jobs that reached a terminal state")
                .register(registry);
        FunctionCounter.builder("plainsail.attempts.retried", facade.recorder(), recorder -> recorder.retried())
                .description("Attempts after which the job is tried again")
                .register(registry);
        FunctionCounter.builder("plainsail.outcomes.ignored", facade.recorder(), recorder -> recorder.ignored())
                .description("Outcomes that changed nothing: late, stale or repeated")
                .register(registry);
        FunctionCounter.builder("plainsail.claims", facade.guard(), guard -> guard.asked())
                .description("Attempts that were claimed before they ran")
                .register(registry);
        FunctionCounter.builder("plainsail.jobs.taken.back", facade.guard(), guard -> guard.takenBack())
                .description("Running jobs whose workers were lost and whose message did not ask")
                .register(registry);
        FunctionCounter.builder("plainsail.jobs.released.again", facade.missing(), missing -> missing.released())
                .description("Queued jobs whose messages were missing, and which were published again")
                .register(registry);
        FunctionCounter.builder("plainsail.messages.parked", facade.parking(), parking -> parking.parked())
                .description("Messages that could not be read or applied")
                .register(registry);
        FunctionCounter.builder("plainsail.callbacks", facade.callbacks(), callbacks -> callbacks.told())
                .description("Jobs whose ends were handed to a webhook")
                .register(registry);
        FunctionCounter.builder("plainsail.jobs.forgotten", facade.retention(), retention -> retention.forgotten())
                .description("Finished jobs forgotten by age or by purge")
                .register(registry);
        Gauge.builder("plainsail.recorder.backlog", facade.recorder(), recorder -> recorder.backlog())
                .description("Event messages in hand and not yet recorded")
                .register(registry);
        Gauge.builder("plainsail.accept.waiting", facade.accept(), accept -> accept.waitingRequests())
                .description("Requests waiting to be committed")
                .register(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
    }

    void addTo(AdminEnvironment admin) {
        admin.addServlet("prometheus", new Scrape(registry, ofStore)).addMapping("/prometheus");
    }

    private static final class Scrape extends HttpServlet {
        private static final long serialVersionUID = 1L;

        private final transient PrometheusMeterRegistry registry;
        private final transient StoreGauges ofStore;

        Scrape(PrometheusMeterRegistry registry, StoreGauges ofStore) {
            this.registry = registry;
            this.ofStore = ofStore;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            ofStore.refresh();
            response.setContentType("text/plain; version=0.0.4; charset=utf-8");
            response.getOutputStream().write(registry.scrape().getBytes(StandardCharsets.UTF_8));
        }
    }
}
