package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.POJONode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.PublishResult;
import io.plainsail.testbed.MovingClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EventOutboxTest {
    private final MovingClock clock = MovingClock.at(Jobs.NOW);
    private final FakePublisher publisher = new FakePublisher();
    private final List<String> acked = new ArrayList<>();

    private EventOutbox outbox(String... settings) {
        return new EventOutbox(
                new Worker("test", "test-1", "host", "dev"),
                Jobs.config(settings).events(),
                publisher,
                Jobs.time(clock));
    }

    @Test
    void deliveryIsAckedOnlyAfterConfirm() {
        EventOutbox outbox = outbox();
        outbox.outcome(List.of(), succeeded("{}"), () -> acked.add("a"));
        outbox.flush();

        assertThat(publisher.sent()).hasSize(1);
        assertThat(acked).isEmpty();
        assertThat(outbox.backlog()).isEqualTo(1);

        publisher.answer(PublishResult.CONFIRMED);
        assertThat(acked).containsExactly("a");
        assertThat(outbox.backlog()).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = PublishResult.class,
            names = {"UNKNOWN", "REFUSED", "UNROUTABLE"})
    void outcomeIsPublishedAgainUntilItIsConfirmed(PublishResult answer) {
        EventOutbox outbox = outbox();
        outbox.outcome(List.of(), succeeded("{}"), () -> acked.add("a"));
        outbox.flush();
        publisher.answer(answer);
        outbox.flush();
        assertThat(publisher.sent()).as("the carrier is given a rest").hasSize(1);

        for (int times = 2; times < 20; times++) {
            clock.advance(Duration.ofNanos(EventOutbox.LONGEST_REST_NANOS));
            outbox.flush();
            assertThat(publisher.sent()).hasSize(times);
            publisher.answer(answer);
        }
        assertThat(acked).isEmpty();

        clock.advance(Duration.ofNanos(EventOutbox.LONGEST_REST_NANOS));
        outbox.flush();
        publisher.answer(PublishResult.CONFIRMED);
        assertThat(acked).containsExactly("a");
        assertThat(publisher.batches())
                .allMatch(batch -> batch.equals(publisher.batches().get(0))
                        || batch.events().size() == 1);
    }

    @Test
    void restBetweenTriesGrowsAndEndsWithAConfirm() {
        EventOutbox outbox = outbox();
        publisher.answerAtOnce(PublishResult.REFUSED);
        outbox.outcome(List.of(), succeeded("{}"), () -> acked.add("a"));
        outbox.flush();
        clock.advance(Duration.ofMillis(100));
        outbox.flush();
        clock.advance(Duration.ofMillis(100));
        outbox.flush();
        assertThat(publisher.sent()).as("the second rest is 200 ms").hasSize(2);

        clock.advance(Duration.ofMillis(100));
        publisher.answerAtOnce(PublishResult.CONFIRMED);
        outbox.flush();
        outbox.outcome(List.of(), succeeded("{}"), () -> acked.add("b"));
        outbox.flush();
        assertThat(acked).containsExactly("a", "b");
    }

    @Test
    void eventsThatComeWhileTheCarrierRestsShareOneMessage() {
        EventOutbox outbox = outbox();
        publisher.answerAtOnce(PublishResult.REFUSED);
        outbox.outcome(List.of(), succeeded("{}"), () -> acked.add("a"));
        outbox.flush();
        for (int i = 0; i < 100; i++) {
            outbox.outcome(List.of(), succeeded("{}"), () -> acked.add("later"));
            outbox.flush();
        }
        assertThat(publisher.sent()).hasSize(1);

        publisher.answerAtOnce(PublishResult.CONFIRMED);
        clock.advance(Duration.ofSeconds(5));
        outbox.flush();
        assertThat(publisher.batches())
                .extracting(batch -> batch.events().size())
                .containsExactly(1, 1, 100);
        assertThat(acked).hasSize(101);
    }

    @Test
    void aPublisherThatThrowsLosesNothing() {
        EventOutbox outbox = outbox();
        publisher.failWith(new IllegalStateException("closed"));
        outbox.outcome(List.of(), succeeded("{}"), () -> acked.add("a"));
        outbox.flush();
        assertThat(outbox.backlog()).isEqualTo(1);

        publisher.failWith(null);
        publisher.answerAtOnce(PublishResult.CONFIRMED);
        clock.advance(Duration.ofSeconds(5));
        outbox.flush();
        assertThat(acked).containsExactly("a");
    }

    @Test
    void aBatchEndsAtTheBoundOfEventsAndOfBytes() {
        EventOutbox outbox = outbox("events.flushEvents", "10", "events.flushBytes", "2048");
        for (int i = 0; i < 25; i++) {
            outbox.offer(List.of(started()));
        }
        outbox.flush();
        assertThat(publisher.batches())
                .extracting(batch -> batch.events().size())
                .allMatch(size -> size <= 10);

        publisher.sent().clear();
        outbox.outcome(List.of(), succeeded(json(5_000)), () -> {});
        outbox.outcome(List.of(), succeeded(json(5_000)), () -> {});
        outbox.flush();
        assertThat(publisher.batches())
                .extracting(batch -> batch.events().size())
                .containsExactly(1, 1);
    }

    @Test
    void aBatchThatTurnsOutTooLargeIsSplit() {
        EventOutbox outbox = outbox("events.flushEvents", "10000", "events.flushBytes", "1048576");
        publisher.answerAtOnce(PublishResult.CONFIRMED);
        // Control characters take six bytes each when they are written: far more than the estimate.
        String line = "\u0001".repeat(4_000);
        for (int i = 0; i < 400; i++) {
            outbox.offer(List.of(new WorkerEvent.LogLine(UUID.randomUUID(), 1, Jobs.NOW, i, line)));
        }
        outbox.outcome(List.of(), succeeded("{}"), () -> acked.add("a"));
        outbox.flush();

        assertThat(publisher.sent())
                .hasSizeGreaterThan(1)
                .allMatch(message -> message.body().length <= EventOutbox.MAX_MESSAGE_BYTES);
        assertThat(events()).hasSize(401);
        assertThat(acked).containsExactly("a");
        assertThat(outbox.backlog()).isZero();
    }

    @Test
    void aPoisonedOutcomeBecomesAFailureAndItsNeighboursPass() {
        EventOutbox outbox = outbox();
        publisher.answerAtOnce(PublishResult.CONFIRMED);
        WorkerEvent.Succeeded poison = withoutStart();
        outbox.outcome(List.of(), succeeded("{}"), () -> acked.add("before"));
        outbox.outcome(List.of(), poison, () -> acked.add("poison"));
        outbox.outcome(List.of(), succeeded("{}"), () -> acked.add("after"));
        outbox.flush();

        assertThat(acked).containsExactly("before", "poison", "after");
        assertThat(events()).hasSize(3);
        WorkerEvent.Failed failed = (WorkerEvent.Failed) events().get(1);
        assertThat(failed.jobId()).isEqualTo(poison.jobId());
        assertThat(failed.failure().category()).isEqualTo(ErrorCategory.INTERNAL);
        assertThat(failed.failure().code()).isEqualTo("output-encoding");
    }

    @Test
    void aPoisonedSpareEventIsDroppedAndCounted() {
        EventOutbox outbox = outbox();
        publisher.answerAtOnce(PublishResult.CONFIRMED);
        WorkerEvent poison = new WorkerEvent.Announced(Jobs.NOW, List.of(new POJONode(new Object())));
        outbox.offer(List.of(poison));
        outbox.outcome(List.of(), succeeded("{}"), () -> acked.add("a"));
        outbox.flush();

        assertThat(events()).hasSize(1);
        assertThat(acked).containsExactly("a");
        assertThat(outbox.dropped()).isEqualTo(1);
        assertThat(outbox.backlog()).isZero();
    }

    @Test
    void nulAndLoneSurrogatesDoNotBreakTheBatch() {
        EventOutbox outbox = outbox();
        String odd = "a\u0000b\ud800c";
        UUID job = UUID.randomUUID();
        outbox.outcome(
                List.of(
                        new WorkerEvent.LogLine(job, 1, Jobs.NOW, 0, odd),
                        new WorkerEvent.Progress(job, 1, Jobs.NOW, 5.0, odd)),
                new WorkerEvent.Failed(job, 1, Jobs.NOW, Jobs.NOW, Failure.of(ErrorCategory.INTERNAL, odd, odd)),
                () -> {});
        outbox.flush();

        assertThat(events()).hasSize(3);
        WorkerEvent.Failed failed = (WorkerEvent.Failed) events().get(2);
        assertThat(failed.failure().message()).isEqualTo("a\ufffdb\ufffdc");
        assertThat(failed.failure().code()).isEqualTo("a\ufffdb\ufffdc");
        assertThat(((WorkerEvent.LogLine) events().get(0)).line()).isEqualTo("a\ufffdb\ufffdc");
    }

    @Test
    void spareEventsAreBoundedAndOutcomesAreNot() {
        EventOutbox outbox = outbox("events.maxSpareEvents", "100");
        publisher.answerAtOnce(PublishResult.REFUSED);
        for (int i = 0; i < 100; i++) {
            assertThat(outbox.offer(List.of(started()))).isTrue();
        }
        assertThat(outbox.offer(List.of(started()))).isFalse();
        outbox.flush();
        assertThat(outbox.offer(List.of(started())))
                .as("what was sent and is not confirmed counts")
                .isFalse();

        for (int i = 0; i < 1_000; i++) {
            outbox.outcome(List.of(started(), started()), succeeded("{}"), () -> acked.add("a"));
        }
        assertThat(outbox.dropped()).isEqualTo(2_000);
        assertThat(outbox.backlog()).isEqualTo(1_100);

        publisher.answerAtOnce(PublishResult.CONFIRMED);
        clock.advance(Duration.ofSeconds(5));
        outbox.flush();
        assertThat(acked).hasSize(1_000);
        assertThat(outbox.backlog()).isZero();
        assertThat(outbox.offer(List.of(started()))).as("there is room again").isTrue();
    }

    @Test
    void spareEventsAreBoundedInBytes() {
        EventOutbox outbox = outbox("events.maxSpareBytes", "65536");
        WorkerEvent large = new WorkerEvent.LogLine(UUID.randomUUID(), 1, Jobs.NOW, 0, "x".repeat(4_000));
        assertThat(outbox.offer(Collections.nCopies(14, large))).isTrue();
        assertThat(outbox.offer(Collections.nCopies(14, large))).isFalse();
        assertThat(outbox.offer(List.of(large))).isTrue();
    }

    @Test
    void eventsKeepTheirOrder() {
        EventOutbox outbox = outbox();
        WorkerEvent.LogLine line = new WorkerEvent.LogLine(UUID.randomUUID(), 1, Jobs.NOW, 0, "first");
        outbox.outcome(List.of(line), succeeded("{}"), () -> {});
        outbox.flush();
        assertThat(events().get(0)).isEqualTo(line);
        assertThat(events().get(1)).isInstanceOf(WorkerEvent.Succeeded.class);
    }

    @Test
    void oneAckThatThrowsDoesNotKeepTheOthersFromTheirs() {
        EventOutbox outbox = outbox();
        publisher.answerAtOnce(PublishResult.CONFIRMED);
        outbox.outcome(List.of(), succeeded("{}"), () -> {
            throw new IllegalStateException("gone");
        });
        outbox.outcome(List.of(), succeeded("{}"), () -> acked.add("b"));
        outbox.flush();
        assertThat(acked).containsExactly("b");
        assertThat(outbox.backlog()).isZero();
    }

    @Test
    void waitingForConfirmsIsBounded() {
        EventOutbox outbox = outbox();
        assertThat(outbox.awaitConfirmed(Duration.ZERO)).isTrue();
        outbox.outcome(List.of(), succeeded("{}"), () -> {});
        assertThat(outbox.awaitConfirmed(Duration.ofMillis(1))).isFalse();
    }

    @Test
    void theLoopsBodySendsWhatIsDue() throws InterruptedException {
        EventOutbox outbox = outbox("events.flushInterval", "PT0S");
        outbox.outcome(List.of(), succeeded("{}"), () -> {});
        outbox.flushWhenDue();
        assertThat(publisher.sent()).hasSize(1);
    }

    private List<WorkerEvent> events() {
        return publisher.batches().stream()
                .map(EventBatch::events)
                .flatMap(List::stream)
                .toList();
    }

    private static WorkerEvent.Started started() {
        return new WorkerEvent.Started(UUID.randomUUID(), 1, Jobs.NOW);
    }

    private static WorkerEvent.Succeeded succeeded(String output) {
        return new WorkerEvent.Succeeded(
                UUID.randomUUID(), 1, Jobs.NOW, Jobs.NOW, output.getBytes(StandardCharsets.UTF_8), null);
    }

    /** An outcome that no codec can write. */
    @SuppressWarnings("NullAway")
    private static WorkerEvent.Succeeded withoutStart() {
        return new WorkerEvent.Succeeded(UUID.randomUUID(), 1, null, Jobs.NOW, new byte[] {'{', '}'}, null);
    }

    private static String json(int length) {
        return "{\"text\":\"" + "x".repeat(length) + "\"}";
    }
}
