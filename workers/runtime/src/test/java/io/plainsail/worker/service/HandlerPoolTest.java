package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.plainsail.testbed.MovingClock;
import io.plainsail.worker.Outcome;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HandlerPoolTest {
    private static final Duration BOUND = Duration.ofSeconds(30);

    private final ReadyQueue queue = new ReadyQueue(1);
    private final FakeNextAttempts next = new FakeNextAttempts();
    private final FakeSink sink = new FakeSink();
    private final AtomicBoolean noMoreThreads = new AtomicBoolean();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);

    private HandlerPool pool() {
        WorkerConfig.Attempts bounds = Jobs.config().attempts();
        ResultFiles files = new ResultFiles(
                (upload, patience) -> new ResultDelivery.Answer(ResultDelivery.Verdict.TAKEN, ""), 0, rest -> {});
        AttemptRunner runner =
                new AttemptRunner(Jobs.time(MovingClock.at(Jobs.NOW)), bounds, files, AttemptGuard.off(), next, sink);
        ThreadFactory working = WorkerThreads.named("t", "lane");
        HandlerPool pool = new HandlerPool(1, 5, queue, runner, body -> {
            if (noMoreThreads.get()) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            return working.newThread(body);
        });
        pool.start();
        return pool;
    }

    private FakeDelivery offer() {
        FakeDelivery delivery = new FakeDelivery(Jobs.message("{}"));
        queue.offer(
                0,
                Jobs.work(
                        Jobs.type(job -> {
                            begun.countDown();
                            release.await();
                            return Outcome.done();
                        }),
                        delivery));
        return delivery;
    }

    @Test
    void aLaneThatCannotBeReplacedStaysAndWorksOnWhenItsHandlerReturns() throws InterruptedException {
        HandlerPool pool = pool();
        FakeDelivery first = offer();
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        noMoreThreads.set(true);
        HandlerPool.Lane lane = pool.lanes().get(0);
        pool.abandon(lane, pool.attempts().get(0));
        assertThat(pool.stuck()).isEqualTo(1);
        assertThat(pool.abandoned()).isZero();
        assertThat(pool.lanes()).containsExactly(lane);

        release.countDown();
        await().atMost(BOUND).until(() -> first.settled().equals("acked") && pool.stuck() == 0);
        FakeDelivery second = offer();
        await().atMost(BOUND).until(() -> second.settled().equals("acked"));
        queue.close();
        assertThat(pool.awaitEnd(BOUND)).isTrue();
    }

    @Test
    void aLaneThatEndedTheAttemptMeanwhileIsNotGivenUp() throws InterruptedException {
        HandlerPool pool = pool();
        FakeDelivery first = offer();
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        HandlerPool.Lane lane = pool.lanes().get(0);
        Attempt ended = pool.attempts().get(0);
        release.countDown();
        await().atMost(BOUND).until(() -> first.settled().equals("acked") && pool.running() == 0);

        pool.abandon(lane, ended);
        assertThat(pool.abandoned()).isZero();
        assertThat(pool.lanes()).containsExactly(lane);
        queue.close();
        assertThat(pool.awaitEnd(BOUND)).isTrue();
    }

    @Test
    void waitingForTheEndIsBounded() throws InterruptedException {
        HandlerPool pool = pool();
        offer();
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        queue.close();
        assertThat(pool.awaitEnd(Duration.ofMillis(1))).isFalse();
        release.countDown();
        assertThat(pool.awaitEnd(BOUND)).isTrue();
    }
}
