package io.plainsail.worker.service;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** What is counted of the attempts of one job type; looked up once, so that counting costs nothing. Thread-safe. */
final class AttemptMeters {
    private final Counter started;
    private final Counter succeeded;
    private final Map<ErrorCategory, Counter> failed = new EnumMap<>(ErrorCategory.class);
    private final Counter snoozed;
    private final Counter handedBack;
    private final Counter dropped;
    private final Counter rejected;
    private final Timer runTime;
    private final Timer queueTime;

    AttemptMeters(MeterRegistry registry, String service, JobType jobType) {
        Tags tags = Tags.of("service", service, "type", jobType.name(), "version", Integer.toString(jobType.version()));
        this.started = Counter.builder("plainsail.attempts.started")
                .description("Attempts that were begun")
                .tags(tags)
                .register(registry);
        this.succeeded = finished(registry, tags, "succeeded");
        for (ErrorCategory category : ErrorCategory.values()) {
            String word = category.name().toLowerCase(Locale.ROOT).replace('_', '-');
            failed.put(category, finished(registry, tags, word));
        }
        this.snoozed = finished(registry, tags, "snoozed");
        this.handedBack = finished(registry, tags, "handed-back");
        this.dropped = finished(registry, tags, "dropped");
        this.rejected = Counter.builder("plainsail.messages.rejected")
                .description("Messages that could not be read and were moved to the dead messages")
                .tags(tags)
                .register(registry);
        this.runTime = timer(
                registry, tags, "plainsail.attempt.run", "How long attempts ran, delivery of the result file included");
        this.queueTime = timer(
                registry,
                tags,
                "plainsail.attempt.queue",
                "How long attempts waited, from when the job was accepted, or its next attempt due, until they began");
    }

    private static Timer timer(MeterRegistry registry, Tags tags, String name, String description) {
        return Timer.builder(name)
                .description(description)
                .tags(tags)
                .serviceLevelObjectives(
                        Duration.ofMillis(10),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(10))
                .register(registry);
    }

    private static Counter finished(MeterRegistry registry, Tags tags, String outcome) {
        return Counter.builder("plainsail.attempts.finished")
                .description("Attempts that ended, by outcome or error category")
                .tags(tags.and("outcome", outcome))
                .register(registry);
    }

    /**
     * @param waited until now, by two clocks: less than nothing counts as nothing
     */
    void started(Duration waited) {
        started.increment();
        queueTime.record(waited.isNegative() ? Duration.ZERO : waited);
    }

    void succeeded(long nanos) {
        succeeded.increment();
        runTime.record(nanos, TimeUnit.NANOSECONDS);
    }

    void failed(ErrorCategory category, long nanos) {
        Counter counter = failed.get(category);
        if (counter != null) {
            counter.increment();
        }
        runTime.record(nanos, TimeUnit.NANOSECONDS);
    }

    void snoozed(long nanos) {
        snoozed.increment();
        runTime.record(nanos, TimeUnit.NANOSECONDS);
    }

    void handedBack() {
        handedBack.increment();
    }

    void dropped() {
        dropped.increment();
    }

    void rejected() {
        rejected.increment();
    }
}
