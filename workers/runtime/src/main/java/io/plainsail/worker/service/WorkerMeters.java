package io.plainsail.worker.service;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.plainsail.contracts.wire.Worker;
import java.util.function.Supplier;

/** What is measured of the process as a whole. */
final class WorkerMeters {
    private WorkerMeters() {}

    /** A registry of the process's own, with memory and threads of the JVM. */
    static PrometheusMeterRegistry ownRegistry() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        return registry;
    }

    static void bind(
            MeterRegistry registry,
            Worker worker,
            HandlerPool pool,
            ReadyQueue queue,
            EventOutbox outbox,
            NextAttemptOutbox nextAttempts) {
        gauge(registry, worker, "plainsail.attempts.limit", "Attempts that may run at a time", pool::size);
        gauge(registry, worker, "plainsail.attempts.running", "Attempts that run now", pool::running);
        gauge(registry, worker, "plainsail.attempts.free", "Attempts that could begin at once", pool::idle);
        gauge(
                registry,
                worker,
                "plainsail.attempts.abandoned",
                "Threads given up because their handler does not end, still running",
                pool::abandoned);
        gauge(registry, worker, "plainsail.deliveries.waiting", "Messages held that wait for a thread", queue::size);
        gauge(registry, worker, "plainsail.event.backlog", "Events the broker has not confirmed", outbox::backlog);
        gauge(
                registry,
                worker,
                "plainsail.next.attempt.backlog",
                "Messages of attempts that begin later and are not confirmed by the broker",
                nextAttempts::backlog);
        FunctionCounter.builder("plainsail.events.dropped", outbox, EventOutbox::dropped)
                .description("Log and progress events dropped for want of room")
                .tags("service", worker.service())
                .register(registry);
        Gauge.builder("plainsail.worker.info", () -> 1)
                .description("Always 1; who this is")
                .tags("service", worker.service(), "instance_name", worker.instance(), "release", worker.release())
                .strongReference(true)
                .register(registry);
    }

    private static void gauge(
            MeterRegistry registry, Worker worker, String name, String description, Supplier<Number> value) {
        Gauge.builder(name, value)
                .description(description)
                .tags("service", worker.service())
                .strongReference(true)
                .register(registry);
    }
}
