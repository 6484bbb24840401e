package io.plainsail.facade.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.Message;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.HandPublisher;
import io.plainsail.facade.contracts.Announcements;
import io.plainsail.facade.contracts.ContractCheck;
import io.plainsail.facade.contracts.ContractRegistry;
import io.plainsail.facade.contracts.DataCheck;
import io.plainsail.facade.fleet.Fleet;
import io.plainsail.facade.guard.Guard;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.Lease;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.store.Database;
import io.plainsail.facade.store.JdbiAnnouncementStore;
import io.plainsail.facade.store.JdbiContractStore;
import io.plainsail.facade.store.JdbiFleetStore;
import io.plainsail.facade.store.JdbiJobClaims;
import io.plainsail.facade.store.JdbiJobEnds;
import io.plainsail.facade.store.JdbiJobStore;
import io.plainsail.facade.store.JdbiStoredInputs;
import io.plainsail.facade.store.Outbox;
import io.plainsail.facade.store.StoreConfig;
import io.plainsail.facade.store.StoreUnavailableException;
import io.plainsail.messaging.Delivery;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recorder and dead letters on a real store, deliveries in the test's hands. */
class RecorderTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final Worker WORKER = new Worker("echo", "echo-1", "host", "1.0");

    @TempDir
    Path directory;

    private Database database;
    private JdbiJobStore store;
    private Guard guard;
    private Recorder recorder;
    private DeadLetters deadLetters;

    @BeforeEach
    void open() {
        Clock clock = Clock.fixed(NOW, java.time.ZoneOffset.UTC);
        database = Database.open(StoreConfig.of("jdbc:h2:file:" + directory.resolve("jobs")));
        store = new JdbiJobStore(database, new Lease(clock, Duration.ofSeconds(30)));
        Parking parking = new Parking(store, new HandPublisher(), clock);
        Lease lease = new Lease(clock, Duration.ofSeconds(30));
        guard = new Guard(
                new JdbiJobClaims(database, lease),
                new JdbiJobEnds(database),
                new HandPublisher(),
                lease,
                "facade-1",
                false,
                new Fleet(new JdbiFleetStore(database), clock));
        recorder = new Recorder(store, announcements(database, clock), parking, guard);
        deadLetters = new DeadLetters(store, parking, clock, "facade-1");
    }

    private static Announcements announcements(Database database, Clock clock) {
        ContractRegistry contracts = new ContractRegistry(new JdbiContractStore(database), clock);
        DataCheck data = new DataCheck(new JdbiStoredInputs(database), clock);
        return new Announcements(
                contracts, new ContractCheck(contracts, data), new JdbiAnnouncementStore(database), clock);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static final class HandDelivery implements Delivery {
        private final Message message;
        private final String deathReason;
        private int acks;

        HandDelivery(Message message, String deathReason) {
            this.message = message;
            this.deathReason = deathReason;
        }

        @Override
        public Message message() {
            return message;
        }

        @Override
        public boolean redelivered() {
            return false;
        }

        @Override
        public int deliveryCount() {
            return 0;
        }

        @Override
        public Optional<String> deathReason() {
            return Optional.ofNullable(deathReason);
        }

        @Override
        public boolean inHand() {
            return acks == 0;
        }

        @Override
        public void ack() {
            acks++;
        }

        @Override
        public void requeue() {
            throw new AssertionError("a recorder never hands back");
        }

        @Override
        public void reject() {
            throw new AssertionError("a recorder never rejects");
        }
    }

    @Test
    void deliveryIsAcknowledgedAfterItsEventsAreStored() throws Exception {
        NewJob job = accept();
        HandDelivery delivery = events(succeeded(job.id()));
        recorder.onDelivery(delivery);
        assertThat(delivery.acks).isZero();

        recorder.recordNext(0);
        assertThat(delivery.acks).isEqualTo(1);
        assertThat(state(job)).isEqualTo(JobState.SUCCEEDED);
        assertThat(recorder.succeeded()).isEqualTo(1);
    }

    @Test
    void nothingIsAcknowledgedWhileTheStoreIsAway() {
        HandDelivery delivery = events(succeeded(JobIds.next()));
        recorder.onDelivery(delivery);
        database.close();

        assertThatThrownBy(() -> recorder.recordNext(0)).isInstanceOf(StoreUnavailableException.class);
        assertThat(delivery.acks).isZero();
        assertThat(recorder.backlog()).isEqualTo(1);
    }

    @Test
    void repeatedOutcomeIsCountedAsIgnored() throws Exception {
        NewJob job = accept();
        recorder.onDelivery(events(succeeded(job.id())));
        recorder.onDelivery(events(succeeded(job.id())));
        recorder.recordNext(0);

        assertThat(recorder.succeeded()).isEqualTo(1);
        assertThat(recorder.ignored()).isEqualTo(1);
    }

    @Test
    void undecodableBatchIsParkedAndItsNeighboursAreRecorded() throws Exception {
        NewJob job = accept();
        HandDelivery garbage = new HandDelivery(
                new Message("text/plain", Map.of("a\0", "b\0"), "garbage".getBytes(StandardCharsets.UTF_8)), null);
        recorder.onDelivery(garbage);
        recorder.onDelivery(events(succeeded(job.id())));
        recorder.recordNext(0);

        assertThat(state(job)).isEqualTo(JobState.SUCCEEDED);
        assertThat(garbage.acks).isEqualTo(1);
        assertThat(store.parked(10))
                .singleElement()
                .extracting(JobStore.ParkedBeginning::message)
                .satisfies(parked -> {
                    assertThat(parked.reason()).contains("not JSON");
                    assertThat(parked.body()).asString().isEqualTo("garbage");
                });
    }

    @Test
    void batchThatTheStoreCannotTakeIsParkedAndItsNeighboursAreRecorded() throws Exception {
        NewJob job = accept();
        HandDelivery poison = events(new WorkerEvent.Succeeded(
                accept().id(), 1, Instant.parse("+900000-01-01T00:00:00Z"), Instant.MAX, output(), null));
        recorder.onDelivery(poison);
        recorder.onDelivery(events(succeeded(job.id())));
        recorder.recordNext(0);

        assertThat(state(job)).isEqualTo(JobState.SUCCEEDED);
        assertThat(poison.acks).isEqualTo(1);
        assertThat(store.parked(10)).hasSize(1);
    }

    @Test
    void jobDeliveredTooOftenEndsAsCrashLoop() throws Exception {
        NewJob job = accept();
        HandDelivery dead = new HandDelivery(message(job), "delivery_limit");
        deadLetters.onDelivery(dead);
        deadLetters.recordNext(0);

        Job failed = store.find(job.id()).orElseThrow();
        assertThat(failed.state()).isEqualTo(JobState.FAILED);
        assertThat(failed.failure().category()).isEqualTo(ErrorCategory.CRASH_LOOP);
        assertThat(dead.acks).isEqualTo(1);
    }

    @Test
    void deadMessageOfAFinishedJobChangesNothing() throws Exception {
        NewJob job = accept();
        recorder.onDelivery(events(succeeded(job.id())));
        recorder.recordNext(0);
        deadLetters.onDelivery(new HandDelivery(message(job), "delivery_limit"));
        deadLetters.recordNext(0);

        assertThat(state(job)).isEqualTo(JobState.SUCCEEDED);
    }

    private void bury(NewJob job, String reason) throws InterruptedException {
        HandDelivery dead = new HandDelivery(message(job), reason);
        deadLetters.onDelivery(dead);
        deadLetters.recordNext(0);
        assertThat(dead.acks).isEqualTo(1);
    }

    @Test
    void deadMessageOfARunningJobLeavesItToWhoeverRunsIt() throws Exception {
        NewJob job = accept();
        recorder.onDelivery(events(new WorkerEvent.Started(job.id(), 1, NOW)));
        recorder.recordNext(0);
        bury(job, "delivery_limit");
        assertThat(state(job)).isEqualTo(JobState.RUNNING);
    }

    @Test
    void deadMessageWhoseRunGotANumberOfItsOwnEndsTheJobAllTheSame() throws Exception {
        NewJob job = accept();
        recorder.onDelivery(
                events(new WorkerEvent.Started(job.id(), 2, NOW), new WorkerEvent.HandedBack(job.id(), 2, NOW, NOW)));
        recorder.recordNext(0);
        bury(job, "delivery_limit");
        assertThat(state(job)).isEqualTo(JobState.FAILED);
    }

    @Test
    void deadMessageThatWasFollowedByAnotherChangesNothing() throws Exception {
        NewJob job = accept();
        recorder.onDelivery(events(new WorkerEvent.Retrying(job.id(), 1, NOW, NOW, NOW, null, "later")));
        recorder.recordNext(0);
        bury(job, "delivery_limit");
        assertThat(state(job)).isEqualTo(JobState.RETRYING);
    }

    @Test
    void marksMoveTheTimeUpToWhichEverythingIsRecorded() throws Exception {
        NewJob job = accept();
        Outbox.send(store, NOW, List.of(job.id()));
        AttemptClaim claim = new AttemptClaim("echo", "echo-2", "host", "1.0", true, true, null, List.of());
        assertThat(guard.claim(job.id(), 1, claim).verdict()).isEqualTo(ClaimAnswer.Verdict.WAIT);
        HandDelivery mark = events(new WorkerEvent.Mark(NOW.plusSeconds(1)));
        recorder.onDelivery(mark);
        recorder.recordNext(0);
        assertThat(mark.acks).isEqualTo(1);
        assertThat(guard.claim(job.id(), 1, claim).verdict()).isEqualTo(ClaimAnswer.Verdict.WAIT);
        recorder.onDelivery(events(new WorkerEvent.Mark(NOW.plusSeconds(3))));
        recorder.recordNext(0);
        assertThat(guard.claim(job.id(), 1, claim)).isEqualTo(ClaimAnswer.run(2, 0));
    }

    @Test
    void jobThatFoundNoQueueAfterItsRestGoesBackToTheOutbox() throws Exception {
        NewJob job = accept();
        Outbox.send(store, NOW, List.of(job.id()));
        for (int time = 0; time < 2; time++) {
            HandDelivery dead = new HandDelivery(message(job), "expired");
            deadLetters.onDelivery(dead);
            deadLetters.recordNext(0);
            assertThat(dead.acks).isEqualTo(1);
            assertThat(store.outboxSize()).isEqualTo(1);
        }
        assertThat(state(job)).isEqualTo(JobState.QUEUED);

        Outbox.send(store, NOW, List.of(job.id()));
        recorder.onDelivery(events(succeeded(job.id())));
        recorder.recordNext(0);
        deadLetters.onDelivery(new HandDelivery(message(job), "expired"));
        deadLetters.recordNext(0);
        assertThat(store.outboxSize()).as("it is finished").isZero();
    }

    @Test
    void deadMessageThatIsNoJobIsParked() throws Exception {
        HandDelivery dead = new HandDelivery(new Message("text/plain", Map.of(), new byte[] {1}), "rejected");
        deadLetters.onDelivery(dead);
        deadLetters.recordNext(0);

        assertThat(store.parked(10))
                .singleElement()
                .extracting(JobStore.ParkedBeginning::message)
                .satisfies(parked -> assertThat(parked.reason()).contains("rejected", "undecodable"));
        assertThat(dead.acks).isEqualTo(1);
    }

    private NewJob accept() {
        NewJob job = NewJob.builder(
                        JobIds.next(),
                        new JobType("test.echo", 1),
                        "{}".getBytes(StandardCharsets.UTF_8),
                        Duration.ofSeconds(30),
                        NOW)
                .build();
        store.accept(List.of(job), null);
        return job;
    }

    private JobState state(NewJob job) {
        return store.find(job.id()).orElseThrow().state();
    }

    private static Message message(NewJob job) {
        return JobMessageCodec.encode(
                JobMessage.builder(job.id(), job.jobType(), NOW, job.timeout(), "token", job.input())
                        .build());
    }

    private static HandDelivery events(WorkerEvent... events) {
        return new HandDelivery(EventBatchCodec.encode(new EventBatch(WORKER, List.of(events))), null);
    }

    private static WorkerEvent succeeded(UUID job) {
        return new WorkerEvent.Succeeded(job, 1, NOW, NOW, output(), null);
    }

    private static byte[] output() {
        return "{}".getBytes(StandardCharsets.UTF_8);
    }
}
