package io.plainsail.facade;

import io.dropwizard.core.setup.AdminEnvironment;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.JobType;
import io.plainsail.facade.contracts.ContractRegistry;
import io.plainsail.facade.job.TypeCounts;
import io.plainsail.facade.store.Database;
import io.plainsail.messaging.PublishResult;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToIntFunction;

/** The facade's metrics, in Prometheus' text format at {@code /prometheus} on the admin port. */
final class FacadeMetrics {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final StoreGauges ofStore;
    private final List<ByType> counts = new ArrayList<>();
    private final ContractRegistry contracts;

    /** Counters of one name, one for each job type. */
    private record ByType(
            String name, Tags tags, String description, TypeCounts counts, Set<TypeCounts.Key> registered) {
        ByType(String name, Tags tags, String description, TypeCounts counts) {
            this(name, tags, description, counts, ConcurrentHashMap.newKeySet());
        }

        /** Those of known types are there before their first job: else nobody sees that they rise. */
        void register(List<JobType> known, MeterRegistry registry) {
            known.forEach(counts::know);
            counts.counts().forEach((key, count) -> {
                if (registered.add(key)) {
                    FunctionCounter.builder(name, count, LongAdder::doubleValue)
                            .tags(tags.and("type", key.type(), "version", key.version()))
                            .description(description)
                            .register(registry);
                }
            });
        }
    }

    FacadeMetrics(Facade facade, Clock clock) {
        contracts = facade.contracts();
        ofStore = new StoreGauges(
                facade.figures(), facade.ledgers(), facade.fleet(), this::knownTypes, clock, reader(), registry);
        counts.add(new ByType(
                "plainsail.jobs.accepted",
                Tags.empty(),
                "Jobs answered 202",
                facade.relay().accepted()));
        for (PublishResult result : PublishResult.values()) {
            counts.add(new ByType(
                    "plainsail.jobs.released",
                    Tags.of("outcome", result.name().toLowerCase(Locale.ROOT)),
                    "Job messages sent to the transport, by what came of it; one sent again counts again",
                    facade.relay().released(result)));
        }
        Gauge.builder("plainsail.outbox.lag", facade.relay(), relay -> seconds(relay.lag()))
                .baseUnit("seconds")
                .description("How long the job that waits longest for the transport could have been with it")
                .register(registry);
        Gauge.builder("plainsail.recorder.lag", facade.guard(), guard -> seconds(guard.lag()))
                .baseUnit("seconds")
                .description("By how much what is recorded of the workers' reports is behind")
                .register(registry);
        pool("active", "Connections to the store that are in use", facade, Database.Pool::active);
        pool("idle", "Connections to the store that are not in use", facade, Database.Pool::idle);
        pool("waiting", "Calls that wait for a connection to the store", facade, Database.Pool::waiting);
        pool("max", "Connections to the store at most", facade, Database.Pool::max);
        Gauge.builder("plainsail.outbox.jobs", facade.relay(), relay -> relay.outstanding())
                .description("Jobs accepted and not yet taken by the transport")
                .register(registry);
        FunctionCounter.builder("plainsail.relay.confirmed", facade.relay(), relay -> relay.confirmed())
                .description("Job messages the transport has confirmed")
                .register(registry);
        FunctionCounter.builder("plainsail.relay.unroutable", facade.relay(), relay -> relay.unroutable())
                .description("Job messages that no queue took")
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

    /** A thread that is there while the store is read. Nobody interrupts it. */
    private static Executor reader() {
        return new ThreadPoolExecutor(0, 1, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
            Thread thread = new Thread(task, "metrics");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Not a number while it is not known. */
    private static double seconds(Optional<Duration> duration) {
        return duration.map(known -> known.toMillis() / 1_000.0).orElse(Double.NaN);
    }

    private void pool(String what, String description, Facade facade, ToIntFunction<Database.Pool> value) {
        Gauge.builder("plainsail.store.pool." + what, facade.database(), database -> value.applyAsInt(database.pool()))
                .description(description)
                .register(registry);
    }

    void addTo(AdminEnvironment admin) {
        admin.addServlet("prometheus", new Scrape(this)).addMapping("/prometheus");
    }

    private List<JobType> knownTypes() {
        return contracts.all().stream().map(Contract::jobType).toList();
    }

    private String scrape() {
        ofStore.refresh();
        List<JobType> known = knownTypes();
        counts.forEach(counters -> counters.register(known, registry));
        return registry.scrape();
    }

    private static final class Scrape extends HttpServlet {
        private static final long serialVersionUID = 1L;

        private final transient FacadeMetrics metrics;

        Scrape(FacadeMetrics metrics) {
            this.metrics = metrics;
        }

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("text/plain; version=0.0.4; charset=utf-8");
            response.getOutputStream().write(metrics.scrape().getBytes(StandardCharsets.UTF_8));
        }
    }
}
