package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.wire.Message;
import io.plainsail.worker.Outcome;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ReadyQueueTest {
    private final HandledType slow = Jobs.type(Jobs.contract("test.slow", 1), job -> Outcome.done());
    private final HandledType quick = Jobs.type(Jobs.contract("test.quick", 1), job -> Outcome.done());

    @Test
    void aTypeWithManyMessagesDoesNotKeepOthersWaiting() {
        ReadyQueue queue = new ReadyQueue(2);
        for (int i = 0; i < 100; i++) {
            queue.offer(0, work(slow));
        }
        queue.offer(1, work(quick));

        assertThat(taken(queue).type()).isSameAs(slow);
        assertThat(taken(queue).type()).isSameAs(quick);
        assertThat(taken(queue).type()).isSameAs(slow);
        assertThat(taken(queue).type()).isSameAs(slow);
        assertThat(queue.size()).isEqualTo(97);
    }

    @Test
    void aTypeKeepsTheOrderOfItsMessages() {
        ReadyQueue queue = new ReadyQueue(1);
        ReadyQueue.Work first = work(slow);
        ReadyQueue.Work second = work(slow);
        queue.offer(0, first);
        queue.offer(0, second);
        assertThat(taken(queue)).isSameAs(first);
        assertThat(taken(queue)).isSameAs(second);
    }

    @Test
    void aMessageThatComesAgainTakesThePlaceOfItsLostDelivery() {
        ReadyQueue queue = new ReadyQueue(1);
        Message message = Jobs.message("{}");
        FakeDelivery lost = new FakeDelivery(message);
        FakeDelivery again = new FakeDelivery(message, true);
        ReadyQueue.Work before = work(slow);
        ReadyQueue.Work behind = work(slow);
        queue.offer(0, before);
        queue.offer(0, Jobs.work(slow, lost));
        queue.offer(0, behind);
        for (int reconnects = 0; reconnects < 100; reconnects++) {
            queue.offer(0, Jobs.work(slow, again));
        }

        assertThat(queue.size()).isEqualTo(3);
        assertThat(taken(queue)).isSameAs(before);
        assertThat(taken(queue).delivery()).isSameAs(again);
        assertThat(taken(queue)).isSameAs(behind);
    }

    @Test
    void aMessageThatComesAgainFromElsewhereWaitsLikeAnyOther() {
        ReadyQueue queue = new ReadyQueue(1);
        queue.offer(0, work(slow));
        queue.offer(0, Jobs.work(slow, new FakeDelivery(Jobs.message("{}"), true)));
        assertThat(queue.size()).isEqualTo(2);
    }

    @Test
    void closingGivesOutWhatIsLeftAndRefusesMore() {
        ReadyQueue queue = new ReadyQueue(2);
        ReadyQueue.Work left = work(quick);
        queue.offer(1, left);
        assertThat(queue.close()).containsExactly(left);
        assertThat(queue.offer(0, work(slow))).isFalse();
        assertThat(queue.take()).isNull();
        assertThat(queue.close()).isEmpty();
    }

    @Test
    void closingEndsThoseWhoWaitAndAnInterruptDoesNot() throws InterruptedException {
        ReadyQueue queue = new ReadyQueue(1);
        CountDownLatch ended = new CountDownLatch(1);
        Thread taker = new Thread(() -> {
            queue.take();
            ended.countDown();
        });
        taker.start();
        taker.interrupt();
        queue.offer(0, work(slow));
        assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();

        Thread waiting = new Thread(queue::take);
        waiting.start();
        waiting.interrupt();
        queue.close();
        waiting.join(20_000);
        assertThat(waiting.isAlive()).isFalse();
    }

    private static ReadyQueue.Work work(HandledType type) {
        return Jobs.work(type, new FakeDelivery(Jobs.message("{}")));
    }

    private static ReadyQueue.Work taken(ReadyQueue queue) {
        return Objects.requireNonNull(queue.take());
    }
}
