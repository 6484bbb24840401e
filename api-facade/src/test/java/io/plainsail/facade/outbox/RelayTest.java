package io.plainsail.facade.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.Message;
import io.plainsail.facade.HandPublisher;
import io.plainsail.facade.accept.GroupCommit;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.Lease;
import io.plainsail.facade.job.MemoryBudget;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.job.OverloadedException;
import io.plainsail.facade.job.TypeCounts;
import io.plainsail.facade.results.JobTokens;
import io.plainsail.facade.store.Database;
import io.plainsail.facade.store.JdbiJobStore;
import io.plainsail.facade.store.StoreConfig;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.trace.MessageSpans;
import io.plainsail.testbed.MovingClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Relay and accept path on a real store, the transport's answers in the test's hands. */
class RelayTest {
    @TempDir
    Path directory;

    private final MovingClock clock = MovingClock.at(Instant.parse("2026-11-22T10:00:00Z"));
    private final HandPublisher publisher = new HandPublisher();
    private Database database;
    private JdbiJobStore store;
    private Relay relay;
    private GroupCommit accept;

    @BeforeEach
    void open() {
        database = Database.open(StoreConfig.of("jdbc:h2:file:" + directory.resolve("jobs")));
        store = new JdbiJobStore(database, new Lease(clock, Duration.ofSeconds(30)));
        restart();
    }

    /** What a new process on the same store starts with. */
    private void restart() {
        relay = new Relay("relay-1", store, publisher, new JobTokens(new byte[32]), clock, 10, MessageSpans.off());
        accept = new GroupCommit(store, relay);
        relay.recover();
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void acceptedJobIsPublishedFromMemoryAndLeavesTheOutboxOnlyAfterItsConfirm() throws Exception {
        NewJob job = accept(1).get(0);
        relay.publishNext(0);

        assertThat(publisher.published()).extracting(JobMessage::jobId).containsExactly(job.id());
        assertThat(publisher.published().get(0).maybeDuplicate()).isFalse();
        assertThat(relay.settleNext()).isZero();
        assertThat(store.outboxSize()).isEqualTo(1);

        publisher.answerAll(PublishResult.CONFIRMED);
        assertThat(relay.settleNext()).isEqualTo(1);
        assertThat(store.outboxSize()).isZero();
        assertThat(relay.outstanding()).isZero();
    }

    @Test
    void jobForOneReleaseIsPublishedSoThatNobodyRunsItUnasked() throws Exception {
        NewJob job = accept(job().toBuilder().onRelease("2.0").build());
        relay.publishNext(0);
        accept(1);
        relay.publishNext(0);
        restart();
        relay.claimNext();
        relay.publishNext(0);
        assertThat(publisher.published())
                .extracting(JobMessage::unheardClaims)
                .containsExactly(List.of(job.id()), List.of(), List.of(job.id()));
    }

    @Test
    void inputsInMemoryAreBoundedAndTheOthersWaitInTheOutbox() throws Exception {
        MemoryBudget inputs = MemoryBudget.ofBytes(100);
        relay = new Relay(
                "relay-1", store, publisher, new JobTokens(new byte[32]), clock, 10, inputs, MessageSpans.off());
        accept = new GroupCommit(store, relay);
        NewJob large = accept(job(90));
        NewJob next = accept(job(60));
        NewJob last = accept(job(60));
        assertThat(inputs.held()).isEqualTo(90);
        relay.publishNext(0);
        relay.publishNext(0);
        assertThat(publisher.published()).extracting(JobMessage::jobId).containsExactly(large.id());

        publisher.answerAll(PublishResult.CONFIRMED);
        assertThat(relay.settleNext()).isEqualTo(1);
        assertThat(inputs.held()).isZero();
        assertThat(relay.claimNext()).isEqualTo(1);
        assertThat(inputs.held()).isEqualTo(60);
        assertThat(relay.claimNext()).isEqualTo(1);
        assertThat(relay.claimNext()).isZero();
        relay.publishNext(0);
        relay.publishNext(0);
        publisher.answerAll(PublishResult.CONFIRMED);
        relay.settleNext();
        assertThat(publisher.published())
                .extracting(JobMessage::jobId)
                .containsExactly(large.id(), next.id(), last.id());
        assertThat(store.outboxSize()).isZero();
        assertThat(inputs.held()).isZero();
    }

    @Test
    void dispatchThatCannotBePublishedLeavesMemoryAndIsClaimedWhenItsClaimLapses() {
        MemoryBudget inputs = MemoryBudget.ofBytes(100);
        Publisher broken = new HandPublisher() {
            @Override
            public void publish(Destination destination, Message message, Consumer<PublishResult> result) {
                throw new IllegalStateException("thrown by the test");
            }
        };
        relay = new Relay("relay-1", store, broken, new JobTokens(new byte[32]), clock, 10, inputs, MessageSpans.off());
        accept = new GroupCommit(store, relay);
        accept(job(90));
        assertThatThrownBy(() -> relay.publishNext(0)).hasMessage("thrown by the test");
        assertThat(inputs.held()).isZero();
        assertThat(store.outboxSize()).isEqualTo(1);

        clock.advance(Duration.ofSeconds(60));
        assertThat(relay.claimNext()).isEqualTo(1);
    }

    @Test
    void unknownAnswerIsPublishedAgainAsPossibleDuplicate() throws Exception {
        NewJob job = accept(1).get(0);
        relay.publishNext(0);
        publisher.answerAll(PublishResult.UNKNOWN);
        relay.settleNext();

        assertThat(relay.claimNext()).isEqualTo(1);
        relay.publishNext(0);
        assertThat(publisher.published()).extracting(JobMessage::jobId).containsExactly(job.id(), job.id());
        assertThat(publisher.published()).extracting(JobMessage::maybeDuplicate).containsExactly(false, true);
    }

    @Test
    void refusedJobIsPublishedAgainUnmarked() throws Exception {
        accept(1);
        relay.publishNext(0);
        publisher.answerAll(PublishResult.REFUSED);
        relay.settleNext();

        relay.claimNext();
        relay.publishNext(0);
        assertThat(publisher.published()).extracting(JobMessage::maybeDuplicate).containsExactly(false, false);
    }

    @Test
    void unroutableJobWaitsAndIsQueuedAgainWhenItIsTaken() throws Exception {
        NewJob job = accept(1).get(0);
        relay.publishNext(0);
        publisher.answerAll(PublishResult.UNROUTABLE);
        relay.settleNext();
        assertThat(store.find(job.id()).orElseThrow().state()).isEqualTo(JobState.WAITING);
        assertThat(relay.claimNext()).isZero();

        clock.advance(Duration.ofSeconds(6));
        assertThat(relay.claimNext()).isEqualTo(1);
        relay.publishNext(0);
        publisher.answerAll(PublishResult.CONFIRMED);
        relay.settleNext();
        assertThat(store.find(job.id()).orElseThrow().state()).isEqualTo(JobState.QUEUED);
        assertThat(store.outboxSize()).isZero();
    }

    @Test
    void jobAcceptedWhileTheTransportIsAwayIsClaimedWhenItIsBack() throws Exception {
        publisher.ready(false);
        accept(1);
        assertThat(relay.claimNext()).isZero();
        relay.publishNext(0);
        assertThat(publisher.published()).isEmpty();

        publisher.ready(true);
        assertThat(relay.claimNext()).isEqualTo(1);
        relay.publishNext(0);
        assertThat(publisher.published()).hasSize(1);
    }

    @Test
    void processThatDiedBeforePublishingLeavesNothingBehind() throws Exception {
        accept(3);
        restart();

        assertThat(relay.claimNext()).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            relay.publishNext(0);
        }
        assertThat(publisher.published()).hasSize(3).allMatch(JobMessage::maybeDuplicate);
    }

    @Test
    void processThatDiedBetweenConfirmAndDeletePublishesAgainMarked() throws Exception {
        accept(1);
        relay.publishNext(0);
        publisher.answerAll(PublishResult.CONFIRMED);
        restart();

        relay.claimNext();
        relay.publishNext(0);
        assertThat(publisher.published()).extracting(JobMessage::maybeDuplicate).containsExactly(false, true);
    }

    @Test
    void dispatchThatLayTooLongIsHandedBackInsteadOfPublished() throws Exception {
        accept(1);
        clock.advance(Relay.CLAIM_FOR.minus(Relay.PUBLISH_MARGIN).plusSeconds(1));
        relay.publishNext(0);
        assertThat(publisher.published()).isEmpty();

        relay.settleNext();
        assertThat(relay.claimNext()).isEqualTo(1);
        relay.publishNext(0);
        assertThat(publisher.published()).hasSize(1);
    }

    @Test
    void whatIsAcceptedAndWhatBecomesOfItIsCountedByType() throws Exception {
        accept(3);
        for (PublishResult result : List.of(PublishResult.UNKNOWN, PublishResult.REFUSED, PublishResult.UNROUTABLE)) {
            relay.publishNext(0);
            publisher.answerAll(result);
            relay.settleNext();
        }
        clock.advance(Duration.ofSeconds(6));
        assertThat(relay.claimNext()).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            relay.publishNext(0);
        }
        publisher.answerAll(PublishResult.CONFIRMED);
        relay.settleNext();
        TypeCounts.Key echo = new TypeCounts.Key("test.echo", "1");
        assertThat(relay.accepted().counts().get(echo).sum()).isEqualTo(3);
        assertThat(PublishResult.values()).allSatisfy(result -> assertThat(
                        relay.released(result).counts().get(echo).sum())
                .as(result.name())
                .isEqualTo(result == PublishResult.CONFIRMED ? 3 : 1));
    }

    @Test
    void theLagIsThatOfTheOldestRowAndNotKnownOnceNobodyLooks() throws Exception {
        assertThat(relay.lag()).contains(Duration.ZERO);
        publisher.ready(false);
        accept(1);
        clock.advance(Duration.ofSeconds(7));
        accept(1);
        relay.countOutbox();
        assertThat(relay.lag()).contains(Duration.ofSeconds(7));
        clock.advance(Duration.ofSeconds(20));
        relay.countOutbox();
        assertThat(relay.lag()).contains(Duration.ofSeconds(27));

        publisher.ready(true);
        relay.claimNext();
        relay.publishNext(0);
        publisher.answerAll(PublishResult.CONFIRMED);
        relay.settleNext();
        relay.countOutbox();
        assertThat(relay.lag()).contains(Duration.ofSeconds(20));

        // Put off: nobody could have sent it.
        relay.publishNext(0);
        publisher.answerAll(PublishResult.UNROUTABLE);
        relay.settleNext();
        relay.countOutbox();
        assertThat(relay.lag()).contains(Duration.ZERO);
        clock.advance(Relay.SEEN_FOR.plusMillis(1));
        assertThat(relay.lag()).isEmpty();
    }

    @Test
    void fullOutboxRefusesAndSaysItsBound() {
        publisher.ready(false);
        accept(10);

        assertThatThrownBy(() -> accept.accept(List.of(job())))
                .isInstanceOf(OverloadedException.class)
                .hasMessageContaining("its bound is 10");
        assertThat(store.outboxSize()).isEqualTo(10);
    }

    @Test
    void answersThatTheStoreCannotTakeNowAreKept() throws Exception {
        accept(1);
        relay.publishNext(0);
        publisher.answerAll(PublishResult.CONFIRMED);
        database.close();
        assertThatThrownBy(() -> relay.settleNext()).isInstanceOf(RuntimeException.class);
        assertThat(relay.isIdle()).isFalse();
    }

    @Test
    void manyRequestsAreCommittedTogetherAndEachIsAnswered() throws Exception {
        List<CompletableFuture<Void>> requests = IntStream.range(0, 5)
                .mapToObj(number -> CompletableFuture.runAsync(() -> accept.accept(List.of(job()))))
                .toList();
        long end = System.nanoTime() + 20_000_000_000L;
        while (!requests.stream().allMatch(CompletableFuture::isDone) && System.nanoTime() < end) {
            accept.commitNext(10);
        }

        assertThat(requests).allMatch(CompletableFuture::isDone).noneMatch(CompletableFuture::isCompletedExceptionally);
        assertThat(store.outboxSize()).isEqualTo(5);
    }

    @Test
    void requestThatTheStoreRefusesDoesNotHarmItsNeighbours() throws Exception {
        NewJob first = job();
        NewJob sameId = first.toBuilder().build();
        List<CompletableFuture<Void>> requests = java.util.stream.Stream.of(first, sameId, job())
                .map(job -> CompletableFuture.runAsync(() -> accept.accept(List.of(job))))
                .toList();
        while (accept.waitingRequests() < 3) {
            Thread.onSpinWait();
        }
        accept.commitNext(0);

        // Each is answered now; its own thread has yet to see it.
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(requests)
                .allSatisfy(request -> assertThat(request).isDone()));
        assertThat(requests.stream().filter(CompletableFuture::isCompletedExceptionally))
                .hasSize(1);
        assertThat(store.outboxSize()).isEqualTo(2);
        assertThat(relay.outstanding()).isEqualTo(2);
    }

    @Test
    void closedAcceptPathRefuses() {
        accept.close();

        assertThatThrownBy(() -> accept.accept(List.of(job())))
                .isInstanceOf(OverloadedException.class)
                .hasMessageContaining("stopping");
    }

    private List<NewJob> accept(int count) {
        return accept(IntStream.range(0, count).mapToObj(number -> job()).toList());
    }

    private NewJob accept(NewJob job) {
        return accept(List.of(job)).get(0);
    }

    private List<NewJob> accept(List<NewJob> jobs) {
        CompletableFuture<Void> request = CompletableFuture.runAsync(() -> accept.accept(jobs));
        try {
            while (!request.isDone()) {
                accept.commitNext(10);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        request.join();
        return jobs;
    }

    /** A job whose input has so many bytes. */
    private NewJob job(int inputBytes) {
        return job("\"" + "x".repeat(inputBytes - 2) + "\"");
    }

    private NewJob job() {
        return job("{}");
    }

    private NewJob job(String input) {
        return NewJob.builder(
                        JobIds.next(),
                        new JobType("test.echo", 1),
                        input.getBytes(StandardCharsets.UTF_8),
                        Duration.ofSeconds(30),
                        clock.instant())
                .build();
    }
}
