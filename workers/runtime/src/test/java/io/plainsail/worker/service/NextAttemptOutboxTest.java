package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Delay;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.testbed.MovingClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NextAttemptOutboxTest {
    private final MovingClock clock = MovingClock.at(Jobs.NOW);
    private final Script publisher = new Script();
    private final NextAttemptOutbox outbox = new NextAttemptOutbox(publisher, Jobs.time(clock));
    private final AtomicInteger confirmed = new AtomicInteger();

    /** Gives the results it is told to, one after the other, then CONFIRMED. */
    private static final class Script implements Publisher {
        private final Queue<PublishResult> results = new ArrayDeque<>();
        private final List<Destination> destinations = new ArrayList<>();
        private final List<JobMessage> sent = new ArrayList<>();
        private boolean throwing;

        @Override
        public void publish(Destination destination, Message message, Consumer<PublishResult> result) {
            if (throwing) {
                throwing = false;
                throw new IllegalStateException("the transport is broken");
            }
            destinations.add(destination);
            sent.add(JobMessageCodec.decode(message));
            result.accept(results.isEmpty() ? PublishResult.CONFIRMED : results.remove());
        }

        @Override
        public boolean ready() {
            return true;
        }

        @Override
        public void close() {}
    }

    private static JobMessage beginning(Instant when) {
        return Jobs.job("{}").next(when, true);
    }

    private void sendUntilConfirmed() throws InterruptedException {
        while (outbox.backlog() > 0) {
            outbox.sendNext();
        }
    }

    @ParameterizedTest
    @CsvSource({"PT1H30M, S3600", "PT99S, S30", "PT1S, S1", "PT0.9S, S1", "PT0.2S, S1"})
    void restIsSpentInTheLongestStepThatFits(Duration rest, Delay step) throws Exception {
        JobMessage job = beginning(Jobs.NOW.plus(rest));
        outbox.send(job, confirmed::incrementAndGet);
        sendUntilConfirmed();

        assertThat(publisher.destinations).containsExactly(Destination.delayed(job.jobType(), step));
        assertThat(publisher.sent.get(0).notBefore()).isEqualTo(job.notBefore());
        assertThat(confirmed).hasValue(1);
    }

    /** The broker would refuse a worker that writes to where new jobs go, for as long as it tries. */
    @Test
    void aRestThatIsOverMeanwhileIsTheShortestDelay() throws Exception {
        for (Instant due : List.of(Jobs.NOW.minusSeconds(1), Jobs.NOW, Jobs.NOW.plusMillis(50))) {
            outbox.send(beginning(due), confirmed::incrementAndGet);
        }
        sendUntilConfirmed();

        assertThat(publisher.destinations)
                .hasSize(3)
                .containsOnly(Destination.delayed(Jobs.contract().jobType(), Delay.S1));
    }

    @Test
    void messageIsSentUntilItIsConfirmedAndMarkedOnceThatIsUnknown() throws Exception {
        publisher.throwing = true;
        publisher.results.addAll(List.of(PublishResult.REFUSED, PublishResult.UNKNOWN, PublishResult.UNROUTABLE));
        outbox.send(beginning(Jobs.NOW), confirmed::incrementAndGet);
        assertThat(outbox.backlog()).isEqualTo(1);
        sendUntilConfirmed();

        assertThat(publisher.sent).extracting(JobMessage::maybeDuplicate).containsExactly(false, false, true, true);
        assertThat(publisher.sent).extracting(JobMessage::attempt).containsOnly(2);
        assertThat(confirmed).hasValue(1);
        assertThat(outbox.awaitConfirmed(Duration.ZERO)).isTrue();
    }

    @Test
    void whoeverFailsToHearTheConfirmDoesNotHoldUpTheNext() throws Exception {
        outbox.send(beginning(Jobs.NOW), () -> {
            throw new IllegalStateException("deaf");
        });
        outbox.send(beginning(Jobs.NOW), confirmed::incrementAndGet);
        sendUntilConfirmed();

        assertThat(confirmed).hasValue(1);
    }

    @Test
    void waitingForConfirmsIsBounded() {
        outbox.send(beginning(Jobs.NOW), confirmed::incrementAndGet);

        assertThat(outbox.awaitConfirmed(Duration.ofMillis(10))).isFalse();
        assertThat(confirmed).hasValue(0);
    }
}
