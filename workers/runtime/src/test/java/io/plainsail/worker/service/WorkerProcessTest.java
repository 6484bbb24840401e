package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.Message;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Address;
import io.plainsail.messaging.DeliveryListener;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.Subscription;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.Transport;
import io.plainsail.messaging.TransportHealth;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobHandler;
import io.plainsail.worker.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class WorkerProcessTest {
    private static final Destination QUEUE = Destination.jobs(Jobs.contract().jobType());

    private final EmbeddedTransport transport = EmbeddedTransport.create();
    private final Facade facade = new Facade(transport);
    private final FakeFacadeAccess access = new FakeFacadeAccess();
    private final Semaphore begun = new Semaphore(0);
    private final CountDownLatch release = new CountDownLatch(1);
    private final List<WorkerProcess> workers = new ArrayList<>();

    @AfterEach
    void end() {
        release.countDown();
        workers.forEach(WorkerProcess::close);
        transport.close();
    }

    private WorkerProcess start(JobHandler handler, String... settings) {
        return start(WorkerService.named("test").handles(Jobs.contract(), handler), transport, settings);
    }

    private WorkerProcess start(WorkerService service, Transport carrier, String... settings) {
        WorkerProcess worker = WorkerProcess.start(service, Jobs.config(settings), carrier, access, Clock.systemUTC());
        workers.add(worker);
        return worker;
    }

    private Outcome untilReleased() throws InterruptedException {
        begun.release();
        release.await();
        return Outcome.done();
    }

    private void awaitBegun(int jobs) throws InterruptedException {
        assertThat(begun.tryAcquire(jobs, 40, TimeUnit.SECONDS)).isTrue();
    }

    private void awaitLength(Destination destination, int length) {
        await().atMost(Facade.BOUND).until(() -> transport.length(destination) == length);
    }

    @Test
    void jobsRunAndTheirOutcomesAreReportedAndAcknowledged() {
        WorkerProcess worker = start(job -> Outcome.of(Map.of("answer", 42)));
        UUID job = facade.submit("{}");
        assertThat(facade.awaitOutcome(job)).isInstanceOf(WorkerEvent.Succeeded.class);
        assertThat(facade.reporter(job, WorkerEvent.Succeeded.class)).isEqualTo(worker.identity());
        awaitLength(QUEUE, 0);
        assertThat(worker.identity().service()).isEqualTo("test");
        assertThat(worker.identity().release()).isEqualTo("dev");
        assertThat(worker.identity().instance()).startsWith(worker.identity().host() + "-");
    }

    @Test
    void aRunningJobThatNobodyWantsAnyMoreIsStoppedAndReportsNoOutcome() throws Exception {
        start(job -> untilReleased(), "attempts.checkEvery", "PT0.1S", "attempts.concurrency", "1");
        UUID job = facade.submit("{}");
        awaitBegun(1);
        access.checkAnswer = new RunningCheck.Answer(
                List.of(
                        new RunningCheck.Over(UUID.randomUUID(), 1, "another job"),
                        new RunningCheck.Over(job, 2, "another attempt"),
                        new RunningCheck.Over(job, 1, "the job is cancelled")),
                List.of(),
                false);
        awaitLength(QUEUE, 0);
        UUID next = facade.submit("{}");
        awaitBegun(1);
        release.countDown();
        facade.awaitOutcome(next);
        assertThat(facade.outcomes(job)).isEmpty();
        assertThat(facade.all(WorkerEvent.LogLine.class))
                .extracting(WorkerEvent.LogLine::line)
                .contains("Stopped: the job is cancelled");
    }

    @Test
    void aHandlerThatIgnoresThatNobodyWantsItIsGivenUp() throws Exception {
        start(
                job -> {
                    while (release.getCount() > 0) {
                        try {
                            untilReleased();
                        } catch (InterruptedException ignored) {
                            // Stubborn.
                        }
                    }
                    return Outcome.done();
                },
                "attempts.checkEvery",
                "PT0.1S",
                "attempts.abandonGrace",
                "PT0.2S",
                "attempts.concurrency",
                "1");
        UUID job = facade.submit("{}");
        awaitBegun(1);
        access.checkAnswer = new RunningCheck.Answer(
                List.of(new RunningCheck.Over(job, 1, "attempt 2 has followed")), List.of(), false);
        awaitLength(QUEUE, 0);
        assertThat(facade.outcomes(job)).isEmpty();
    }

    @Test
    void beforeItsFirstJobAWorkerHasAskedWhatIsUnwanted() {
        access.checkAnswer = new RunningCheck.Answer(
                List.of(), List.of(Jobs.contract().jobType().key()), false);
        access.claimAnswer = ClaimAnswer.drop("the job is cancelled");
        start(job -> Outcome.done());
        UUID job = facade.submit("{}");
        awaitLength(QUEUE, 0);
        assertThat(facade.outcomes(job)).isEmpty();
        assertThat(access.checks().get(0).types())
                .containsExactly(Jobs.contract().jobType().key());
    }

    @Test
    void aWorkerThatIsAskedToDrainFinishesWhatItRunsAndTakesJobsAgainWhenItMay() throws Exception {
        WorkerProcess worker =
                start(job -> untilReleased(), "attempts.checkEvery", "PT0.1S", "attempts.concurrency", "1");
        UUID running = facade.submit("{}");
        UUID waiting = facade.submit("{}");
        awaitBegun(1);
        access.checkAnswer = new RunningCheck.Answer(List.of(), List.of(), true);
        await().atMost(Facade.BOUND).until(() -> !worker.health().ready());
        assertThat(worker.health())
                .isEqualTo(new WorkerHealth(true, false, "takes no further jobs, as it was asked to"));
        await().atMost(Facade.BOUND).until(() -> presence().state().equals("draining"));
        assertThat(access.checks().get(access.checks().size() - 1).running())
                .containsExactly(new RunningCheck.Running(running, 1));
        // Wanted again while it runs: only when that has ended.
        access.checkAnswer = new RunningCheck.Answer(List.of(), List.of(), false);
        int asked = access.checks().size();
        await().atMost(Facade.BOUND).until(() -> access.checks().size() > asked + 2);
        assertThat(worker.health().ready()).isFalse();
        assertThat(begun.tryAcquire()).isFalse();
        release.countDown();
        facade.awaitOutcome(running);
        facade.awaitOutcome(waiting);
        await().atMost(Facade.BOUND).until(() -> worker.health().ready());
        worker.drain();
        assertThat(presence()).satisfies(last -> {
            assertThat(last.state()).isEqualTo("stopped");
            assertThat(last.worker()).isEqualTo(worker.identity());
            assertThat(last.capacity()).isEqualTo(1);
        });
    }

    @Test
    void aTypeWhoseContractIsRefusedIsNotTakenUntilItIsAndTheOthersAre() throws Exception {
        String refused = Jobs.contract("test.work", 1).jobType().key();
        RunningCheck.Answer welcoming = new RunningCheck.Answer(List.of(), List.of(), false);
        RunningCheck.Answer refusing =
                welcoming.refusing(List.of(new RunningCheck.Refused(refused, "it is incompatible")));
        access.checkAnswer = refusing;
        WorkerProcess worker = start(
                WorkerService.named("test")
                        .handles(Jobs.contract("test.work", 1), job -> untilReleased())
                        .handles(Jobs.contract("test.work", 2), job -> Outcome.done()),
                transport,
                "attempts.checkEvery",
                "PT0.1S",
                "attempts.concurrency",
                "1");
        assertThat(worker.health())
                .isEqualTo(new WorkerHealth(true, false, "takes no jobs of test.work.v1: it is incompatible"));
        assertThat(access.checks().get(0).contracts())
                .containsEntry(refused, Jobs.contract("test.work", 1).digest());
        // It is announced all the same, and the other type is served.
        await().atMost(Facade.BOUND)
                .until(() -> !facade.all(WorkerEvent.Announced.class).isEmpty());
        facade.awaitOutcome(facade.submit(Jobs.job(Jobs.contract("test.work", 2), "{}", Duration.ofSeconds(30))));

        access.checkAnswer = welcoming;
        await().atMost(Facade.BOUND).until(() -> worker.health().ready());
        UUID running = facade.submit(Jobs.job(Jobs.contract("test.work", 1), "{}", Duration.ofSeconds(60)));
        UUID waiting = facade.submit(Jobs.job(Jobs.contract("test.work", 1), "{}", Duration.ofSeconds(60)));
        awaitBegun(1);

        // Refused while it runs one: that one ends, the next goes back and stays in its queue.
        access.checkAnswer = refusing;
        await().atMost(Facade.BOUND).until(() -> !worker.health().ready());
        // It asks again only when what the answer says is done.
        int asked = access.checks().size();
        await().atMost(Facade.BOUND).until(() -> access.checks().size() > asked);
        release.countDown();
        facade.awaitOutcome(running);
        facade.awaitOutcome(facade.submit(Jobs.job(Jobs.contract("test.work", 2), "{}", Duration.ofSeconds(30))));
        awaitLength(Destination.jobs(Jobs.contract("test.work", 1).jobType()), 1);
        assertThat(facade.outcomes(waiting)).isEmpty();

        access.checkAnswer = welcoming;
        facade.awaitOutcome(waiting);
    }

    private RunningCheck.Presence presence() {
        List<RunningCheck> checks = access.checks();
        return java.util.Objects.requireNonNull(checks.get(checks.size() - 1).presence());
    }

    @Test
    void aPoisonedMessageBecomesADeadOneWhileItsNeighboursRun() {
        start(job -> Outcome.done());
        UUID before = facade.submit("{}");
        facade.send(QUEUE, Jobs.message("cloudEvents_subject", "no uuid"));
        facade.send(QUEUE, Jobs.message("cloudEvents_plainsailtype", "test.foreign"));
        UUID after = facade.submit("{}");
        facade.awaitOutcome(before);
        facade.awaitOutcome(after);
        await().atMost(Facade.BOUND).until(() -> facade.dead().equals(List.of("rejected", "rejected")));
        awaitLength(QUEUE, 0);
    }

    @Test
    void manyJobsOfSeveralTypesEachReachOneOutcome() {
        start(
                WorkerService.named("test")
                        .handles(Jobs.contract("test.work", 1), job -> Outcome.done())
                        .handles(Jobs.contract("test.work", 2), job -> {
                            throw new IllegalStateException("always");
                        }),
                transport);
        List<UUID> jobs = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            jobs.add(facade.submit(Jobs.job(Jobs.contract("test.work", 1 + i % 2), "{}", Duration.ofSeconds(30))));
        }
        jobs.forEach(facade::awaitOutcome);
        assertThat(jobs).allMatch(job -> facade.outcomes(job).size() == 1);
        assertThat(facade.all(WorkerEvent.Failed.class)).hasSize(250);
    }

    @Test
    void aJobThatFailsForNowIsAttemptedAgainAndKeepsItsId() {
        AtomicInteger calls = new AtomicInteger();
        start(job -> {
            calls.incrementAndGet();
            if (job.attempt() < 3) {
                throw new JobFailedException(ErrorCategory.UNAVAILABLE, "away", "away for now");
            }
            return Outcome.of(Map.of("answer", job.attempt()));
        });
        UUID job = facade.submit(Jobs.repeatable("{}"));

        assertThat(facade.awaitOutcome(job)).isInstanceOf(WorkerEvent.Succeeded.class);
        assertThat(facade.awaitOutcome(job).attempt()).isEqualTo(3);
        assertThat(facade.all(WorkerEvent.Retrying.class))
                .extracting(WorkerEvent.Retrying::attempt)
                .containsExactlyInAnyOrder(1, 2);
        assertThat(calls).hasValue(3);
        awaitLength(QUEUE, 0);
    }

    @Test
    void contractsAreAnnouncedWhenTheQueuesAreThere() {
        start(job -> Outcome.done(), "events.announceEvery", "PT1S");
        await().atMost(Facade.BOUND)
                .until(() -> facade.all(WorkerEvent.Announced.class).size() >= 2);
        assertThat(facade.all(WorkerEvent.Announced.class).get(0).contracts())
                .map(ContractFormat::read)
                .containsExactly(Jobs.contract());
    }

    @Test
    void drainLetsRunningJobsFinishAndHandsBackTheRest() throws Exception {
        WorkerProcess worker = start(job -> untilReleased(), "attempts.concurrency", "1");
        UUID running = facade.submit("{}");
        awaitBegun(1);
        List<UUID> waiting = List.of(facade.submit("{}"), facade.submit("{}"), facade.submit("{}"));
        Thread draining = new Thread(worker::drain);
        draining.start();
        // The rest is given back while the running one still runs.
        WorkerProcess other = start(job -> Outcome.done());
        waiting.forEach(facade::awaitOutcome);
        assertThat(facade.outcomes(running)).isEmpty();
        assertThat(worker.health().ready()).isFalse();
        assertThat(worker.health().alive()).isTrue();

        release.countDown();
        draining.join(40_000);
        assertThat(draining.isAlive()).isFalse();
        facade.awaitOutcome(running);
        assertThat(facade.reporter(running, WorkerEvent.Succeeded.class)).isEqualTo(worker.identity());
        assertThat(waiting).allMatch(job -> facade.reporter(job, WorkerEvent.Succeeded.class)
                .equals(other.identity()));
        awaitLength(QUEUE, 0);
    }

    @Test
    void drainInterruptsWhatDoesNotFinishAndReportsNothingOfIt() throws Exception {
        AtomicBoolean interrupted = new AtomicBoolean();
        WorkerProcess worker = start(
                job -> {
                    try {
                        return untilReleased();
                    } catch (InterruptedException e) {
                        interrupted.set(job.interrupted());
                        return Outcome.done();
                    }
                },
                "drainGrace",
                "PT0S");
        UUID job = facade.submit("{}");
        awaitBegun(1);
        worker.drain();
        await().atMost(Facade.BOUND).untilTrue(interrupted);
        awaitLength(QUEUE, 1);
        assertThat(facade.outcomes(job)).isEmpty();

        start(again -> Outcome.done());
        assertThat(facade.awaitOutcome(job)).isInstanceOf(WorkerEvent.Succeeded.class);
    }

    @Test
    void drainHandsBackEvenWhatIgnoresItsInterrupt() throws Exception {
        WorkerProcess worker = start(
                job -> {
                    begun.release();
                    boolean released = false;
                    while (!released) {
                        try {
                            released = release.await(60, TimeUnit.SECONDS);
                        } catch (InterruptedException ignored) {
                            // That is the point.
                        }
                    }
                    return Outcome.done();
                },
                "drainGrace",
                "PT0S",
                "drainHandBack",
                "PT0S");
        UUID job = facade.submit("{}");
        awaitBegun(1);
        worker.drain();
        awaitLength(QUEUE, 1);
        release.countDown();
        assertThat(facade.outcomes(job)).isEmpty();
    }

    @Test
    void drainingTwiceAtOnceIsHarmless() throws Exception {
        WorkerProcess worker = start(job -> Outcome.done());
        UUID job = facade.submit("{}");
        facade.awaitOutcome(job);
        Thread second = new Thread(worker::drain);
        second.start();
        worker.drain();
        second.join(40_000);
        worker.close();
        assertThat(second.isAlive()).isFalse();
    }

    @Test
    void drainClosesTheServicesResourcesAfterItsLastHandler() throws Exception {
        List<String> order = new ArrayList<>();
        WorkerService service = WorkerService.named("test")
                .handles(Jobs.contract(), job -> {
                    untilReleased();
                    order.add("handler");
                    return Outcome.done();
                })
                .closes(() -> order.add("first"))
                .closes(() -> order.add("second"));
        WorkerProcess worker = start(service, transport);
        facade.submit("{}");
        awaitBegun(1);
        Thread draining = new Thread(worker::drain);
        draining.start();
        release.countDown();
        draining.join(40_000);
        assertThat(order).containsExactly("handler", "second", "first");
    }

    @Test
    void aHandlerThatEndsOnlyWithTheServicesResourcesMayStillCleanUp() throws Exception {
        CountDownLatch killed = new CountDownLatch(1);
        CountDownLatch cleaned = new CountDownLatch(1);
        AtomicLong killedNanos = new AtomicLong();
        WorkerService service = WorkerService.named("test")
                .handles(Jobs.contract(), job -> {
                    begun.release();
                    while (killed.getCount() > 0) {
                        try {
                            killed.await();
                        } catch (InterruptedException ignored) {
                            // As one that waits for a process to end.
                        }
                    }
                    cleaned.countDown();
                    return Outcome.done();
                })
                .closes(() -> {
                    killedNanos.set(System.nanoTime());
                    killed.countDown();
                });
        WorkerProcess worker = start(service, transport, "drainGrace", "PT0S", "drainHandBack", "PT0S");
        UUID job = facade.submit("{}");
        awaitBegun(1);
        worker.drain();
        if (System.nanoTime() - killedNanos.get() < TimeUnit.SECONDS.toNanos(2)) { // as long as it waits
            assertThat(cleaned.getCount()).isZero();
        }
        assertThat(facade.outcomes(job)).isEmpty();
        awaitLength(QUEUE, 1);
    }

    @Test
    void outcomesThatAreNotConfirmedAtTheEndAreNotAcknowledged() {
        Carrier unsure = new Carrier(transport);
        unsure.result = PublishResult.UNKNOWN;
        AtomicInteger runs = new AtomicInteger();
        WorkerProcess worker = start(
                WorkerService.named("test").handles(Jobs.contract(), job -> {
                    runs.incrementAndGet();
                    return Outcome.done();
                }),
                unsure,
                "drainFlush",
                "PT0S");
        UUID job = facade.submit("{}");
        await().atMost(Facade.BOUND).until(() -> runs.get() == 1);
        worker.drain();
        awaitLength(QUEUE, 1);

        start(again -> Outcome.done());
        facade.awaitOutcome(job);
    }

    @Test
    void outcomesWaitForACarrierThatComesBackAndAreReportedThen() {
        Carrier away = new Carrier(transport);
        away.result = PublishResult.REFUSED;
        start(WorkerService.named("test").handles(Jobs.contract(), job -> Outcome.done()), away);
        UUID job = facade.submit("{}");
        await().atMost(Facade.BOUND).until(() -> away.tries.get() >= 2);
        assertThat(facade.outcomes(job)).isEmpty();
        assertThat(transport.length(QUEUE)).isEqualTo(1);

        away.result = PublishResult.CONFIRMED;
        facade.awaitOutcome(job);
        awaitLength(QUEUE, 0);
    }

    @Test
    void withoutTheCarrierTheWorkerIsAliveAndNotReadyAndAnnouncesNothing() throws Exception {
        Carrier away = new Carrier(transport);
        away.connected = false;
        WorkerProcess worker = start(
                WorkerService.named("test").handles(Jobs.contract(), job -> Outcome.done()), away, "admin.port", "0");
        assertThat(get(worker, "/health/alive").statusCode()).isEqualTo(200);
        HttpResponse<String> ready = get(worker, "/health/ready");
        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body()).contains("\"ready\":false").contains("not connected: cable is out");
        assertThat(facade.all(WorkerEvent.Announced.class)).isEmpty();

        away.connected = true;
        assertThat(get(worker, "/health/ready").statusCode()).isEqualTo(200);
        await().atMost(Facade.BOUND)
                .until(() -> !facade.all(WorkerEvent.Announced.class).isEmpty());
    }

    @Test
    void aHandlerThatDoesNotEndAndMayNotBeReplacedMakesTheProcessUnhealthyUntilItDoes() throws Exception {
        WorkerProcess worker = start(
                job -> {
                    begun.release();
                    boolean released = false;
                    while (!released) {
                        try {
                            released = release.await(60, TimeUnit.SECONDS);
                        } catch (InterruptedException ignored) {
                            // That is the point.
                        }
                    }
                    return Outcome.done();
                },
                "admin.port",
                "0",
                "attempts.maxAbandoned",
                "0",
                "attempts.abandonGrace",
                "PT0S");
        UUID job = facade.submit(Jobs.job(Jobs.contract(), "{}", Duration.ofMillis(1)));
        assertThat(((WorkerEvent.Failed) facade.awaitOutcome(job)).failure().code())
                .isEqualTo(AttemptRunner.TIMED_OUT);
        await().atMost(Facade.BOUND).until(() -> !worker.health().alive());
        assertThat(get(worker, "/health/alive").statusCode()).isEqualTo(503);
        release.countDown();
        await().atMost(Facade.BOUND).until(() -> worker.health().ready());
    }

    @Test
    void metricsCountJobsByTypeAndOutcome() throws Exception {
        WorkerProcess worker = start(
                job -> {
                    if (job.input().has("fail")) {
                        throw new IllegalStateException("told to");
                    }
                    return Outcome.done();
                },
                "admin.port",
                "0");
        facade.awaitOutcome(facade.submit("{}"));
        facade.awaitOutcome(facade.submit("{}"));
        facade.awaitOutcome(facade.submit("{\"fail\": true}"));
        String type = "{service=\"test\",type=\"test.work\",version=\"1\"}";
        String metrics = get(worker, "/metrics").body();
        assertThat(metrics)
                .contains("plainsail_attempts_started_total" + type + " 3.0")
                .containsPattern("plainsail_attempts_finished_total\\{.*outcome=\"succeeded\".*} 2.0")
                .containsPattern("plainsail_attempts_finished_total\\{.*outcome=\"internal\".*} 1.0")
                .contains("plainsail_attempt_run_seconds_count" + type + " 3")
                .contains("plainsail_attempt_queue_seconds_count" + type + " 3")
                .contains("plainsail_attempts_abandoned{service=\"test\"} 0.0")
                .contains("plainsail_event_backlog{service=\"test\"}")
                .contains("plainsail_next_attempt_backlog{service=\"test\"}")
                .contains("jvm_memory_used_bytes")
                .contains("jvm_threads_live_threads");
    }

    @Test
    void metricsTellHowMuchMayRunRunsAndCouldBegin() throws Exception {
        WorkerProcess worker = start(job -> untilReleased(), "admin.port", "0", "attempts.concurrency", "3");
        facade.submit("{}");
        facade.submit("{}");
        awaitBegun(2);
        assertThat(get(worker, "/metrics").body())
                .contains("plainsail_attempts_limit{service=\"test\"} 3.0")
                .contains("plainsail_attempts_running{service=\"test\"} 2.0")
                .contains("plainsail_attempts_free{service=\"test\"} 1.0");
        release.countDown();
        await().atMost(Facade.BOUND)
                .until(() -> get(worker, "/metrics").body().contains("plainsail_attempts_free{service=\"test\"} 3.0"));
    }

    @Test
    void theAdminPortKnowsItsPagesAndReadsOnly() throws Exception {
        WorkerProcess worker = start(job -> Outcome.done(), "admin.port", "0");
        assertThat(get(worker, "/").statusCode()).isEqualTo(404);
        assertThat(get(worker, "/metrics/x").statusCode()).isEqualTo(404);
        HttpRequest post = request(worker, "/metrics")
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        assertThat(HttpClient.newHttpClient()
                        .send(post, HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(405);
    }

    @Test
    void anAdminPortThatIsTakenEndsTheStartAndClosesWhatWasOpened() throws IOException {
        AtomicBoolean closed = new AtomicBoolean();
        WorkerService service = WorkerService.named("test")
                .handles(Jobs.contract(), job -> Outcome.done())
                .closes(() -> closed.set(true));
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> start(service, transport, "admin.port", Integer.toString(taken.getLocalPort())))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("admin port 127.0.0.1:" + taken.getLocalPort());
        }
        assertThat(closed).isTrue();
    }

    @Test
    void aServiceIsRefusedThatHasNoNameNoTypesOrOneTwice() {
        assertThatThrownBy(() -> WorkerService.named("Bad Name")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> start(WorkerService.named("idle"), transport))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WorkerService.named("test")
                        .handles(Jobs.contract(), job -> Outcome.done())
                        .handles(Jobs.contract(), job -> Outcome.done()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("twice");
    }

    @Test
    void releaseIsWhatIsConfigured() {
        WorkerProcess worker = start(job -> Outcome.done(), "release", " 2.1.0 ");
        assertThat(worker.identity().release()).isEqualTo("2.1.0");
    }

    private static HttpResponse<String> get(WorkerProcess worker, String path)
            throws IOException, InterruptedException {
        return HttpClient.newHttpClient().send(request(worker, path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest.Builder request(WorkerProcess worker, String path) {
        return HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + worker.adminPort().orElseThrow() + path));
    }

    /** A carrier whose health and whose answers to events a test decides; all else is the embedded one's. */
    private static final class Carrier implements Transport {
        private final Transport embedded;
        volatile PublishResult result = PublishResult.CONFIRMED;
        volatile boolean connected = true;
        final AtomicInteger tries = new AtomicInteger();

        Carrier(Transport embedded) {
            this.embedded = embedded;
        }

        @Override
        public boolean keepsMessages() {
            return false;
        }

        @Override
        public Publisher publisher(PublisherOptions options) {
            Publisher publisher = embedded.publisher(options);
            return new Publisher() {
                @Override
                public void publish(Destination destination, Message message, Consumer<PublishResult> answer) {
                    tries.incrementAndGet();
                    if (result == PublishResult.CONFIRMED) {
                        publisher.publish(destination, message, answer);
                    } else {
                        answer.accept(result);
                    }
                }

                @Override
                public boolean ready() {
                    return true;
                }

                @Override
                public void close() {
                    publisher.close();
                }
            };
        }

        @Override
        public Subscription subscribe(Destination destination, SubscriptionOptions options, DeliveryListener listener) {
            return embedded.subscribe(destination, options, listener);
        }

        @Override
        public Set<JobType> withNothingWaiting(Collection<JobType> types) {
            return embedded.withNothingWaiting(types);
        }

        @Override
        public Address address(Destination destination) {
            return embedded.address(destination);
        }

        @Override
        public TransportHealth health() {
            return new TransportHealth(connected, false, connected ? "fine" : "cable is out");
        }

        @Override
        public void close() {}
    }
}
