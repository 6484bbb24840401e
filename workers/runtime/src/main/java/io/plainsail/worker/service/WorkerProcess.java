package io.plainsail.worker.service;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.Transport;
import io.plainsail.messaging.TransportHealth;
import io.plainsail.messaging.trace.MessageSpans;
import io.plainsail.messaging.trace.Tracing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker service at work. Started, it takes jobs as soon as the carrier is there; {@link #drain} ends it:
 *
 * <ol>
 *   <li>not ready, and no further deliveries;
 *   <li>what has not begun goes back to its queue at once;
 *   <li>what runs may finish within the drain grace;
 *   <li>what still runs then is interrupted and goes back, without an outcome;
 *   <li>outcomes are confirmed and acknowledged, as far as the flush bound allows; the rest comes again elsewhere;
 *   <li>subscriptions, threads and the service's resources are closed: with those, processes that handlers still run end;
 *   <li>handlers that did not end before get a moment to clean up after that.
 * </ol>
 *
 * <p>The transport and the result delivery stay open: they are the caller's. Thread-safe.
 */
public final class WorkerProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkerProcess.class);
    private static final Duration CHECK_PATIENCE = Duration.ofSeconds(3);
    private static final Duration TELL_PATIENCE = Duration.ofSeconds(1);
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);
    private static final Duration CLEAN_UP_PATIENCE = Duration.ofSeconds(2);

    private final Worker worker;
    private final WorkerConfig config;
    private final Transport transport;
    private final ReadyQueue queue;
    private final HandlerPool pool;
    private final EventOutbox outbox;
    private final NextAttemptOutbox nextAttempts;
    private final AttemptRunner runner;
    private final UnwantedCheck unwanted;
    private final Loop sending;
    private final Loop sendingNext;
    private final Loop watching;
    private final Loop checking;
    private final Shutdown opened = new Shutdown();
    private final JobSubscriptions subscriptions;

    private volatile boolean subscribed;
    private volatile boolean paused; // By the facade's wish.
    private volatile List<RunningCheck.Refused> refused = List.of(); // By the facade.
    private volatile boolean draining;
    private volatile boolean stopped;
    private @Nullable AdminServer admin;

    private WorkerProcess(
            WorkerService service,
            WorkerConfig config,
            Transport transport,
            FacadeAccess facade,
            WorkerTime time,
            MeterRegistry meters) {
        if (service.handled().isEmpty()) {
            throw new IllegalArgumentException("worker service " + service.name() + " handles no job type");
        }
        this.worker = Identity.of(service, config.release());
        this.config = config;
        this.transport = transport;
        List<HandledType> types = service.handled().stream()
                .map(handled -> new HandledType(
                        handled,
                        new AttemptMeters(
                                meters, service.name(), handled.contract().jobType())))
                .toList();
        Tracing tracing = opened.opened(
                "The tracing",
                Tracing.of(
                        config.tracing(), "plainsail-worker-" + service.name(), worker.instance(), worker.release()));
        MessageSpans spans = MessageSpans.of(tracing, transport);
        this.queue = new ReadyQueue(types.size());
        this.subscriptions = new JobSubscriptions(queue, time, transport, worker, types, config);

        Publisher publisher = opened.opened(
                "The events publisher", transport.publisher(PublisherOptions.named("events of " + worker.instance())));
        this.outbox = new EventOutbox(worker, config.events(), publisher, time, spans);
        ResultFiles files = new ResultFiles(facade, config.attempts().inlineBytes(), WorkerThreads::sleep);
        Publisher nextPublisher = opened.opened(
                "The publisher of next attempts",
                transport.publisher(PublisherOptions.named("next attempts of " + worker.instance())));
        this.nextAttempts = new NextAttemptOutbox(nextPublisher, time, spans);
        StandStill standStill = new StandStill(time);
        ClaimingGuard guard = new ClaimingGuard(facade, worker, time, standStill);
        this.runner = new AttemptRunner(time, config.attempts(), files, guard, nextAttempts, outbox, spans);
        this.pool = new HandlerPool(
                config.attempts().lanes(),
                config.attempts().maxAbandoned(),
                queue,
                runner,
                WorkerThreads.named(service.name(), "job"));
        Instant startedAt = time.now();
        AttemptWatch watch = new AttemptWatch(pool, runner, outbox, config.attempts());
        this.unwanted = new UnwantedCheck(
                facade,
                types,
                () -> presence(startedAt),
                answer -> {
                    heed(answer);
                    if (answer.leaseSeconds() > 0) {
                        watch.leased(Duration.ofSeconds(answer.leaseSeconds()));
                    }
                },
                pool,
                guard,
                CHECK_PATIENCE);
        Announcer announcer =
                new Announcer(service, transport, outbox, time, config.events().announceEvery());
        this.sending = opened.opened(
                "The events loop",
                new Loop(
                        "Sending events",
                        outbox::flushWhenDue,
                        Duration.ZERO,
                        time,
                        WorkerThreads.named(service.name(), "events")));
        this.sendingNext = opened.opened(
                "The loop of next attempts",
                new Loop(
                        "Sending next attempts",
                        nextAttempts::sendNext,
                        Duration.ZERO,
                        time,
                        WorkerThreads.named(service.name(), "next")));
        this.watching = opened.opened(
                "The watch",
                new Loop(
                        "Watching attempts",
                        () -> {
                            standStill.tick();
                            watch.look();
                            announcer.announceWhenDue();
                        },
                        LOOK_EVERY,
                        time,
                        WorkerThreads.named(service.name(), "watch")));
        this.checking = opened.opened(
                "The check for what is unwanted",
                new Loop(
                        "Asking what is unwanted",
                        unwanted::ask,
                        config.attempts().checkEvery(),
                        time,
                        WorkerThreads.named(service.name(), "check")));
        WorkerMeters.bind(meters, worker, pool, queue, outbox, nextAttempts);
        begin(service, types, meters);
    }

    /** Starts a worker with metrics of its own. */
    public static WorkerProcess start(
            WorkerService service, WorkerConfig config, Transport transport, FacadeAccess facade, Clock clock) {
        return start(service, config, transport, facade, clock, WorkerMeters.ownRegistry());
    }

    /**
     * Starts a worker in a process that has metrics already.
     *
     * @throws UncheckedIOException if the admin port cannot be had; everything opened is closed again
     */
    public static WorkerProcess start(
            WorkerService service,
            WorkerConfig config,
            Transport transport,
            FacadeAccess facade,
            Clock clock,
            MeterRegistry meters) {
        return new WorkerProcess(service, config, transport, facade, WorkerTime.of(clock), meters);
    }

    private void begin(WorkerService service, List<HandledType> types, MeterRegistry meters) {
        try {
            service.resources().forEach(resource -> opened.opened("A resource of the service", resource));
            openAdmin(meters);
            pool.start();
            sending.start();
            sendingNext.start();
            // Before the subscriptions: what was cancelled before this began is not to begin now.
            unwanted.ask();
            opened.opened("The subscriptions", subscriptions).open();
            subscribed = true;
            // After the subscriptions: what is announced has, or soon has, a queue.
            watching.start();
            checking.start();
        } catch (RuntimeException | Error e) {
            queue.close();
            opened.close();
            throw e;
        }
        LOG.info(
                "Worker service {} release {} is started as {}: {} with {} threads{}",
                worker.service(),
                worker.release(),
                worker.instance(),
                types.stream().map(HandledType::jobType).toList(),
                config.attempts().lanes(),
                admin == null ? "" : ", health and metrics on port " + admin.port());
    }

    private void openAdmin(MeterRegistry meters) {
        if (config.admin().port() < 0) {
            return;
        }
        Supplier<String> scrape = meters instanceof PrometheusMeterRegistry prometheus ? prometheus::scrape : () -> "";
        try {
            admin = opened.opened(
                    "The admin port",
                    AdminServer.open(
                            config.admin(), WorkerThreads.pool(2, worker.service(), "admin"), this::health, scrape));
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private RunningCheck.Presence presence(Instant startedAt) {
        String state = stopped
                ? RunningCheck.Presence.STOPPED
                : draining || paused
                        ? RunningCheck.Presence.DRAINING
                        : subscribed ? RunningCheck.Presence.READY : RunningCheck.Presence.STARTING;
        return new RunningCheck.Presence(worker, state, config.attempts().lanes(), startedAt);
    }

    /** What the facade wants, each time it is asked. On the checking thread, and before that on the starting one. */
    private void heed(RunningCheck.Answer answer) {
        if (!answer.refused().equals(refused)) {
            refused = answer.refused();
            refused.forEach(type -> LOG.warn("No jobs of {} are taken: {}", type.type(), type.reason()));
            if (refused.isEmpty()) {
                LOG.info("The facade takes all contracts of this worker");
            }
            subscriptions.hold(refused.stream().map(RunningCheck.Refused::type).collect(Collectors.toSet()));
        }
        drainOrTake(answer.drain());
    }

    private void drainOrTake(boolean drain) {
        if (draining || !subscribed || drain == paused) {
            return;
        }
        if (drain) {
            paused = true;
            subscriptions.pause();
        } else if (pool.running() == 0) {
            subscriptions.resume();
            paused = false;
        }
    }

    /** Who this is. */
    public Worker identity() {
        return worker;
    }

    /** Where health and metrics are served, if they are. */
    public OptionalInt adminPort() {
        return admin == null ? OptionalInt.empty() : OptionalInt.of(admin.port());
    }

    public WorkerHealth health() {
        String sick = sickness();
        if (!sick.isEmpty()) {
            return new WorkerHealth(false, false, sick);
        }
        if (draining) {
            return new WorkerHealth(true, false, "draining");
        }
        if (paused) {
            return new WorkerHealth(true, false, "takes no further jobs, as it was asked to");
        }
        TransportHealth carrier = transport.health();
        if (!carrier.connected()) {
            return new WorkerHealth(true, false, "not connected: " + carrier.detail());
        }
        if (!refused.isEmpty()) {
            RunningCheck.Refused first = refused.get(0);
            return new WorkerHealth(true, false, "takes no jobs of " + first.type() + ": " + first.reason());
        }
        return subscribed ? new WorkerHealth(true, true, "ready") : new WorkerHealth(true, false, "starting");
    }

    private String sickness() {
        if (pool.stuck() > 0) {
            return pool.stuck() + " handlers do not end and their threads may not be replaced";
        }
        if (!draining
                && subscribed
                && !(sending.isGoing() && sendingNext.isGoing() && watching.isGoing() && checking.isGoing())) {
            return "one of the loops that send events, send next attempts, watch attempts and ask what is unwanted stands still";
        }
        return "";
    }

    /** Ends the worker, see above. Takes at most the three drain bounds and some seconds; a second call waits for it. */
    public synchronized void drain() {
        if (draining) {
            return;
        }
        draining = true;
        unwanted.tell(TELL_PATIENCE);
        new Drain(config, subscriptions, queue, pool, runner, nextAttempts, outbox).run();
        opened.close();
        pool.awaitEnd(CLEAN_UP_PATIENCE);
        stopped = true;
        unwanted.tell(TELL_PATIENCE);
        LOG.info("Worker service {} has ended", worker.service());
    }

    @Override
    public void close() {
        drain();
    }
}
