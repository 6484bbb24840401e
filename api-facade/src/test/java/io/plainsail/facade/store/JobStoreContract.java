package io.plainsail.facade.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.ResultFile;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.job.DeadJobs;
import io.plainsail.facade.job.Dispatch;
import io.plainsail.facade.job.Fingerprint;
import io.plainsail.facade.job.IdempotencyKey;
import io.plainsail.facade.job.IdempotencyKeys;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobCallbacks;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.JobStore.Applied;
import io.plainsail.facade.job.JobStore.Claim;
import io.plainsail.facade.job.Lease;
import io.plainsail.facade.job.LogEntry;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.job.ParkedMessage;
import io.plainsail.testbed.MovingClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the facade relies on, whatever database is below. One subclass per database. */
abstract class JobStoreContract {
    static final Failure TRY_AGAIN = new Failure(ErrorCategory.UNAVAILABLE, "http-status", "503", "java.lang.X", "ab");
    static final MovingClock CLOCK = MovingClock.at(Instant.parse("2026-11-22T10:00:00.123456Z"));
    static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123456Z");
    private static final JobType ECHO = new JobType("test.echo", 1);
    private static final Worker WORKER = new Worker("echo", "host-1", "host", "1.0");
    private static final byte[] OUTPUT = "{\"n\": 1.10}".getBytes(StandardCharsets.UTF_8);

    Database database;
    JdbiJobStore store;

    /** Where a fresh, empty database is. */
    abstract StoreConfig freshDatabase();

    @BeforeEach
    void open() {
        database = Database.open(freshDatabase());
        store = new JdbiJobStore(database, new Lease(CLOCK, Duration.ofSeconds(30)));
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void acceptedJobIsFoundAsItWas() {
        NewJob job = NewJob.builder(JobIds.next(), ECHO, bytes("{\"text\": \"é\"}"), Duration.ofMillis(1_500), NOW)
                .labels(Map.of("team", "a", "invoice", "2026/1 – é"))
                .build();
        store.accept(List.of(job), null);

        Job found = store.find(job.id()).orElseThrow();
        assertThat(found.jobType()).isEqualTo(ECHO);
        assertThat(found.state()).isEqualTo(JobState.QUEUED);
        assertThat(found.labels()).isEqualTo(job.labels());
        assertThat(found.timeout()).isEqualTo(job.timeout());
        assertThat(found.acceptedAt()).isEqualTo(NOW);
        assertThat(found.attempt()).isEqualTo(1);
        assertThat(found.finishedAt()).isNull();
        assertThat(store.find(JobIds.next())).isEmpty();
    }

    @Test
    void inputOfAnySizeComesBackToTheByte() {
        for (int size : new int[] {2, 1_000, 70_000, 5_000_000}) {
            byte[] input = bytes("\"" + "x".repeat(size - 2) + "\"");
            NewJob job = job(input, Map.of());
            store.accept(List.of(job), null);

            assertThat(store.claim(claim("a", 60), NOW, 10, Long.MAX_VALUE))
                    .filteredOn(dispatch -> dispatch.jobId().equals(job.id()))
                    .singleElement()
                    .satisfies(dispatch -> assertThat(dispatch.input()).isEqualTo(input));
        }
    }

    @Test
    void batchIsStoredWholeOrNotAtAll() {
        NewJob first = job();
        NewJob sameId = NewJob.builder(first.id(), ECHO, bytes("{}"), Duration.ofSeconds(1), NOW)
                .build();

        assertThatThrownBy(() -> store.accept(List.of(job(), first, sameId), null))
                .isNotInstanceOf(StoreUnavailableException.class);

        assertThat(store.list(query().withLimit(10))).isEmpty();
        assertThat(store.outboxSize()).isZero();
    }

    // The outbox -----------------------------------------------------------------------------------------------

    @Test
    void claimedRowIsNotClaimedTwiceUntilTheClaimLapses() {
        List<NewJob> jobs = accept(3, null);

        List<Dispatch> first = store.claim(claim("a", 60), NOW, 2, Long.MAX_VALUE);
        List<Dispatch> second = store.claim(claim("b", 60), NOW, 10, Long.MAX_VALUE);
        List<Dispatch> later =
                store.claim(new Claim("b", NOW.plusSeconds(200)), NOW.plusSeconds(61), 10, Long.MAX_VALUE);

        assertThat(first).hasSize(2).noneMatch(Dispatch::maybeDuplicate);
        assertThat(second).hasSize(1).noneMatch(Dispatch::maybeDuplicate);
        assertThat(later).hasSize(3).allMatch(Dispatch::maybeDuplicate);
        assertThat(later).extracting(Dispatch::jobId).containsExactlyInAnyOrderElementsOf(ids(jobs));
    }

    @Test
    void claimTakesInputsUpToABoundAndAlwaysOne() {
        List<NewJob> jobs = accept(3, null);
        int size = jobs.get(0).input().length;
        assertThat(store.claim(claim("a", 60), NOW, 10, 2L * size)).hasSize(2);
        assertThat(store.claim(claim("a", 60), NOW, 10, 1)).hasSize(1);
        assertThat(store.claim(claim("a", 60), NOW, 10, 1)).isEmpty();
    }

    @Test
    void jobWrittenWithAClaimBelongsToItsRelay() {
        accept(1, claim("a", 60));

        assertThat(store.claim(claim("b", 60), NOW, 10, Long.MAX_VALUE)).isEmpty();
        assertThat(store.claim(new Claim("b", NOW.plusSeconds(99)), NOW.plusSeconds(61), 10, Long.MAX_VALUE))
                .hasSize(1);
    }

    @Test
    void sentRowLeavesTheOutbox() {
        List<NewJob> jobs = accept(3, null);
        Outbox.send(store, NOW, ids(jobs).subList(0, 2));

        assertThat(store.outboxSize()).isEqualTo(1);
        Outbox.send(store, NOW, ids(jobs));
        assertThat(store.outboxSize()).isZero();
    }

    @Test
    void whoeverHasLostItsClaimCannotTakeTheRowAway() {
        NewJob job = accept(1, claim("a", 60)).get(0);
        store.sent("b", Map.of(job.id(), NOW.plusSeconds(60)));
        store.sent("a", Map.of(job.id(), NOW.plusSeconds(61)));
        assertThat(store.outboxSize()).isEqualTo(1);
        store.sent("a", Map.of(job.id(), NOW.plusSeconds(60)));
        assertThat(store.outboxSize()).isZero();
    }

    @Test
    void handedBackRowIsFreeAtOnceAndMarkedIfItMayHaveBeenSent() {
        List<NewJob> jobs = accept(2, claim("a", 60));
        store.handBack(List.of(jobs.get(0).id()), false);
        store.handBack(List.of(jobs.get(1).id()), true);

        List<Dispatch> claimed = store.claim(claim("b", 60), NOW, 10, Long.MAX_VALUE);
        assertThat(claimed).hasSize(2);
        assertThat(claimed)
                .filteredOn(Dispatch::maybeDuplicate)
                .extracting(Dispatch::jobId)
                .containsExactly(jobs.get(1).id());
    }

    @Test
    void unroutableJobWaitsWithItsReasonAndIsTriedLater() {
        NewJob job = accept(1, claim("a", 60)).get(0);
        store.unroutable(List.of(job.id()), "no queue", NOW.plusSeconds(5));

        assertThat(store.find(job.id()).orElseThrow().state()).isEqualTo(JobState.WAITING);
        assertThat(store.find(job.id()).orElseThrow().reason()).isEqualTo("no queue");
        assertThat(store.claim(claim("a", 60), NOW.plusSeconds(4), 10, Long.MAX_VALUE))
                .isEmpty();
        assertThat(store.claim(claim("a", 60), NOW.plusSeconds(6), 10, Long.MAX_VALUE))
                .singleElement()
                .satisfies(dispatch -> assertThat(dispatch.waiting()).isTrue());

        store.released(List.of(job.id()));
        assertThat(store.find(job.id()).orElseThrow().state()).isEqualTo(JobState.QUEUED);
        assertThat(store.find(job.id()).orElseThrow().reason()).isNull();
    }

    @Test
    void claimsOfADeadRelayAreFreedAsPossibleDuplicates() {
        accept(2, claim("a", 60));
        accept(1, claim("b", 60));
        store.freeClaims("a");

        assertThat(store.claim(claim("a", 60), NOW, 10, Long.MAX_VALUE))
                .hasSize(2)
                .allMatch(Dispatch::maybeDuplicate);
    }

    @Test
    void unfinishedJobsAreReleasedAgainOnce() {
        List<NewJob> jobs = accept(3, null);
        Outbox.send(store, NOW, ids(jobs));
        store.record(batch(succeeded(jobs.get(0), 1, null)));
        store.record(batch(new WorkerEvent.Started(jobs.get(1).id(), 1, NOW)));

        assertThat(store.releaseUnfinished(NOW)).isEqualTo(2);
        assertThat(store.releaseUnfinished(NOW)).isZero();
        assertThat(store.claim(claim("a", 60), NOW, 10, Long.MAX_VALUE))
                .allMatch(Dispatch::maybeDuplicate)
                .extracting(Dispatch::jobId)
                .containsExactlyInAnyOrder(jobs.get(1).id(), jobs.get(2).id());
    }

    // Recording ------------------------------------------------------------------------------------------------

    @Test
    void jobGoesFromStartToSuccess() {
        NewJob job = accept(1, null).get(0);
        Instant started = NOW.plusSeconds(1);
        store.record(batch(
                new WorkerEvent.Started(job.id(), 1, started),
                new WorkerEvent.Progress(job.id(), 1, NOW.plusSeconds(2), 50.0, "half"),
                new WorkerEvent.LogLine(job.id(), 1, NOW, 0, "one"),
                new WorkerEvent.LogLine(job.id(), 1, NOW, 1, "two")));

        Job running = store.find(job.id()).orElseThrow();
        assertThat(running.state()).isEqualTo(JobState.RUNNING);
        assertThat(running.startedAt()).isEqualTo(started);
        assertThat(running.worker()).isEqualTo(WORKER);
        assertThat(running.progress()).isEqualTo(new Job.Progress(50.0, "half", NOW.plusSeconds(2)));
        assertThat(store.logs(job.id(), 0, -1, 10)).extracting(LogEntry::line).containsExactly("one", "two");
        assertThat(store.logs(job.id(), 1, 0, 10)).extracting(LogEntry::line).containsExactly("two");

        assertThat(store.record(batch(new WorkerEvent.Succeeded(
                        job.id(),
                        1,
                        started,
                        NOW.plusSeconds(3),
                        OUTPUT,
                        new ResultFile("text/plain", 2, "sha-256:ab", null)))))
                .isEqualTo(new Applied(1, 0, 0, 0));
        Job done = store.find(job.id()).orElseThrow();
        assertThat(done.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(done.finishedAt()).isEqualTo(NOW.plusSeconds(3));
        assertThat(done.output()).isEqualTo(OUTPUT);
        assertThat(done.file()).isEqualTo(new Job.StoredFile("text/plain", 2, "sha-256:ab"));
    }

    @Test
    void firstOutcomeWinsWhateverComesLater() {
        NewJob job = accept(1, null).get(0);
        Failure failure = new Failure(ErrorCategory.TIMEOUT, "code", "message – é", "java.lang.X", "ab12");

        assertThat(store.record(batch(failed(job, 1, failure)))).isEqualTo(new Applied(0, 1, 0, 0));
        assertThat(store.record(batch(succeeded(job, 1, null), new WorkerEvent.Started(job.id(), 1, NOW))))
                .isEqualTo(new Applied(0, 0, 0, 1));
        assertThat(store.record(batch(failed(job, 1, Failure.of(ErrorCategory.INTERNAL, "other", "other")))))
                .isEqualTo(new Applied(0, 0, 0, 1));

        Job found = store.find(job.id()).orElseThrow();
        assertThat(found.state()).isEqualTo(JobState.FAILED);
        assertThat(found.failure()).isEqualTo(failure);
        assertThat(found.output()).isNull();
    }

    @Test
    void outcomeRepeatedInOneBatchCountsOnce() {
        NewJob job = accept(1, null).get(0);

        assertThat(store.record(batch(succeeded(job, 1, file("one")), succeeded(job, 1, file("two")))))
                .isEqualTo(new Applied(1, 0, 0, 1));
        assertThat(store.inlineFile(job.id())).contains(bytes("one"));
    }

    @Test
    void outcomeOfAnEarlierAttemptOrOfNoJobChangesNothing() {
        NewJob job = accept(1, null).get(0);
        store.record(batch(retrying(job, 1, TRY_AGAIN)));

        assertThat(store.record(batch(
                        succeeded(job, 1, null),
                        failed(job, 1, Failure.of(ErrorCategory.INTERNAL, "late", "late")),
                        retrying(job, 1, TRY_AGAIN),
                        succeeded(job(), 1, null))))
                .isEqualTo(new Applied(0, 0, 0, 4));
        store.record(batch(new WorkerEvent.Started(job.id(), 1, NOW)));
        assertThat(store.find(job.id()).orElseThrow().state()).isEqualTo(JobState.RETRYING);
    }

    @Test
    void attemptThatFailedForNowIsKeptAndTheJobRests() {
        NewJob job = accept(1, null).get(0);
        store.record(batch(
                new WorkerEvent.Started(job.id(), 1, NOW),
                new WorkerEvent.Progress(job.id(), 1, NOW.plusSeconds(1), 50.0, "half")));

        assertThat(store.record(batch(retrying(job, 1, TRY_AGAIN)))).isEqualTo(new Applied(0, 0, 1, 0));
        Job resting = store.find(job.id()).orElseThrow();
        assertThat(resting.state()).isEqualTo(JobState.RETRYING);
        assertThat(resting.attempt()).isEqualTo(2);
        assertThat(resting.retryAt()).isEqualTo(NOW.plusSeconds(60));
        assertThat(resting.reason()).isEqualTo("try again");
        assertThat(resting.startedAt()).isNull();
        assertThat(resting.worker()).isNull();
        assertThat(resting.progress()).isNull();
        assertThat(resting.failure()).isNull();
        Job.EndedAttempt first = new Job.EndedAttempt(1, NOW, NOW.plusSeconds(1), WORKER, "try again", TRY_AGAIN);
        assertThat(resting.earlier()).containsExactly(first);
        assertThat(listed(Set.of(JobState.RETRYING), null, Map.of())).containsExactly(job.id());

        store.record(batch(new WorkerEvent.Started(job.id(), 2, NOW.plusSeconds(61))));
        Job running = store.find(job.id()).orElseThrow();
        assertThat(running.state()).isEqualTo(JobState.RUNNING);
        assertThat(running.retryAt()).isNull();
        assertThat(running.reason()).isNull();
        assertThat(running.worker()).isEqualTo(WORKER);

        assertThat(store.record(batch(succeeded(job, 2, null)))).isEqualTo(new Applied(1, 0, 0, 0));
        Job done = store.list(query()).get(0);
        assertThat(done.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(done.attempt()).isEqualTo(2);
        assertThat(done.earlier()).containsExactly(first);
    }

    @Test
    void laterAttemptIsBelievedBeforeItsPredecessorIsReported() {
        NewJob job = accept(1, null).get(0);

        assertThat(store.record(batch(failed(job, 3, TRY_AGAIN)))).isEqualTo(new Applied(0, 1, 0, 0));
        assertThat(store.record(batch(retrying(job, 1, TRY_AGAIN), retrying(job, 2, null), retrying(job, 2, null))))
                .isEqualTo(new Applied(0, 0, 0, 3));

        Job found = store.find(job.id()).orElseThrow();
        assertThat(found.state()).isEqualTo(JobState.FAILED);
        assertThat(found.attempt()).isEqualTo(3);
        assertThat(found.retryAt()).isNull();
        assertThat(found.earlier()).extracting(Job.EndedAttempt::number).containsExactly(1, 2);
        assertThat(found.earlier()).extracting(Job.EndedAttempt::failure).containsExactly(TRY_AGAIN, null);
    }

    @Test
    void severalAttemptsReportedTogetherAreAppliedInTheirOrder() {
        NewJob job = accept(1, null).get(0);

        assertThat(store.record(batch(retrying(job, 2, TRY_AGAIN), retrying(job, 1, TRY_AGAIN))))
                .isEqualTo(new Applied(0, 0, 2, 0));
        assertThat(store.record(batch(succeeded(job, 3, null), retrying(job, 3, TRY_AGAIN))))
                .as("the same attempt ran twice and is told differently: another one follows, which decides")
                .isEqualTo(new Applied(0, 0, 1, 1));
    }

    @Test
    void unfinishedJobIsReleasedAsTheAttemptItHadComeTo() {
        RetryBounds bounds = new RetryBounds(4, Duration.ofSeconds(9));
        NewJob job = job().toBuilder().retryBounds(bounds).build();
        store.accept(List.of(job), null);
        Outbox.send(store, NOW, List.of(job.id()));
        store.record(batch(retrying(job, 1, TRY_AGAIN), retrying(job, 2, null)));

        assertThat(store.releaseUnfinished(NOW)).isEqualTo(1);
        Dispatch dispatch = store.claim(claim("relay", 30), NOW, 10, 1_000).get(0);
        assertThat(dispatch.attempt()).isEqualTo(3);
        assertThat(dispatch.failedAttempts())
                .as("one failed, the other was put off")
                .isEqualTo(1);
        assertThat(dispatch.notBefore()).isEqualTo(NOW.plusSeconds(60));
        assertThat(dispatch.retryBounds()).isEqualTo(bounds);
        assertThat(store.find(job.id()).orElseThrow().retryBounds()).isEqualTo(bounds);
    }

    @Test
    void waitingJobTakesAnOutcome() {
        NewJob job = accept(1, null).get(0);
        store.unroutable(List.of(job.id()), "no queue", NOW);
        store.record(batch(succeeded(job, 1, null)));

        Job found = store.find(job.id()).orElseThrow();
        assertThat(found.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(found.reason()).isNull();
        store.released(List.of(job.id()));
        assertThat(store.find(job.id()).orElseThrow().state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void logLinesAreKeptOnceAndOnlyForJobsThatExist() {
        NewJob job = accept(1, null).get(0);
        WorkerEvent line = new WorkerEvent.LogLine(job.id(), 1, NOW, 0, "once");
        store.record(batch(line, line, new WorkerEvent.LogLine(JobIds.next(), 1, NOW, 0, "nobody's")));
        store.record(batch(line));

        assertThat(store.logs(job.id(), 0, -1, 10)).hasSize(1);
    }

    @Test
    void manyOutcomesInOneTransaction() {
        List<NewJob> jobs = accept(1_000, null);
        List<EventBatch> batches = IntStream.range(0, 10)
                .mapToObj(part -> new EventBatch(
                        WORKER,
                        jobs.subList(part * 100, part * 100 + 100).stream()
                                .map(job -> (WorkerEvent) succeeded(job, 1, null))
                                .toList()))
                .toList();

        assertThat(store.record(batches)).isEqualTo(new Applied(1_000, 0, 0, 0));
    }

    // Dead jobs ------------------------------------------------------------------------------------------------

    private List<NewJob> dead(int count, Failure failure) {
        List<NewJob> jobs = accept(count, null);
        store.record(batch(jobs.stream().map(job -> failed(job, 1, failure)).toArray(WorkerEvent[]::new)));
        return jobs;
    }

    @Test
    void deadJobsAreGroupedByWhatWentWrong() {
        JdbiDeadJobs dead = new JdbiDeadJobs(database);
        List<NewJob> away = dead(3, TRY_AGAIN);
        NewJob elsewhere = accept(1, null).get(0);
        store.record(List.of(new EventBatch(
                new Worker("echo", "echo-2", "host", "2.0"),
                List.of(failed(
                        elsewhere,
                        1,
                        new Failure(TRY_AGAIN.category(), TRY_AGAIN.code(), "504", "java.lang.X", "ab"))))));
        dead(1, Failure.of(ErrorCategory.INVALID_INPUT, "input", "no"));
        store.record(batch(succeeded(accept(1, null).get(0), 1, null)));

        List<DeadJobs.Group> groups = dead.groups(query());
        assertThat(groups).extracting(DeadJobs.Group::count).containsExactly(4L, 1L);
        DeadJobs.Group largest = groups.get(0);
        assertThat(largest.jobType()).isEqualTo(ECHO);
        assertThat(largest.fingerprint()).isEqualTo(Fingerprint.of(TRY_AGAIN)).hasSize(16);
        assertThat(largest.releases()).containsExactlyInAnyOrder(WORKER.release(), "2.0");
        assertThat(largest.firstSeen()).isEqualTo(NOW.plusSeconds(1));
        assertThat(largest.sample().id()).isEqualTo(elsewhere.id());
        assertThat(largest.sample().failure().message()).isEqualTo("504");
        assertThat(dead.groups(query().withLimit(1))).hasSize(1);

        JobQuery one = new JobQuery(Set.of(), null, Map.of(), groups.get(1).fingerprint(), false, null, null, null, 50);
        assertThat(dead.count(one)).isEqualTo(1);
        assertThat(store.list(one)).hasSize(1);
        assertThat(dead.count(query())).isEqualTo(5);
        assertThat(dead.count(query().withLimit(3))).isEqualTo(3);
        assertThat(dead.input(away.get(0).id())).contains(away.get(0).input());
    }

    @Test
    void jobIsRepeatedOnceAndKnowsItsOrigin() {
        JdbiDeadJobs dead = new JdbiDeadJobs(database);
        List<NewJob> origins = dead(2, TRY_AGAIN);
        NewJob replay = repeating(origins.get(0));
        store.accept(List.of(replay), null);

        assertThat(dead.replayOf(origins.get(0).id())).contains(replay.id());
        assertThat(dead.replayOf(origins.get(1).id())).isEmpty();
        assertThat(store.find(replay.id()).orElseThrow().replayOf())
                .isEqualTo(origins.get(0).id());
        assertThat(dead.count(query().ofNotReplayed())).isEqualTo(1);
        assertThatThrownBy(() -> store.accept(List.of(repeating(origins.get(0))), null))
                .isNotInstanceOf(StoreUnavailableException.class);
    }

    private static NewJob repeating(NewJob origin) {
        return job(origin.input(), Map.of()).toBuilder().replayOf(origin.id()).build();
    }

    @Test
    void jobToBeReleasedLaterWaitsUntilThen() {
        NewJob later = job().toBuilder().releaseAt(NOW.plusSeconds(10)).build();
        store.accept(List.of(later), null);

        assertThat(store.find(later.id()).orElseThrow().state()).isEqualTo(JobState.WAITING);
        assertThat(store.find(later.id()).orElseThrow().reason()).contains("released at");
        assertThat(store.claim(claim("a", 60), NOW.plusSeconds(9), 10, 1_000)).isEmpty();
        assertThat(store.claim(claim("a", 60), NOW.plusSeconds(11), 10, 1_000))
                .singleElement()
                .satisfies(dispatch -> assertThat(dispatch.waiting()).isTrue());
    }

    @Test
    void purgeForgetsDeadJobsAndWhatBelongsToThemAlone() {
        JdbiDeadJobs dead = new JdbiDeadJobs(database);
        NewJob gone = job(bytes("{}"), Map.of("team", "a"));
        NewJob alive = job(bytes("{}"), Map.of("team", "a"));
        store.accept(List.of(gone, alive), null);
        store.record(batch(
                new WorkerEvent.LogLine(gone.id(), 1, NOW, 0, "line"),
                retrying(gone, 1, TRY_AGAIN),
                failed(gone, 2, TRY_AGAIN)));

        assertThat(store.forget(List.of(gone.id(), alive.id()))).isEqualTo(1);
        assertThat(store.find(gone.id())).isEmpty();
        assertThat(dead.input(gone.id())).isEmpty();
        assertThat(store.logs(gone.id(), 0, -1, 10)).isEmpty();
        assertThat(store.list(query())).singleElement().satisfies(left -> assertThat(left.id())
                .isEqualTo(alive.id()));
        assertThat(listed(Set.of(), null, Map.of("team", "a"))).containsExactly(alive.id());
        assertThat(dead.input(alive.id())).contains(alive.input());
        assertThat(store.claim(claim("a", 60), NOW, 10, 1_000)).hasSize(1);
        assertThat(store.forget(List.of())).isZero();
        assertThat(store.forget(List.of(gone.id()))).isZero();
    }

    @Test
    void whatEndedBeforeATimeIsFoundOldestFirst() {
        NewJob old = at(NOW.minusSeconds(1_000));
        NewJob lateEnd = at(NOW.minusSeconds(900));
        NewJob young = at(NOW.minusSeconds(10));
        NewJob unfinished = at(NOW.minusSeconds(800));
        NewJob failed = at(NOW.minusSeconds(700));
        store.accept(List.of(old, lateEnd, young, unfinished, failed), null);
        store.record(batch(
                ended(old, NOW.minusSeconds(990)),
                ended(lateEnd, NOW.minusSeconds(5)),
                ended(young, NOW.minusSeconds(5)),
                new WorkerEvent.Failed(failed.id(), 1, NOW, NOW.minusSeconds(600), TRY_AGAIN)));
        Instant cutoff = NOW.minusSeconds(100);

        assertThat(store.finishedBefore(JobState.SUCCEEDED, cutoff, 10))
                .containsExactly(new JobStore.Finished(old.id(), 1));
        assertThat(store.finishedBefore(JobState.FAILED, cutoff, 10))
                .containsExactly(new JobStore.Finished(failed.id(), 1));
        assertThat(store.finishedBefore(JobState.SUCCEEDED, NOW, 2))
                .extracting(JobStore.Finished::id)
                .containsExactly(old.id(), lateEnd.id());
    }

    @Test
    void aReplayIsForgottenAfterItsOrigin() {
        NewJob origin = accept(1, null).get(0);
        store.record(batch(new WorkerEvent.Failed(origin.id(), 1, NOW, NOW, TRY_AGAIN)));
        NewJob replay = repeating(origin);
        store.accept(List.of(replay), null);
        store.record(batch(succeeded(replay, 1, null)));
        Instant later = Instant.now().plusSeconds(3_600);

        assertThat(store.finishedBefore(JobState.SUCCEEDED, later, 10)).isEmpty();
        store.forget(List.of(origin.id()));
        assertThat(store.finishedBefore(JobState.SUCCEEDED, later, 10)).hasSize(1);
    }

    private static NewJob at(Instant accepted) {
        return NewJob.builder(JobIds.smallestAt(accepted), ECHO, bytes("{}"), Duration.ofSeconds(30), accepted)
                .build();
    }

    private static WorkerEvent ended(NewJob job, Instant when) {
        return new WorkerEvent.Succeeded(job.id(), 1, when, when, OUTPUT, null);
    }

    @Test
    void oldParkedMessagesAreForgottenInBatches() {
        for (int minute = 0; minute < 5; minute++) {
            Instant time = NOW.minus(Duration.ofMinutes(minute));
            store.park(new ParkedMessage(JobIds.smallestAt(time), "dead", "r", Map.of(), new byte[0], time));
        }

        assertThat(store.forgetParkedBefore(NOW.minus(Duration.ofMinutes(1)), 2))
                .isEqualTo(2);
        assertThat(store.forgetParkedBefore(NOW.minus(Duration.ofMinutes(1)), 2))
                .isEqualTo(1);
        assertThat(store.forgetParkedBefore(NOW.minus(Duration.ofMinutes(1)), 2))
                .isZero();
        assertThat(store.parked(10)).hasSize(2);
    }

    // Listing --------------------------------------------------------------------------------------------------

    @Test
    void listIsNewestFirstAndPagesByCursor() {
        List<UUID> ids = ids(accept(25, null));
        List<Job> first = store.list(query().withLimit(10));
        List<Job> second = store.list(
                new JobQuery(Set.of(), null, Map.of(), null, null, first.get(9).id(), 10));

        assertThat(first)
                .extracting(Job::id)
                .containsExactlyElementsOf(reversed(ids).subList(0, 10));
        assertThat(second)
                .extracting(Job::id)
                .containsExactlyElementsOf(reversed(ids).subList(10, 20));
    }

    @Test
    void listFiltersByStateTypeLabelAndTime() {
        NewJob plain = job();
        NewJob labelled = job(bytes("{}"), Map.of("team", "a", "tier", "gold"));
        NewJob other = NewJob.builder(
                        JobIds.next(), new JobType("test.other", 2), bytes("{}"), Duration.ofSeconds(1), NOW)
                .labels(Map.of("team", "b"))
                .build();
        store.accept(List.of(plain, labelled, other), null);
        store.record(batch(succeeded(plain, 1, null)));

        assertThat(listed(Set.of(JobState.SUCCEEDED), null, Map.of())).containsExactly(plain.id());
        assertThat(listed(Set.of(JobState.QUEUED, JobState.SUCCEEDED), null, Map.of()))
                .hasSize(3);
        assertThat(listed(Set.of(), "test.other", Map.of())).containsExactly(other.id());
        assertThat(listed(Set.of(), null, Map.of("team", "a", "tier", "gold"))).containsExactly(labelled.id());
        assertThat(listed(Set.of(), null, Map.of("team", "a", "tier", "tin"))).isEmpty();
        assertThat(listed(Set.of(), null, Map.of("team", "' or 1=1 --"))).isEmpty();

        Instant now = Instant.now();
        assertThat(store.list(new JobQuery(Set.of(), null, Map.of(), now.minusSeconds(60), null, null, 10)))
                .hasSize(3);
        assertThat(store.list(new JobQuery(Set.of(), null, Map.of(), now.plusSeconds(60), null, null, 10)))
                .isEmpty();
        assertThat(store.list(new JobQuery(Set.of(), null, Map.of(), null, now.minusSeconds(60), null, 10)))
                .isEmpty();
    }

    @Test
    void theEndOfAJobIsToldByOneOther() {
        JobCallbacks callbacks = new JdbiJobCallbacks(database);
        NewJob job =
                job().toBuilder().callback("{\"url\":\"https://example.com/\"}").build();
        store.accept(List.of(job, job()), null);
        assertThat(callbacks.due(null, 10).due()).as("it has not ended").isEmpty();
        store.record(batch(succeeded(job, 1, null)));

        assertThat(callbacks.due(null, 10).due())
                .containsExactly(new JobCallbacks.Due(job.id(), "{\"url\":\"https://example.com/\"}"));
        NewJob telling = job();
        assertThat(callbacks.tell(job.id(), telling)).isTrue();
        assertThat(callbacks.tell(job.id(), job())).isFalse();
        assertThat(callbacks.due(null, 10).due()).isEmpty();
        assertThat(store.list(query())).hasSize(3);
        assertThat(callbacks.of(job.id())).isPresent();
        store.forget(List.of(job.id()));
        assertThat(callbacks.of(job.id())).isEmpty();
    }

    @Test
    void listLeavesLongOutputsOut() {
        List<NewJob> jobs = accept(2, null);
        byte[] longOne = bytes("\"" + "x".repeat(Job.MAX_LISTED_OUTPUT_BYTES) + "\"");
        store.record(batch(
                succeeded(jobs.get(0), 1, null),
                new WorkerEvent.Succeeded(jobs.get(1).id(), 1, NOW, NOW, longOne, null)));

        assertThat(store.list(query()))
                .extracting(Job::output)
                .usingElementComparator(java.util.Arrays::compare)
                .containsExactly(null, OUTPUT);
        assertThat(store.find(jobs.get(1).id()).orElseThrow().output()).isEqualTo(longOne);
    }

    @Test
    void listOfParkedMessagesShowsTheirBeginnings() {
        byte[] body = bytes("y".repeat(JobStore.ParkedBeginning.BYTES + 5));
        ParkedMessage message = new ParkedMessage(JobIds.next(), "events", "reason", Map.of(), body, NOW);
        store.park(message);

        assertThat(store.parked(10)).singleElement().satisfies(beginning -> {
            assertThat(beginning.bodyBytes()).isEqualTo(body.length);
            assertThat(beginning.message().body()).hasSize(JobStore.ParkedBeginning.BYTES);
        });
        assertThat(store.findParked(message.id()).orElseThrow().body()).isEqualTo(body);
    }

    // Beside the jobs ------------------------------------------------------------------------------------------

    @Test
    void parkedMessageIsKept() {
        ParkedMessage message =
                new ParkedMessage(JobIds.next(), "events", "reason", Map.of("a", "b"), new byte[] {0, -1}, NOW);
        store.park(message);

        assertThat(store.parked(10))
                .singleElement()
                .extracting(JobStore.ParkedBeginning::message)
                .satisfies(kept -> {
                    assertThat(kept.headers()).isEqualTo(message.headers());
                    assertThat(kept.body()).isEqualTo(message.body());
                    assertThat(kept.reason()).isEqualTo("reason");
                });
    }

    @Test
    void aKeyIsTakenOnceAndWhatCameWithItIsNotStored() {
        NewJob first = keyed(0, "aa");
        NewJob second = keyed(1, "aa");
        store.accept(List.of(first, second), null);
        NewJob other = job();
        NewJob late = keyed(1, "bb");
        assertThatThrownBy(() -> store.accept(List.of(other, late), null))
                .isInstanceOf(IdempotencyKeys.TakenException.class);
        assertThat(store.find(other.id())).isEmpty();
        assertThat(store.find(late.id())).isEmpty();
        JdbiIdempotencyKeys keys = new JdbiIdempotencyKeys(database);
        assertThat(keys.find("key"))
                .containsExactly(
                        new IdempotencyKeys.Used(new IdempotencyKey("key", 0, "aa"), first.id()),
                        new IdempotencyKeys.Used(new IdempotencyKey("key", 1, "aa"), second.id()));
        assertThat(keys.find("KEY")).isEmpty();
    }

    @Test
    void tokenKeyIsMadeOnce() {
        byte[] key = new JdbiContractStore(database).tokenKey();

        assertThat(key).hasSize(32);
        assertThat(new JdbiContractStore(database).tokenKey()).isEqualTo(key);
    }

    // Help -----------------------------------------------------------------------------------------------------

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static NewJob job() {
        return job(bytes("{\"text\":\"x\"}"), Map.of());
    }

    static NewJob job(byte[] input, Map<String, String> labels) {
        return NewJob.builder(JobIds.next(), ECHO, input, Duration.ofSeconds(30), NOW)
                .labels(labels)
                .build();
    }

    private static NewJob keyed(int item, String payload) {
        return job().toBuilder().key(new IdempotencyKey("key", item, payload)).build();
    }

    List<NewJob> accept(int count, Claim claim) {
        List<NewJob> jobs = IntStream.range(0, count).mapToObj(number -> job()).toList();
        store.accept(jobs, claim);
        return jobs;
    }

    static List<UUID> ids(List<NewJob> jobs) {
        return jobs.stream().map(NewJob::id).toList();
    }

    private static List<UUID> reversed(List<UUID> ids) {
        return IntStream.range(0, ids.size())
                .mapToObj(i -> ids.get(ids.size() - 1 - i))
                .toList();
    }

    private static Claim claim(String relay, int seconds) {
        return new Claim(relay, NOW.plusSeconds(seconds));
    }

    static JobQuery query() {
        return new JobQuery(Set.of(), null, Map.of(), null, null, null, 50);
    }

    private List<UUID> listed(Set<JobState> states, String type, Map<String, String> labels) {
        return store.list(new JobQuery(states, type, labels, null, null, null, 50)).stream()
                .map(Job::id)
                .toList();
    }

    static List<EventBatch> batch(WorkerEvent... events) {
        return List.of(new EventBatch(WORKER, Arrays.asList(events)));
    }

    static WorkerEvent.Succeeded succeeded(NewJob job, int attempt, ResultFile file) {
        return new WorkerEvent.Succeeded(job.id(), attempt, NOW, NOW.plusSeconds(1), OUTPUT, file);
    }

    private static WorkerEvent retrying(NewJob job, int attempt, Failure failure) {
        return new WorkerEvent.Retrying(
                job.id(), attempt, NOW, NOW.plusSeconds(1), NOW.plusSeconds(60), failure, "try again");
    }

    private static WorkerEvent failed(NewJob job, int attempt, Failure failure) {
        return new WorkerEvent.Failed(job.id(), attempt, NOW, NOW.plusSeconds(1), failure);
    }

    private static ResultFile file(String content) {
        return new ResultFile("text/plain", content.length(), "sha-256:00", bytes(content));
    }
}
