package io.plainsail.facade.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.TimeLimits;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.ClaimAnswer.Verdict;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.fleet.Instance;
import io.plainsail.facade.job.ClaimRules;
import io.plainsail.facade.job.Dispatch;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.Lease;
import io.plainsail.facade.job.NewJob;
import io.plainsail.testbed.MovingClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Claims, leases, cancelling and expiring, whatever database is below. One subclass per database. */
abstract class JobClaimsContract {
    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");
    private static final JobType ECHO = new JobType("test.echo", 1);
    private static final Worker ONE = new Worker("echo", "echo-1", "host", "1.0");
    private static final Worker TWO = new Worker("echo", "echo-2", "host", "1.0");
    private static final Duration LEASE = Duration.ofSeconds(30);

    private final MovingClock clock = MovingClock.at(START);

    private Database database;
    private JdbiJobStore store;
    private JdbiJobClaims claims;
    private JdbiJobEnds ends;

    /** Where a fresh, empty database is. */
    abstract StoreConfig freshDatabase();

    @BeforeEach
    void open() {
        database = Database.open(freshDatabase());
        Lease lease = new Lease(clock, LEASE);
        store = new JdbiJobStore(database, lease);
        claims = new JdbiJobClaims(database, lease);
        ends = new JdbiJobEnds(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    // Helpers ---------------------------------------------------------------------------------------------------

    private NewJob accept(TimeLimits limits) {
        return accept(job().limits(limits));
    }

    private NewJob.Builder job() {
        return NewJob.builder(
                JobIds.next(), ECHO, "{}".getBytes(StandardCharsets.UTF_8), Duration.ofSeconds(30), clock.instant());
    }

    private NewJob accept(NewJob.Builder built) {
        NewJob job = built.build();
        store.accept(List.of(job), new JobStore.Claim("relay-1", clock.instant().plusSeconds(60)));
        return job;
    }

    /** A job whose message is with the transport. */
    private UUID sent() {
        return sent(TimeLimits.NONE);
    }

    private UUID sent(TimeLimits limits) {
        UUID id = accept(limits).id();
        Outbox.send(store, clock.instant(), List.of(id));
        return id;
    }

    private Job job(UUID id) {
        return store.find(id).orElseThrow();
    }

    private void report(Worker worker, WorkerEvent... events) {
        store.record(List.of(new EventBatch(worker, List.of(events))));
    }

    private WorkerEvent.Started started(UUID id, int attempt) {
        return new WorkerEvent.Started(id, attempt, clock.instant());
    }

    private WorkerEvent.Succeeded succeeded(UUID id, int attempt) {
        return new WorkerEvent.Succeeded(
                id, attempt, clock.instant(), clock.instant(), "{}".getBytes(StandardCharsets.UTF_8), null);
    }

    private WorkerEvent.Retrying retrying(UUID id, int attempt) {
        Instant now = clock.instant();
        return new WorkerEvent.Retrying(id, attempt, now, now, now.plusSeconds(1), null, "later");
    }

    /** Everything is recorded, and has been for long. */
    private ClaimRules.Terms terms() {
        return new ClaimRules.Terms(clock.instant(), clock.instant(), true, LEASE, false);
    }

    private ClaimAnswer claim(UUID id, int attempt, Worker worker, boolean maybeRunning) {
        return claim(id, attempt, worker, maybeRunning, true);
    }

    private ClaimAnswer claim(UUID id, int attempt, Worker worker, boolean maybeRunning, boolean suspectsWelcome) {
        return claims.claim(id, worker, question(attempt, worker, maybeRunning, suspectsWelcome), terms());
    }

    private static ClaimRules.Question question(
            int attempt, Worker worker, boolean maybeRunning, boolean suspectsWelcome) {
        return new ClaimRules.Question(
                attempt,
                worker.instance(),
                worker.release(),
                maybeRunning,
                suspectsWelcome,
                UUID.randomUUID(),
                List.of());
    }

    private static ClaimRules.Question question(UUID claim, UUID... unheard) {
        return new ClaimRules.Question(1, TWO.instance(), TWO.release(), true, true, claim, List.of(unheard));
    }

    // A release of its own ----------------------------------------------------------------------------------------

    private static final Worker NEW = new Worker("echo", "echo-3", "host", "2.0");

    private UUID sentOnRelease(String release) {
        NewJob job = accept(job().onRelease(release));
        Outbox.send(store, clock.instant(), List.of(job.id()));
        return job.id();
    }

    private void isThere(Worker worker, String state, boolean drain, String... types) {
        JdbiFleetStore fleet = new JdbiFleetStore(database);
        fleet.heard(new Instance(worker, List.of(types), state, 0, 1, clock.instant(), clock.instant(), false));
        fleet.drain(worker.instance(), drain);
    }

    @Test
    void isKeptForTheReleaseThatIsToRunIt() {
        isThere(NEW, "ready", false, ECHO.key());
        UUID id = sentOnRelease("2.0");

        ClaimAnswer others = claim(id, 1, ONE, false);
        assertThat(others.verdict()).isEqualTo(Verdict.WAIT);
        assertThat(others.reason()).isEqualTo("it is to run on release 2.0");
        assertThat(job(id).state()).isEqualTo(JobState.QUEUED);
        assertThat(claim(id, 1, NEW, false)).isEqualTo(ClaimAnswer.run(1, 0));
        assertThat(job(id).worker()).isEqualTo(NEW);
    }

    @Test
    void isAnybodysWhenThatReleaseIsNotThere() {
        UUID unheardOf = sentOnRelease("2.0");
        assertThat(claim(unheardOf, 1, ONE, false).verdict()).isEqualTo(Verdict.RUN);

        isThere(NEW, "ready", false, "test.other.v1");
        UUID ofAnotherType = sentOnRelease("2.0");
        assertThat(claim(ofAnotherType, 1, ONE, false).verdict()).isEqualTo(Verdict.RUN);

        isThere(NEW, "ready", true, ECHO.key());
        UUID drained = sentOnRelease("2.0");
        assertThat(claim(drained, 1, ONE, false).verdict()).isEqualTo(Verdict.RUN);

        isThere(NEW, "ready", false, ECHO.key());
        UUID silent = sentOnRelease("2.0");
        clock.advance(Instance.SILENT_AFTER.plusSeconds(1));
        assertThat(claim(silent, 1, ONE, false).verdict()).isEqualTo(Verdict.RUN);
    }

    @Test
    void isStillDroppedWhereItIsNotWanted() {
        isThere(NEW, "ready", false, ECHO.key());
        UUID id = sentOnRelease("2.0");
        report(NEW, succeeded(id, 1));
        assertThat(claim(id, 1, ONE, false).verdict()).isEqualTo(Verdict.DROP);
    }

    private ClaimAnswer claimPatiently(UUID id, int attempt, Worker worker) {
        ClaimAnswer answer = claim(id, attempt, worker, true);
        while (answer.verdict() == Verdict.WAIT) {
            clock.advance(Duration.ofSeconds(answer.afterSeconds()));
            answer = claim(id, attempt, worker, true);
        }
        return answer;
    }

    private void pass(int seconds) {
        clock.advance(Duration.ofSeconds(seconds));
    }

    // Claims ----------------------------------------------------------------------------------------------------

    @Test
    void aCleanMessageMayBegin() {
        UUID id = sent();
        assertThat(claim(id, 1, ONE, false)).isEqualTo(ClaimAnswer.run(1, 0));
        Job job = job(id);
        assertThat(job.state()).isEqualTo(JobState.RUNNING);
        assertThat(job.worker()).isEqualTo(ONE);
        assertThat(job.startedAt()).isEqualTo(START);
        report(ONE, succeeded(id, 1));
        assertThat(job(id).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void whatHasEndedOrIsNotKnownIsDropped() {
        UUID id = sent();
        report(ONE, succeeded(id, 1));
        assertThat(claim(id, 1, TWO, true)).isEqualTo(ClaimAnswer.drop("the job is succeeded"));
        assertThat(claim(JobIds.next(), 1, TWO, true).verdict()).isEqualTo(Verdict.DROP);
    }

    @Test
    void theMessageOfAnEarlierAttemptIsDropped() {
        UUID id = sent();
        report(ONE, retrying(id, 1));
        assertThat(claim(id, 1, TWO, true)).isEqualTo(ClaimAnswer.drop("attempt 2 has followed"));
        assertThat(claim(id, 2, TWO, false)).isEqualTo(ClaimAnswer.run(2, 0));
    }

    @Test
    void aSecondCopyWaitsForTheWordOfTheFirst() {
        UUID id = sent();
        assertThat(claim(id, 1, TWO, true).verdict()).isEqualTo(Verdict.WAIT);
        pass(1);
        assertThat(claim(id, 1, TWO, true).verdict()).isEqualTo(Verdict.WAIT);
        report(ONE, started(id, 1));
        pass(5);
        ClaimAnswer answer = claim(id, 1, TWO, true);
        assertThat(answer.verdict()).isEqualTo(Verdict.WAIT);
        assertThat(answer.reason()).isEqualTo("it runs on echo-1");
        report(ONE, succeeded(id, 1));
        assertThat(claim(id, 1, TWO, true).verdict()).isEqualTo(Verdict.DROP);
    }

    @Test
    void withoutAWordTheSecondCopyRunsAsAnAttemptOfItsOwn() {
        UUID id = sent();
        assertThat(claimPatiently(id, 1, TWO)).isEqualTo(ClaimAnswer.run(2, 0));
        assertThat(clock.instant()).isBefore(START.plusSeconds(10));
        report(ONE, succeeded(id, 1));
        assertThat(job(id).state())
                .as("whoever had the first copy comes too late")
                .isEqualTo(JobState.RUNNING);
        report(TWO, succeeded(id, 2));
        assertThat(job(id).worker()).isEqualTo(TWO);
    }

    @Test
    void whatIsNotRecordedYetIsWaitedFor() {
        UUID id = sent();
        claim(id, 1, TWO, true);
        Instant asked = clock.instant();
        pass(60);
        ClaimRules.Question again = question(1, TWO, true, true);
        for (Instant behind : new Instant[] {null, asked.plusSeconds(1)}) {
            ClaimRules.Terms terms = new ClaimRules.Terms(clock.instant(), behind, true, LEASE, false);
            assertThat(claims.claim(id, TWO, again, terms).verdict()).isEqualTo(Verdict.WAIT);
        }
    }

    @Test
    void aLeaseThatEndedIsTakenOverAndWhoHeldItCannotSpeakAnyMore() {
        UUID id = sent();
        report(ONE, started(id, 1));
        pass(29);
        assertThat(claim(id, 1, TWO, true).verdict()).isEqualTo(Verdict.WAIT);
        report(ONE, started(id, 1));
        pass(29);
        assertThat(claim(id, 1, TWO, true).verdict()).as("it was renewed").isEqualTo(Verdict.WAIT);
        pass(2);
        assertThat(claim(id, 1, TWO, true)).isEqualTo(ClaimAnswer.run(2, 1));

        report(ONE, started(id, 1), retrying(id, 1), succeeded(id, 1));
        Job job = job(id);
        assertThat(job.state()).isEqualTo(JobState.RUNNING);
        assertThat(job.worker()).isEqualTo(TWO);
        assertThat(job.earlier()).singleElement().satisfies(lost -> {
            assertThat(lost.worker()).isEqualTo(ONE);
            assertThat(lost.reason()).startsWith("lost");
        });
        assertThat(claims.over("echo-1", List.of(new RunningCheck.Running(id, 1), new RunningCheck.Running(id, 2))))
                .singleElement()
                .isEqualTo(new RunningCheck.Over(id, 1, "attempt 2 has followed"));
    }

    @Test
    void aGrantThatNobodyHeardIsVoid() {
        UUID id = sent();
        report(ONE, started(id, 1));
        pass(31);
        UUID unheard = UUID.randomUUID();
        assertThat(claims.claim(id, TWO, question(unheard), terms())).isEqualTo(ClaimAnswer.run(2, 1));
        pass(10);
        UUID heard = UUID.randomUUID();
        assertThat(claims.claim(id, TWO, question(UUID.randomUUID(), UUID.randomUUID()), terms())
                        .verdict())
                .as("of another claim it is not known that nothing runs")
                .isEqualTo(Verdict.WAIT);
        assertThat(claims.claim(id, TWO, question(heard, UUID.randomUUID(), unheard), terms()))
                .as("no attempt is lost by it")
                .isEqualTo(ClaimAnswer.run(2, 1));
        assertThat(claims.claim(id, ONE, question(UUID.randomUUID(), unheard), terms())
                        .verdict())
                .as("a copy of the same message")
                .isEqualTo(Verdict.WAIT);
        report(TWO, succeeded(id, 2));
        assertThat(job(id).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(job(id).earlier()).hasSize(1);
    }

    @Test
    void whoAnnouncedItselfHeardItsGrant() {
        UUID id = sent();
        UUID granted = UUID.randomUUID();
        assertThat(claim(id, 1, ONE, true).verdict()).isEqualTo(Verdict.WAIT);
        pass(3);
        assertThat(claims.claim(id, TWO, question(granted), terms())).isEqualTo(ClaimAnswer.run(2, 0));
        report(TWO, started(id, 2));
        assertThat(claims.claim(id, ONE, question(UUID.randomUUID(), granted), terms())
                        .verdict())
                .isEqualTo(Verdict.WAIT);
    }

    @Test
    void aSuspectWhoseGrantNobodyHeardIsStillOne() {
        UUID id = sent();
        report(ONE, started(id, 1));
        pass(31);
        assertThat(claim(id, 1, TWO, true)).isEqualTo(ClaimAnswer.run(2, 1));
        pass(31);
        UUID unheard = UUID.randomUUID();
        assertThat(claims.claim(id, TWO, question(unheard), terms())).isEqualTo(ClaimAnswer.run(3, 2));
        ClaimRules.Question unwelcome =
                new ClaimRules.Question(1, "echo-2", "1.0", true, false, UUID.randomUUID(), List.of(unheard));
        ClaimAnswer answer = claims.claim(id, TWO, unwelcome, terms());
        assertThat(answer.verdict()).isEqualTo(Verdict.WAIT);
        assertThat(answer.lost()).isEqualTo(2);
    }

    @Test
    void theSameMessageComesAgainAfterItsTakeover() {
        UUID id = sent();
        report(ONE, started(id, 1));
        pass(31);
        assertThat(claim(id, 1, TWO, true)).isEqualTo(ClaimAnswer.run(2, 1));
        pass(31);
        assertThat(claim(id, 1, ONE, true)).isEqualTo(ClaimAnswer.run(3, 2));
    }

    @Test
    void whoSaysThatItRunsKeepsItsLeaseThoughItsHeartbeatsAreHeldUp() {
        UUID id = sent();
        report(ONE, started(id, 1));
        List<RunningCheck.Running> running = List.of(new RunningCheck.Running(id, 1));
        pass(14);
        assertThat(claims.over(ONE.instance(), running)).isEmpty();
        pass(6);
        assertThat(claims.over(TWO.instance(), running)).as("not who has it").isEmpty();
        assertThat(claims.over(null, running)).isEmpty();
        assertThat(claims.over(ONE.instance(), running)).isEmpty();
        pass(29);
        assertThat(claim(id, 1, TWO, true).verdict()).isEqualTo(Verdict.WAIT);
        pass(2);
        assertThat(claims.over(TWO.instance(), running)).isEmpty();
        assertThat(claim(id, 1, TWO, true).attempt()).as("its lease has ended").isEqualTo(2);
        assertThat(claims.over(ONE.instance(), running)).hasSize(1);
        pass(31);
        assertThat(claims.over(ONE.instance(), running)).hasSize(1);
        assertThat(claim(id, 1, ONE, true).attempt())
                .as("nor is that of another one renewed")
                .isEqualTo(3);
    }

    @Test
    void nobodyIsJudgedWhileLeasesCannotBe() {
        UUID id = sent();
        report(ONE, started(id, 1));
        pass(300);
        ClaimRules.Question question = question(1, TWO, true, true);
        ClaimRules.Terms behind = new ClaimRules.Terms(clock.instant(), START.plusSeconds(20), true, LEASE, false);
        ClaimRules.Terms gap = new ClaimRules.Terms(clock.instant(), clock.instant(), false, LEASE, false);
        for (ClaimRules.Terms terms : List.of(behind, gap)) {
            assertThat(claims.claim(id, TWO, question, terms).verdict()).isEqualTo(Verdict.WAIT);
            assertThat(claims.takeBackLost(terms, 100)).isZero();
        }
    }

    @Test
    void aLeaseJustGivenHoldsHoweverFarTheRecorderIsBehind() {
        UUID claimed = sent();
        UUID reported = sent();
        ClaimRules.Terms behind =
                new ClaimRules.Terms(clock.instant(), clock.instant().minusSeconds(300), true, LEASE, false);
        assertThat(claims.claim(claimed, ONE, question(1, ONE, false, true), behind))
                .isEqualTo(ClaimAnswer.run(1, 0));
        report(ONE, started(reported, 1));
        assertThat(claims.takeBackLost(behind, 100)).isZero();
        for (UUID id : List.of(claimed, reported)) {
            assertThat(claims.claim(id, TWO, question(1, TWO, true, true), behind)
                            .verdict())
                    .isEqualTo(Verdict.WAIT);
        }
    }

    @Test
    void aTakeBackIsNotUndoneByALateConfirmOfTheAttemptBefore() {
        UUID id = accept(TimeLimits.NONE).id();
        Instant claimedUntil = clock.instant().plusSeconds(60);
        report(ONE, started(id, 1));
        pass(46);
        assertThat(claims.takeBackLost(terms(), 100)).isEqualTo(1);
        store.sent("relay-1", Map.of(id, claimedUntil));
        List<Dispatch> again =
                store.claim(new JobStore.Claim("r", clock.instant().plusSeconds(60)), clock.instant(), 10, 1_000);
        assertThat(again).singleElement().satisfies(dispatch -> assertThat(dispatch.attempt())
                .isEqualTo(2));
    }

    @Test
    void aLeaseFromBeforeTheClockWasSetBackEnds() {
        UUID id = sent();
        clock.advance(Duration.ofHours(1));
        report(ONE, started(id, 1));
        clock.moveTo(START);
        assertThat(claim(id, 1, TWO, true)).isEqualTo(ClaimAnswer.run(2, 1));
    }

    /** The broker saw the death and delivered the message again at once; the lease had just been renewed. */
    @Test
    void anOrphanThatIsDeliveredAgainRunsAsSoonAsItsLeaseHasEnded() {
        UUID id = sent();
        report(ONE, started(id, 1));
        Instant died = clock.instant();
        ClaimAnswer first = claim(id, 1, TWO, true);
        assertThat(first.verdict()).isEqualTo(Verdict.WAIT);
        assertThat(first.afterSeconds())
                .as("not asked to wait beyond the lease")
                .isBetween(30, 31);
        assertThat(claimPatiently(id, 1, TWO)).isEqualTo(ClaimAnswer.run(2, 1));
        assertThat(Duration.between(died, clock.instant())).isLessThanOrEqualTo(LEASE.plusSeconds(2));
    }

    @Test
    void aJobIsTakenBackWhoseMessageNeverAsksAgain() {
        UUID id = sent();
        UUID healthy = sent();
        report(ONE, started(id, 1), started(healthy, 1));
        pass(29);
        report(TWO, started(healthy, 1));
        pass(15);
        assertThat(claims.takeBackLost(terms(), 100)).as("its message may ask").isZero();
        pass(2);
        assertThat(claims.takeBackLost(terms(), 100)).isEqualTo(1);
        assertThat(claims.takeBackLost(terms(), 100)).isZero();
        Job job = job(id);
        assertThat(job.state()).isEqualTo(JobState.QUEUED);
        assertThat(job.startedAt()).isNull();
        assertThat(job.earlier()).hasSize(1);
        List<Dispatch> again =
                store.claim(new JobStore.Claim("r", clock.instant().plusSeconds(60)), clock.instant(), 10, 1_000);
        assertThat(again).singleElement().satisfies(dispatch -> {
            assertThat(dispatch.jobId()).isEqualTo(id);
            assertThat(dispatch.attempt()).isEqualTo(2);
            assertThat(dispatch.maybeDuplicate()).isFalse();
        });
        assertThat(claim(id, 1, ONE, true).verdict()).as("the old message").isEqualTo(Verdict.DROP);
        assertThat(claim(id, 2, TWO, false)).isEqualTo(ClaimAnswer.run(2, 1));
        assertThat(job(healthy).state()).isEqualTo(JobState.RUNNING);
    }

    @Test
    void whatIsLostAgainAndAgainIsDead() {
        UUID id = sent();
        report(ONE, started(id, 1));
        for (int lost = 1; lost < ClaimRules.MAX_LOST; lost++) {
            pass(31);
            assertThat(claim(id, 1, TWO, true, lost < ClaimAnswer.SUSPECT).verdict())
                    .isEqualTo(lost < ClaimAnswer.SUSPECT ? Verdict.RUN : Verdict.WAIT);
            if (lost >= ClaimAnswer.SUSPECT) {
                assertThat(claim(id, 1, TWO, true)).isEqualTo(ClaimAnswer.run(lost + 1, lost));
            }
        }
        pass(31);
        assertThat(claim(id, 1, ONE, true).verdict()).isEqualTo(Verdict.DROP);
        Job job = job(id);
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(job.failure().category()).isEqualTo(ErrorCategory.CRASH_LOOP);
        assertThat(job.failure().message()).contains("echo-2");
        assertThat(job.earlier()).hasSize(ClaimRules.MAX_LOST - 1);
    }

    @Test
    void whatIsLostAgainAndAgainIsDeadWithoutAClaimToo() {
        UUID id = sent();
        for (int attempt = 1; attempt <= ClaimRules.MAX_LOST; attempt++) {
            report(ONE, started(id, attempt));
            pass(46);
            assertThat(claims.takeBackLost(terms(), 100)).isEqualTo(1);
        }
        assertThat(job(id).state()).isEqualTo(JobState.FAILED);
        assertThat(job(id).failure().code()).isEqualTo("lost-attempts");
    }

    @Test
    void whatWasHandedBackWaitsForNobody() {
        UUID id = sent();
        report(ONE, started(id, 1));
        pass(10);
        report(ONE, new WorkerEvent.HandedBack(id, 1, START, clock.instant()));
        assertThat(job(id).state()).isEqualTo(JobState.QUEUED);
        assertThat(claim(id, 1, TWO, true)).isEqualTo(ClaimAnswer.run(2, 0));
        report(ONE, new WorkerEvent.HandedBack(id, 1, START, clock.instant()));
        assertThat(job(id).state()).isEqualTo(JobState.RUNNING);
        assertThat(job(id).earlier()).singleElement().satisfies(ended -> assertThat(ended.reason())
                .startsWith("handed back"));
    }

    @Test
    void aHeartbeatThatIsRecordedAfterItsHandBackGivesNoLease() {
        UUID id = sent();
        WorkerEvent.Started heartbeat = started(id, 1);
        report(ONE, heartbeat);
        pass(10);
        report(ONE, new WorkerEvent.HandedBack(id, 1, heartbeat.at(), clock.instant()));
        report(ONE, heartbeat);
        assertThat(job(id).state()).isEqualTo(JobState.QUEUED);

        pass(1);
        report(TWO, started(id, 1));
        assertThat(job(id).state()).as("it runs again, as the same attempt").isEqualTo(JobState.RUNNING);
    }

    @Test
    void aloneWithTheTransportOnlyItsOwnProcessIsWaitedFor() {
        UUID running = sent();
        UUID other = sent();
        UUID queued = sent();
        report(ONE, started(running, 1));
        report(TWO, started(other, 1));
        ClaimRules.Terms alone = new ClaimRules.Terms(clock.instant(), null, false, LEASE, true);
        ClaimRules.Question question = question(1, TWO, true, true);
        assertThat(claims.claim(running, TWO, question, alone)).isEqualTo(ClaimAnswer.run(2, 1));
        assertThat(claims.claim(other, TWO, question, alone).verdict()).isEqualTo(Verdict.WAIT);
        assertThat(claims.claim(queued, TWO, question, alone)).isEqualTo(ClaimAnswer.run(2, 0));
    }

    // Cancelling ------------------------------------------------------------------------------------------------

    @Test
    void aJobIsCancelledInAnyStateAndStaysSo() {
        UUID queued = sent();
        UUID running = sent();
        UUID retrying = sent();
        report(ONE, started(running, 1), retrying(retrying, 1));
        for (UUID id : List.of(queued, running, retrying)) {
            assertThat(ends.cancel(id, "cancelled by request", clock.instant())).contains(JobState.CANCELLED);
            assertThat(ends.cancel(id, "again", clock.instant())).contains(JobState.CANCELLED);
            report(ONE, succeeded(id, 2), started(id, 2), retrying(id, 1));
            Job job = job(id);
            assertThat(job.state()).isEqualTo(JobState.CANCELLED);
            assertThat(job.finishedAt()).isEqualTo(START);
            assertThat(job.reason()).isEqualTo("cancelled by request");
            assertThat(claim(id, 1, TWO, false).verdict()).isEqualTo(Verdict.DROP);
        }
        assertThat(claims.over("echo-1", List.of(new RunningCheck.Running(running, 1))))
                .singleElement()
                .satisfies(over -> assertThat(over.reason()).isEqualTo("the job is cancelled"));
        UUID done = sent();
        report(ONE, succeeded(done, 1));
        assertThat(ends.cancel(done, "late", clock.instant())).contains(JobState.SUCCEEDED);
        assertThat(ends.cancel(JobIds.next(), "nobody", clock.instant())).isEmpty();
    }

    @Test
    void whileAnUnwantedMessageIsOnItsWayMessagesOfItsTypeAreClaimedEach() {
        UUID id = sent();
        JobType other = new JobType("test.other", 1);
        assertThat(claims.claimEach(Set.of(ECHO, other))).isEmpty();
        ends.cancel(id, "cancelled", clock.instant());
        assertThat(claims.claimEach(Set.of(ECHO, other))).containsExactly(ECHO);
        claim(id, 1, TWO, false);
        assertThat(claims.claimEach(Set.of(ECHO, other))).isEmpty();
    }

    @Test
    void anUnwantedMessageThatRanAllTheSameIsGone() {
        UUID id = sent();
        ends.cancel(id, "cancelled", clock.instant());
        report(ONE, succeeded(id, 1));
        assertThat(claims.claimEach(Set.of(ECHO))).isEmpty();
    }

    @Test
    void aJobThatWasNeverSentIsNotSentAnyMore() {
        UUID id = accept(TimeLimits.NONE).id();
        store.handBack(List.of(id), false);
        ends.cancel(id, "cancelled", clock.instant());
        assertThat(store.outboxSize()).isZero();
        assertThat(claims.claimEach(Set.of(ECHO))).isEmpty();
    }

    @Test
    void manyAreCancelledByAFilter() {
        UUID queued = sent();
        UUID running = sent();
        UUID done = sent();
        report(ONE, started(running, 1), succeeded(done, 1));
        JobQuery all = new JobQuery(Set.of(), ECHO.name(), Map.of(), null, null, null, 100);
        JobQuery onlyRunning = new JobQuery(Set.of(JobState.RUNNING), null, Map.of(), null, null, null, 100);
        assertThat(ends.countUnfinished(all)).isEqualTo(2);
        assertThat(ends.cancel(onlyRunning, "cancelled", clock.instant())).isEqualTo(1);
        assertThat(job(queued).state()).isEqualTo(JobState.QUEUED);
        assertThat(ends.cancel(all, "cancelled", clock.instant())).isEqualTo(1);
        assertThat(ends.cancel(all, "cancelled", clock.instant())).isZero();
        assertThat(job(done).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void aFilterOfEndedStatesCancelsNothing() {
        UUID queued = sent();
        JobQuery dead = new JobQuery(Set.of(JobState.FAILED), null, Map.of(), null, null, null, 100);
        assertThat(ends.countUnfinished(dead)).isZero();
        assertThat(ends.cancel(dead, "cancelled", clock.instant())).isZero();
        assertThat(job(queued).state()).isEqualTo(JobState.QUEUED);
    }

    @Test
    void anUnwantedMessageOfWhichAWorkerWasToldIsGone() {
        UUID id = sent();
        ends.cancel(id, "cancelled", clock.instant());
        assertThat(claims.over("echo-1", List.of(new RunningCheck.Running(id, 1))))
                .hasSize(1);
        assertThat(claims.claimEach(Set.of(ECHO))).isEmpty();
    }

    @Test
    void anUnwantedMessageIsRememberedLongerThanItsJob() {
        UUID id = sent();
        ends.cancel(id, "cancelled", clock.instant());
        assertThat(store.forget(List.of(id))).isEqualTo(1);
        assertThat(claims.claimEach(Set.of(ECHO))).containsExactly(ECHO);
        assertThat(claim(id, 1, TWO, false).verdict()).isEqualTo(Verdict.DROP);
        assertThat(claims.claimEach(Set.of(ECHO))).isEmpty();

        UUID never = sent();
        ends.cancel(never, "cancelled", clock.instant());
        assertThat(store.forgetUnwantedBefore(Instant.now().minusSeconds(3_600)))
                .isZero();
        assertThat(store.forgetUnwantedBefore(Instant.now().plusSeconds(3_600))).isEqualTo(1);
    }

    // Expiring --------------------------------------------------------------------------------------------------

    private static TimeLimits limits(@Nullable Integer startBy, @Nullable Integer endBy) {
        return new TimeLimits(
                startBy == null ? null : START.plusSeconds(startBy), endBy == null ? null : START.plusSeconds(endBy));
    }

    @Test
    void whatHasNotBegunInTimeExpires() {
        UUID late = sent(limits(10, null));
        UUID begun = sent(limits(10, null));
        UUID resting = sent(limits(10, null));
        report(ONE, started(begun, 1), retrying(resting, 1));
        pass(9);
        assertThat(ends.expire(clock.instant(), clock.instant(), 100)).isZero();
        pass(1);
        assertThat(ends.expire(clock.instant(), clock.instant(), 100)).isEqualTo(3);
        assertThat(ends.expire(clock.instant(), clock.instant(), 100)).isZero();
        assertThat(job(late).state()).isEqualTo(JobState.EXPIRED);
        assertThat(job(late).reason()).isEqualTo("its first attempt had not begun in time");
        assertThat(job(late).limits()).isEqualTo(limits(10, null));
        assertThat(job(begun).state()).isEqualTo(JobState.RUNNING);
        assertThat(job(resting).state()).isEqualTo(JobState.RETRYING);
        assertThat(claims.claimEach(Set.of(ECHO))).containsExactly(ECHO);
    }

    @Test
    void whatBeganInTimeAndWasHandedBackDoesNotExpire() {
        UUID handedBack = sent(limits(10, null));
        report(
                ONE,
                started(handedBack, 1),
                new WorkerEvent.HandedBack(handedBack, 1, clock.instant(), clock.instant()));
        pass(11);
        assertThat(ends.expire(clock.instant(), clock.instant(), 100)).isEqualTo(1);
        assertThat(job(handedBack).state()).isEqualTo(JobState.QUEUED);
        assertThat(claim(handedBack, 1, TWO, true)).satisfies(answer -> {
            assertThat(answer.verdict()).isEqualTo(Verdict.RUN);
            assertThat(answer.attempt()).isEqualTo(2);
        });
    }

    @Test
    void whatMayHaveEndedInTimeDoesNotExpireBeforeAllReportsAreRecorded() {
        UUID done = sent(limits(null, 10));
        UUID free = accept(limits(10, null)).id();
        store.handBack(List.of(free), false);
        Instant recordedUpTo = START.plusSeconds(9);
        pass(60);
        assertThat(ends.expire(clock.instant(), recordedUpTo, 100)).isEqualTo(1);
        assertThat(job(free).state()).as("it was never sent").isEqualTo(JobState.EXPIRED);
        assertThat(job(done).state()).isEqualTo(JobState.QUEUED);
        assertThat(claim(done, 1, TWO, false).verdict())
                .as("nor does it begin now")
                .isEqualTo(Verdict.WAIT);
        report(ONE, succeeded(done, 1));
        assertThat(ends.expire(clock.instant(), START.plusSeconds(10), 100)).isEqualTo(1);
        assertThat(job(done).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void whatHasNotEndedInTimeExpiresWhereverItIs() {
        UUID running = sent(limits(5, 20));
        UUID done = sent(limits(5, 20));
        report(ONE, started(running, 1), succeeded(done, 1));
        pass(30);
        assertThat(ends.expire(clock.instant(), clock.instant(), 100)).isEqualTo(4);
        assertThat(job(running).state()).isEqualTo(JobState.EXPIRED);
        assertThat(job(running).reason()).isEqualTo("it had not ended in time");
        assertThat(job(done).state()).isEqualTo(JobState.SUCCEEDED);
        report(ONE, succeeded(running, 1));
        assertThat(job(running).state()).isEqualTo(JobState.EXPIRED);
    }

    @Test
    void limitsTravelWithTheMessageAndGoWithTheJob() {
        NewJob job = accept(limits(10, 20));
        store.handBack(List.of(job.id()), false);
        List<Dispatch> claimed =
                store.claim(new JobStore.Claim("r", clock.instant().plusSeconds(60)), clock.instant(), 10, 1_000);
        assertThat(claimed).singleElement().satisfies(dispatch -> assertThat(dispatch.limits())
                .isEqualTo(limits(10, 20)));
        Outbox.send(store, clock.instant(), List.of(job.id()));
        ends.cancel(job.id(), "cancelled", clock.instant());
        assertThat(store.forget(List.of(job.id()))).isEqualTo(1);
        pass(60);
        assertThat(ends.expire(clock.instant(), clock.instant(), 100)).isZero();
    }
}
