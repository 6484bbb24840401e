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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Metrics that the store alone knows, the same at every facade. They are read when somebody looks, once in
 * {@link #KEPT} at most, since to count is not free. Those that cannot be read are absent. Thread-safe.
 */
final class StoreGauges {
    static final Duration KEPT = Duration.ofSeconds(15);

    private static final Duration RECEIPT = Duration.ofHours(1);
    private static final Logger log = LoggerFactory.getLogger(StoreGauges.class);

    private final JobFigures figures;
    private final LedgerStore ledgers;
    private final Fleet fleet;
    private final Clock clock;
    private final MultiGauge jobs;
    private final MultiGauge oldest;
    private final MultiGauge silent;

    // What was read last; under this object's lock.
    private @Nullable Instant readAt;
    private volatile double lost = Double.NaN;

    StoreGauges(JobFigures figures, LedgerStore ledgers, Fleet fleet, Clock clock, MeterRegistry registry) {
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

    /** Reads what is too old. */
    synchronized void refresh() {
        Instant now = clock.instant();
        if (readAt != null && now.isBefore(readAt.plus(KEPT))) {
            return;
        }
        readAt = now;
        try {
            read(now);
        } catch (RuntimeException e) {
            log.warn("Metrics of the store are absent, since it cannot be read: {}", e.getMessage());
            for (MultiGauge gauge : List.of(jobs, oldest, silent)) {
                gauge.register(List.of(), true);
            }
            lost = Double.NaN;
        }
    }

    private void read(Instant now) {
        List<MultiGauge.Row<?>> counts = new ArrayList<>();
        List<MultiGauge.Row<?>> ages = new ArrayList<>();
        for (JobFigures.Queue queue : figures.queues(now)) {
            Tags type = tags(queue.jobType());
            queue.states()
                    .forEach((state, count) -> counts.add(MultiGauge.Row.of(type.and("state", state.word()), count)));
            Instant accepted = queue.oldest();
            ages.add(MultiGauge.Row.of(
                    type, accepted == null ? 0 : Duration.between(accepted, now).toMillis() / 1_000.0));
        }
        jobs.register(counts, true);
        oldest.register(ages, true);
        lost = ledgers.receipt(Ledger.minute(now.minus(RECEIPT)), Ledger.minute(now))
                .lost();
        silent.register(silentByService(), true);
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
