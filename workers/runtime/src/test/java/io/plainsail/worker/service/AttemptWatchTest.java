package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.context.Context;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.testbed.MovingClock;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobHandler;
import io.plainsail.worker.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Handlers run on real lanes and wait on latches; time passes only when a test moves it. */
@Timeout(60)
class AttemptWatchTest {
    private final MovingClock clock = MovingClock.at(Jobs.NOW);
    private final FakeNextAttempts next = new FakeNextAttempts();
    private final FakeSink sink = new FakeSink();
    private final ReadyQueue queue = new ReadyQueue(1);
    private final BlockingQueue<JobContext> begun = new LinkedBlockingQueue<>();
    private final CountDownLatch release = new CountDownLatch(1);

    private final AtomicInteger ended = new AtomicInteger();
    private AttemptRunner runner;
    private HandlerPool pool = pool("attempts.maxAbandoned", "1");
    private AttemptWatch watch = watch();

    private HandlerPool pool(String... settings) {
        WorkerConfig.Attempts bounds = Jobs.config(settings).attempts();
        ResultFiles files = new ResultFiles(
                (upload, patience) -> {
                    clock.advance(patience.plusSeconds(1));
                    return new ResultDelivery.Answer(ResultDelivery.Verdict.UNAVAILABLE, "slow");
                },
                bounds.inlineBytes(),
                rest -> {});
        AttemptGuard guard = (work, job) -> new AttemptGuard.Go(job, ended::incrementAndGet);
        runner = new AttemptRunner(Jobs.time(clock), bounds, files, guard, next, sink);
        HandlerPool made = new HandlerPool(1, bounds.maxAbandoned(), queue, runner, WorkerThreads.named("t", "lane"));
        made.start();
        return made;
    }

    private AttemptWatch watch() {
        return new AttemptWatch(pool, runner, sink, Jobs.config().attempts());
    }

    @AfterEach
    void end() {
        release.countDown();
        queue.close();
        assertThat(pool.awaitEnd(Duration.ofSeconds(30))).isTrue();
        await().atMost(Duration.ofSeconds(30)).until(() -> pool.abandoned() == 0);
    }

    /** Starts a job and returns when its handler has begun. */
    private FakeDelivery start(JobHandler handler) throws InterruptedException {
        FakeDelivery delivery = offer(handler);
        Objects.requireNonNull(begun.poll(30, TimeUnit.SECONDS), "the handler did not begin");
        return delivery;
    }

    private FakeDelivery offer(JobHandler handler) {
        JobMessage job = Jobs.job(Jobs.contract(), "{}", Duration.ofSeconds(10));
        FakeDelivery delivery = new FakeDelivery(JobMessageCodec.encode(job));
        queue.offer(
                0,
                Jobs.work(
                        Jobs.type(context -> {
                            begun.add(context);
                            return handler.handle(context);
                        }),
                        delivery));
        return delivery;
    }

    private Outcome untilReleased(JobContext job) throws InterruptedException {
        release.await();
        return Outcome.done();
    }

    private Outcome ignoringInterrupts(JobContext job) {
        boolean released = false;
        while (!released) {
            try {
                released = release.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException ignored) {
                // That is the point.
            }
        }
        return Outcome.done();
    }

    /** Past the deadline, at which it is interrupted, and past the grace after that. */
    private void awaitGivenUp() {
        clock.advance(Duration.ofSeconds(10));
        watch.look();
        clock.advance(Duration.ofSeconds(5));
        watch.look();
    }

    private static void settled(FakeDelivery delivery, String how) {
        await().atMost(Duration.ofSeconds(30)).until(() -> delivery.settled().equals(how));
    }

    @Test
    void aShortAttemptReportsItsOutcomeAlone() throws InterruptedException {
        FakeDelivery delivery = start(this::untilReleased);
        clock.advance(Duration.ofMillis(499));
        watch.look();
        release.countDown();
        settled(delivery, "acked");
        assertThat(sink.events()).hasSize(1);
    }

    @Test
    void anAttemptThatStillRunsAfterAMomentIsReportedOnce() throws InterruptedException {
        FakeDelivery delivery = start(this::untilReleased);
        clock.advance(Duration.ofMillis(500));
        watch.look();
        watch.look();
        WorkerEvent.Started started = sink.only(WorkerEvent.Started.class);
        assertThat(started.at()).isEqualTo(Jobs.NOW);
        release.countDown();
        settled(delivery, "acked");
    }

    @Test
    void anAttemptSaysThatItRunsThreeTimesInTheFacadesLease() throws InterruptedException {
        watch.leased(Duration.ofSeconds(6));
        FakeDelivery delivery = start(this::untilReleased);
        clock.advance(Duration.ofMillis(500));
        watch.look();
        clock.advance(Duration.ofMillis(1_999));
        watch.look();
        assertThat(sink.events()).hasSize(1);
        clock.advance(Duration.ofMillis(1));
        watch.look();
        assertThat(sink.events()).hasSize(2).hasOnlyElementsOfType(WorkerEvent.Started.class);

        watch.leased(Duration.ofHours(1));
        clock.advance(Duration.ofSeconds(3));
        watch.look();
        assertThat(sink.events()).as("no more often than it was configured").hasSize(2);
        release.countDown();
        settled(delivery, "acked");
    }

    @Test
    void whatFoundNoRoomIsReportedAtTheNextLook() throws InterruptedException {
        sink.full = true;
        FakeDelivery delivery = start(job -> {
            job.log("one");
            job.progress(10, "ten");
            return untilReleased(job);
        });
        clock.advance(Duration.ofSeconds(1));
        watch.look();
        assertThat(sink.events()).isEmpty();

        sink.full = false;
        awaitNews("one");
        assertThat(sink.events().get(0)).isInstanceOf(WorkerEvent.Started.class);
        release.countDown();
        settled(delivery, "acked");
    }

    /** The handler writes on its own thread: look until what it wrote is there. */
    private void awaitNews(String line) {
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            watch.look();
            return sink.log().contains(line);
        });
    }

    @Test
    void progressIsCoalescedToTheNewestTwiceASecond() throws InterruptedException {
        BlockingQueue<Integer> steps = new LinkedBlockingQueue<>();
        BlockingQueue<Integer> done = new LinkedBlockingQueue<>();
        FakeDelivery delivery = start(job -> {
            for (int step = steps.take(); step > 0; step = steps.take()) {
                job.progress(step, "step " + step);
                done.add(step);
            }
            return Outcome.done();
        });
        clock.advance(Duration.ofSeconds(1));
        step(steps, done, 1);
        step(steps, done, 2);
        watch.look();
        assertThat(percents()).containsExactly(2.0);

        step(steps, done, 3);
        watch.look();
        clock.advance(Duration.ofMillis(499));
        watch.look();
        assertThat(percents()).containsExactly(2.0);
        clock.advance(Duration.ofMillis(1));
        watch.look();
        watch.look();
        assertThat(percents()).containsExactly(2.0, 3.0);

        clock.advance(Duration.ofSeconds(1));
        step(steps, done, 250);
        watch.look();
        assertThat(percents()).containsExactly(2.0, 3.0, 100.0);
        steps.add(0);
        settled(delivery, "acked");
    }

    private static void step(BlockingQueue<Integer> steps, BlockingQueue<Integer> done, int step)
            throws InterruptedException {
        steps.add(step);
        assertThat(done.poll(30, TimeUnit.SECONDS)).isEqualTo(step);
    }

    private List<Double> percents() {
        return sink.all(WorkerEvent.Progress.class).stream()
                .map(progress -> Objects.requireNonNull(progress.percent()))
                .toList();
    }

    @Test
    void aHandlerIsInterruptedAtItsDeadlineAndTheAttemptTimesOut() throws InterruptedException {
        FakeDelivery delivery = start(job -> {
            job.log("waiting");
            return untilReleased(job);
        });
        clock.advance(Duration.ofSeconds(10).minusNanos(1));
        watch.look();
        assertThat(sink.all(WorkerEvent.Failed.class)).isEmpty();
        clock.advance(Duration.ofNanos(1));
        watch.look();
        settled(delivery, "acked");

        WorkerEvent.Failed failed = sink.only(WorkerEvent.Failed.class);
        assertThat(failed.failure().category()).isEqualTo(ErrorCategory.TIMEOUT);
        assertThat(failed.failure().code()).isEqualTo("attempt-timeout");
        assertThat(failed.startedAt()).isEqualTo(Jobs.NOW);
        assertThat(sink.log()).contains("waiting");
    }

    @Test
    void aHandlerThatReturnsHalfAResultAtItsInterruptTimesOutToo() throws InterruptedException {
        FakeDelivery delivery = start(job -> {
            try {
                return untilReleased(job);
            } catch (InterruptedException e) {
                assertThat(job.interrupted()).isTrue();
                return Outcome.done();
            }
        });
        clock.advance(Duration.ofSeconds(10));
        watch.look();
        settled(delivery, "acked");
        assertThat(sink.only(WorkerEvent.Failed.class).failure().category()).isEqualTo(ErrorCategory.TIMEOUT);
    }

    @Test
    void whatAHandlerSaysAtItsInterruptIsKeptInTheLog() throws InterruptedException {
        FakeDelivery delivery = start(job -> {
            try {
                return untilReleased(job);
            } catch (InterruptedException e) {
                throw new JobFailedException(ErrorCategory.UNAVAILABLE, "slow", "page 3 was slow");
            }
        });
        clock.advance(Duration.ofSeconds(10));
        watch.look();
        settled(delivery, "acked");
        assertThat(sink.only(WorkerEvent.Failed.class).failure().category()).isEqualTo(ErrorCategory.TIMEOUT);
        assertThat(sink.log()).anyMatch(line -> line.contains("page 3 was slow"));
    }

    @Test
    void anInterruptDoesNotReachTheNextJobOnTheThread() throws InterruptedException {
        FakeDelivery first = start(this::untilReleased);
        clock.advance(Duration.ofSeconds(10));
        watch.look();
        settled(first, "acked");
        AtomicInteger interrupts = new AtomicInteger();
        FakeDelivery second = start(job -> {
            interrupts.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
            return Outcome.done();
        });
        settled(second, "acked");
        assertThat(interrupts).hasValue(0);
    }

    @Test
    void aStepOfTheWallClockAloneEndsNoAttempt() throws InterruptedException {
        MovingClock wall = MovingClock.at(Jobs.NOW);
        WorkerTime time = new WorkerTime(wall, () -> 0);
        FakeDelivery delivery = new FakeDelivery(Jobs.message("{}"));
        Attempt attempt = new Attempt(
                Jobs.type(job -> Outcome.done()),
                Jobs.job("{}"),
                delivery,
                Thread.currentThread(),
                time,
                Jobs.config().attempts(),
                Context.root(),
                () -> {});
        wall.moveTo(Instant.parse("2036-01-01T00:00:00Z"));
        assertThat(attempt.remainingNanos()).isEqualTo(Duration.ofSeconds(60).toNanos());
    }

    @Test
    void aHandlerThatIgnoresItsInterruptIsGivenUpAndItsThreadReplaced() throws InterruptedException {
        FakeDelivery stuck = start(this::ignoringInterrupts);
        clock.advance(Duration.ofSeconds(10));
        watch.look();
        clock.advance(Duration.ofSeconds(5).minusNanos(1));
        watch.look();
        assertThat(stuck.settled()).isEmpty();
        clock.advance(Duration.ofNanos(1));
        watch.look();

        assertThat(stuck.settled()).isEqualTo("acked");
        assertThat(sink.only(WorkerEvent.Failed.class).failure().code()).isEqualTo("attempt-timeout");
        assertThat(pool.abandoned()).isEqualTo(1);
        assertThat(pool.stuck()).isZero();
        assertThat(ended).as("nothing waits for it").hasValue(1);

        FakeDelivery next = start(job -> Outcome.done());
        settled(next, "acked");
    }

    @Test
    void aHandlerHasItsGraceThoughTheProcessStoodStillAtItsDeadline() throws InterruptedException {
        FakeDelivery delivery = start(this::ignoringInterrupts);
        clock.advance(Duration.ofSeconds(60));
        watch.look();
        assertThat(pool.attempts().get(0).interrupted()).isTrue();
        clock.advance(Duration.ofSeconds(5).minusNanos(1));
        watch.look();
        assertThat(delivery.settled()).isEmpty();
        clock.advance(Duration.ofNanos(1));
        watch.look();
        assertThat(delivery.settled()).isEqualTo("acked");
    }

    @Test
    void aHandlerThatReturnsAfterItWasGivenUpChangesNothing() throws InterruptedException {
        CountDownLatch returned = new CountDownLatch(1);
        FakeDelivery stuck = start(job -> {
            Outcome late = ignoringInterrupts(job);
            job.log("too late");
            job.progress(100, "too late");
            returned.countDown();
            return late;
        });
        awaitGivenUp();
        assertThat(stuck.settled()).isEqualTo("acked");
        List<WorkerEvent> before = sink.events();

        release.countDown();
        assertThat(returned.await(30, TimeUnit.SECONDS)).isTrue();
        await().atMost(Duration.ofSeconds(30)).until(() -> pool.abandoned() == 0);
        watch.look();
        assertThat(sink.events()).isEqualTo(before);
        assertThat(pool.lanes()).hasSize(1);
    }

    @Test
    void pastTheBoundThreadsAreNotReplacedAndThePoolIsSickUntilOneReturns() throws InterruptedException {
        start(this::ignoringInterrupts);
        awaitGivenUp();
        FakeDelivery second = start(this::ignoringInterrupts);
        awaitGivenUp();

        assertThat(second.settled()).isEqualTo("acked");
        assertThat(pool.abandoned()).isEqualTo(1);
        assertThat(pool.stuck()).isEqualTo(1);
        assertThat(pool.lanes()).hasSize(1);

        release.countDown();
        await().atMost(Duration.ofSeconds(30)).until(() -> pool.stuck() == 0);
        FakeDelivery third = start(job -> Outcome.done());
        settled(third, "acked");
    }

    @Test
    void aFileThatIsStillBeingDeliveredAtTheDeadlineIsUnavailableAndNotInterrupted() throws InterruptedException {
        FakeDelivery delivery = start(job -> Outcome.done().withFile(new Outcome.Bytes("a/b", new byte[50_000])));
        settled(delivery, "acked");
        assertThat(sink.only(WorkerEvent.Failed.class).failure().category()).isEqualTo(ErrorCategory.UNAVAILABLE);
    }

    @Test
    void anAttemptThatTheDrainInterruptedIsNotReportedAsTimedOut() throws InterruptedException {
        FakeDelivery delivery = start(this::ignoringInterrupts);
        Attempt attempt = pool.attempts().get(0);
        attempt.interrupt(Attempt.Interruption.DRAIN);
        clock.advance(Duration.ofSeconds(100));
        watch.look();
        assertThat(sink.all(WorkerEvent.Failed.class)).isEmpty();
        assertThat(attempt.handBack()).isTrue();
        assertThat(attempt.conclude()).isFalse();
        assertThat(delivery.settled()).isEmpty();
    }
}
