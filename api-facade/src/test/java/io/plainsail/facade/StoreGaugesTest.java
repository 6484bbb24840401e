package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.facade.fleet.Fleet;
import io.plainsail.facade.fleet.FleetStore;
import io.plainsail.facade.fleet.Instance;
import io.plainsail.facade.job.JobFigures;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.facade.receipt.LedgerStore;
import io.plainsail.facade.receipt.Receipt;
import io.plainsail.testbed.MovingClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StoreGaugesTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private final MovingClock clock = MovingClock.at(NOON);
    private boolean away;
    private boolean hanging;
    private int reads;
    private int receipts;
    private final List<Runnable> hung = new ArrayList<>();
    private final Executor reader = task -> {
        if (hanging) {
            hung.add(task);
        } else {
            task.run();
        }
    };
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final StoreGauges gauges = gauges();

    private StoreGauges gauges() {
        return new StoreGauges(
                new Figures(),
                new Ledgers(),
                new Fleet(new Instances(), clock),
                () -> List.of(new JobType("test.quiet", 1)),
                clock,
                reader,
                registry);
    }

    private final class Figures implements JobFigures {
        @Override
        public Map<JobState, Long> count(JobQuery query) {
            return Map.of();
        }

        @Override
        public List<Queue> queues(Instant at) {
            throw new AssertionError("it reads the jobs of the last hour");
        }

        @Override
        public List<Queue> unfinished() {
            reads++;
            if (away) {
                throw new IllegalStateException("the store is away");
            }
            return List.of(new Queue(
                    new JobType("test.echo", 2),
                    Map.of(JobState.QUEUED, 7L),
                    NOON.minusSeconds(90),
                    Moves.NONE,
                    Moves.NONE));
        }

        @Override
        public List<ReleaseOutcomes> releases(@Nullable String type, Instant from, Instant before) {
            return List.of();
        }
    }

    private final class Ledgers implements LedgerStore {
        @Override
        public void add(String facade, Map<Instant, Long> jobs) {}

        @Override
        public Receipt receipt(Instant from, Instant before) {
            receipts++;
            assertThat(Duration.between(from, before)).isEqualTo(Duration.ofHours(1));
            return new Receipt(
                    from, before, 5, Map.of(JobState.QUEUED, 3L), 0, new Receipt.Repeated(0, 0, List.of(), null));
        }

        @Override
        public void forgetBefore(Instant minute) {}
    }

    private static final class Instances implements FleetStore {
        private static Instance instance(String name, Instant lastSeen) {
            return new Instance(
                    new Worker("echo", name, "host", "1.0"), List.of(), "ready", 0, 1, NOON, lastSeen, false);
        }

        @Override
        public List<Instance> all() {
            return List.of(instance("heard", NOON), instance("gone", NOON.minusSeconds(21)));
        }

        @Override
        public void heard(Instance instance) {}

        @Override
        public void gone(String instance) {}

        @Override
        public boolean drain(String instance, boolean drain) {
            return false;
        }

        @Override
        public Set<String> draining() {
            return Set.of();
        }

        @Override
        public int forgetBefore(Instant lastSeen) {
            return 0;
        }
    }

    @Test
    void queuesLostJobsAndSilentWorkersAreTold() {
        gauges.refresh();
        assertThat(registry.scrape())
                .contains("plainsail_queue_jobs{state=\"queued\",type=\"test.echo\",version=\"2\"} 7.0")
                .contains("plainsail_queue_oldest_seconds{type=\"test.echo\",version=\"2\"} 90.0")
                .contains("plainsail_queue_oldest_seconds{type=\"test.quiet\",version=\"1\"} 0.0")
                .contains("plainsail_workers_silent{service=\"echo\"} 1.0")
                .contains("plainsail_jobs_lost 2.0");
    }

    @Test
    void theStoreIsAskedOnceInAWhile() {
        gauges.refresh();
        clock.advance(StoreGauges.KEPT.minusMillis(1));
        gauges.refresh();
        assertThat(reads).isEqualTo(1);
        clock.advance(Duration.ofMillis(1));
        gauges.refresh();
        assertThat(reads).isEqualTo(2);
        assertThat(receipts).isEqualTo(1);
        clock.advance(StoreGauges.LOST_KEPT);
        gauges.refresh();
        assertThat(receipts).isEqualTo(2);
    }

    @Test
    void aStoreThatHangsHoldsNoScrapeUpAndIsNotAskedAgainMeanwhile() {
        gauges.refresh();
        hanging = true;
        clock.advance(StoreGauges.KEPT);
        gauges.refresh(Duration.ZERO);
        clock.advance(StoreGauges.KEPT);
        gauges.refresh(Duration.ZERO);
        assertThat(hung).hasSize(1);
        assertThat(registry.scrape())
                .as("not so old that it says nothing")
                .contains("plainsail_queue_oldest_seconds{type=\"test.echo\",version=\"2\"} 90.0");
        clock.advance(StoreGauges.STALE);
        gauges.refresh(Duration.ZERO);
        assertThat(registry.scrape())
                .contains("plainsail_jobs_lost NaN")
                .doesNotContain("plainsail_queue_oldest_seconds{");

        hung.remove(0).run();
        hanging = false;
        clock.advance(StoreGauges.KEPT);
        gauges.refresh();
        assertThat(registry.scrape())
                .contains("plainsail_jobs_lost 2.0")
                .contains("plainsail_queue_oldest_seconds{type=\"test.echo\",version=\"2\"} 195.0");
    }

    @Test
    void whatCannotBeReadIsAbsentAndNotOld() {
        gauges.refresh();
        away = true;
        clock.advance(StoreGauges.KEPT);
        gauges.refresh();
        assertThat(registry.scrape())
                .contains("plainsail_jobs_lost NaN")
                .doesNotContain("plainsail_queue_oldest_seconds{");
    }
}
