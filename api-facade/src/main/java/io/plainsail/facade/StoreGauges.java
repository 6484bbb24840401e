package io.plainsail.facade;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.plainsail.contracts.JobType;
import io.plainsail.facade.fleet.Fleet;
import io.plainsail.facade.job.JobFigures;
import io.plainsail.facade.receipt.Ledger;
import io.plainsail.facade.receipt.LedgerStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Metrics that the store alone knows, the same at every facade. They are read when somebody looks, once in {@link #KEPT} at
 * most, since to count is not free, by a thread of their own: who looks waits for it {@link #PATIENCE} at most. Those that
 * cannot be read are absent. Thread-safe.
 */
final class StoreGauges {
    static final Duration KEPT = Duration.ofSeconds(15);

    /** The same for lost jobs: all jobs of the last hour are counted for it. */
    static final Duration LOST_KEPT = Duration.ofMinutes(1);

    /** For how long a scrape is held up by a store that does not answer. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    /** What was read so long ago is not told any more. */
    static final Duration STALE = Duration.ofMinutes(1);

    private static final Duration RECEIPT = Duration.ofHours(1);
    private static final Logger log = LoggerFactory.getLogger(StoreGauges.class);

    private final JobFigures figures;
    private final LedgerStore ledgers;
    private final Fleet fleet;
    private final Clock clock;
    private final Supplier<List<JobType>> known;
    private final Executor reader;
    private final MultiGauge jobs;
    private final MultiGauge oldest;
    private final MultiGauge silent;

    // Under this object's lock.
    private Instant begunAt = Instant.EPOCH;
    private Instant readAt = Instant.EPOCH;
    private CompletableFuture<@Nullable Void> reading = CompletableFuture.completedFuture(null);

    private volatile Instant lostReadAt = Instant.EPOCH;

    private volatile double lost = Double.NaN;

    /**
     * @param known types whose queues are told of though they are empty
     * @param reader reads, one at a time; never on a thread that may be interrupted
     */
    StoreGauges(
            JobFigures figures,
            LedgerStore ledgers,
            Fleet fleet,
            Supplier<List<JobType>> known,
            Clock clock,
            Executor reader,
            MeterRegistry registry) {
        this.known = known;
        this.reader = reader;
        this.figures = figures;
        this.ledgers = ledgers;
        this.fleet = fleet;
        this.clock = clock;
        jobs = MultiGauge.builder("plainsail.queue.jobs")
                .description("Unfinished jobs by type and state")
                .register(registry);
        oldest = MultiGauge.builder("plainsail.queue.oldest")
                .baseUnit("seconds")
                .description("Age of the job that waits longest to be run")
                .register(registry);
        silent = MultiGauge.builder("plainsail.workers.silent")
                .description("Worker instances that were not heard of for 20 s and did not say that they stop")
                .register(registry);
        Gauge.builder("plainsail.jobs.lost", this, gauges -> gauges.lost)
                .description("Jobs accepted within the last hour that are nowhere: 0, or the promise was broken")
                .register(registry);
    }

    /** Has read what is too old, and waits for that a moment. */
    void refresh() {
        refresh(PATIENCE);
    }

    void refresh(Duration patience) {
        try {
            readIfOld().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            forgetIfStale();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw new IllegalStateException("reading reports its failures itself", e);
        }
    }

    private synchronized CompletableFuture<@Nullable Void> readIfOld() {
        Instant now = clock.instant();
        if (reading.isDone() && !now.isBefore(begunAt.plus(KEPT))) {
            begunAt = now;
            reading = CompletableFuture.runAsync(() -> readOrForget(now), reader);
        }
        return reading;
    }

    private synchronized void forgetIfStale() {
        if (!clock.instant().isBefore(readAt.plus(STALE))) {
            forget();
        }
    }

    private void readOrForget(Instant now) {
        try {
            read(now);
            synchronized (this) {
                readAt = now;
            }
        } catch (RuntimeException e) {
            log.warn("Metrics of the store are absent, since it cannot be read: {}", e.getMessage());
            forget();
        }
    }

    private void forget() {
        for (MultiGauge gauge : List.of(jobs, oldest, silent)) {
            gauge.register(List.of(), true);
        }
        lost = Double.NaN;
        lostReadAt = Instant.EPOCH;
    }

    private void read(Instant now) {
        List<MultiGauge.Row<?>> counts = new ArrayList<>();
        Map<JobType, Double> ages = new TreeMap<>();
        known.get().forEach(type -> ages.put(type, 0.0));
        for (JobFigures.Queue queue : figures.unfinished()) {
            Tags type = tags(queue.jobType());
            queue.states()
                    .forEach((state, count) -> counts.add(MultiGauge.Row.of(type.and("state", state.word()), count)));
            Instant accepted = queue.oldest();
            ages.put(
                    queue.jobType(),
                    accepted == null ? 0 : Duration.between(accepted, now).toMillis() / 1_000.0);
        }
        jobs.register(counts, true);
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        ages.forEach((type, age) -> rows.add(MultiGauge.Row.of(tags(type), age)));
        oldest.register(rows, true);
        silent.register(silentByService(), true);
        if (!now.isBefore(lostReadAt.plus(LOST_KEPT))) {
            lost = ledgers.receipt(Ledger.minute(now.minus(RECEIPT)), Ledger.minute(now))
                    .lost();
            lostReadAt = now;
        }
    }

    private static Tags tags(JobType type) {
        return Tags.of("type", type.name(), "version", Integer.toString(type.version()));
    }

    private List<MultiGauge.Row<?>> silentByService() {
        Map<String, Long> count = new TreeMap<>();
        fleet.all()
                .forEach(instance ->
                        count.merge(instance.worker().service(), fleet.isSilent(instance) ? 1L : 0L, Long::sum));
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        count.forEach((service, many) -> rows.add(MultiGauge.Row.of(Tags.of("service", service), many)));
        return rows;
    }
}
