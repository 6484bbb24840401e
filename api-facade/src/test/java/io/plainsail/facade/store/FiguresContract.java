package io.plainsail.facade.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.access.Owner;
import io.plainsail.facade.contracts.Announcement;
import io.plainsail.facade.contracts.Speaker;
import io.plainsail.facade.fleet.Instance;
import io.plainsail.facade.job.JobFigures;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.facade.job.Lease;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.job.StoredInputs;
import io.plainsail.facade.receipt.Callers;
import io.plainsail.facade.receipt.Ledger;
import io.plainsail.facade.receipt.Receipt;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What jobs add up to, the ledger beside them, and the fleet, whatever database is below. One subclass per database. */
abstract class FiguresContract {
    private static final JobType ECHO = new JobType("test.echo", 1);
    private static final JobType OTHER = new JobType("test.other", 2);
    private static final Worker OLD = new Worker("echo", "echo-1", "host-1", "1.0");
    private static final Worker NEW = new Worker("echo", "echo-2", "host-2", "1.1");

    private Database database;
    private JdbiJobStore jobs;
    private JdbiJobFigures figures;
    private JdbiLedgerStore ledgers;
    private JdbiFleetStore fleet;
    private Instant now;

    /** Where a fresh, empty database is. */
    abstract StoreConfig freshDatabase();

    @BeforeEach
    void open() {
        database = Database.open(freshDatabase());
        jobs = new JdbiJobStore(database, new Lease(Clock.systemUTC(), Duration.ofSeconds(30)));
        figures = new JdbiJobFigures(database);
        ledgers = new JdbiLedgerStore(database);
        fleet = new JdbiFleetStore(database);
        now = JobIds.time(JobIds.next());
    }

    @AfterEach
    void close() {
        database.close();
    }

    private NewJob accept(JobType type) {
        return accept(job(type, "{}").labels(Map.of("team", type.name())));
    }

    private NewJob.Builder job(JobType type, String input) {
        return NewJob.builder(JobIds.next(), type, input.getBytes(StandardCharsets.UTF_8), Duration.ofSeconds(1), now);
    }

    private NewJob accept(NewJob.Builder built) {
        NewJob job = built.build();
        jobs.accept(List.of(job), null);
        return job;
    }

    private void report(Worker worker, WorkerEvent event) {
        jobs.record(List.of(new EventBatch(worker, List.of(event))));
    }

    private void succeed(Worker worker, NewJob job, int attempt, Duration took) {
        report(
                worker,
                new WorkerEvent.Succeeded(
                        job.id(), attempt, now, now.plus(took), "{}".getBytes(StandardCharsets.UTF_8), null));
    }

    private void fail(Worker worker, NewJob job) {
        Failure failure = Failure.of(ErrorCategory.INTERNAL, "broken", "broken");
        report(worker, new WorkerEvent.Failed(job.id(), 1, now, now.plusMillis(5), failure));
    }

    private void retry(Worker worker, NewJob job) {
        Failure failure = Failure.of(ErrorCategory.UNAVAILABLE, "away", "away");
        report(
                worker,
                new WorkerEvent.Retrying(
                        job.id(), 1, now, now.plusMillis(5), now.plusSeconds(1), failure, "unavailable: away"));
    }

    private static JobQuery query(String type, Set<JobState> states) {
        return new JobQuery(states, type, Map.of("team", type), null, null, null, 1);
    }

    @Test
    void jobsAreCountedByState() {
        succeed(OLD, accept(ECHO), 1, Duration.ofMillis(10));
        succeed(OLD, accept(ECHO), 1, Duration.ofMillis(10));
        fail(OLD, accept(ECHO));
        accept(ECHO);
        accept(OTHER);
        assertThat(figures.count(query("test.echo", Set.of())))
                .isEqualTo(Map.of(JobState.SUCCEEDED, 2L, JobState.FAILED, 1L, JobState.QUEUED, 1L));
        assertThat(figures.count(query("test.echo", Set.of(JobState.FAILED)))).isEqualTo(Map.of(JobState.FAILED, 1L));
        assertThat(figures.count(query("test.none", Set.of()))).isEmpty();
    }

    // Inputs of jobs that may still run ------------------------------------------------------------------------

    private NewJob acceptInput(String input, UUID replayOf) {
        return accept(job(ECHO, input).replayOf(replayOf));
    }

    @Test
    void whatMayStillRunIsReadABitAtATimeAndWhatIsOverIsNot() {
        JdbiStoredInputs inputs = new JdbiStoredInputs(database);
        NewJob queued = acceptInput("{\"n\":1}", null);
        NewJob succeeded = acceptInput("{\"n\":2}", null);
        NewJob dead = acceptInput("{\"n\":3}", null);
        NewJob repeated = acceptInput("{\"n\":4}", null);
        NewJob retrying = acceptInput("{\"n\":5}", null);
        accept(OTHER);
        succeed(OLD, succeeded, 1, Duration.ofMillis(10));
        fail(OLD, dead);
        fail(OLD, repeated);
        retry(OLD, retrying);
        NewJob repetition = acceptInput("{\"n\":6}", repeated.id());

        List<UUID> ids = inputs.mayRun(ECHO, 100);
        assertThat(ids).containsExactly(queued.id(), dead.id(), retrying.id(), repetition.id());
        assertThat(inputs.mayRun(ECHO, 2)).containsExactly(queued.id(), dead.id());
        assertThat(inputs.mayRun(new JobType("test.echo", 2), 100)).isEmpty();

        StoredInputs.Batch two = inputs.inputs(ids, 2, 1_000_000);
        assertThat(two.taken()).isEqualTo(2);
        assertThat(two.inputs())
                .extracting(StoredInputs.Stored::state)
                .containsExactly(JobState.QUEUED, JobState.FAILED);
        assertThat(two.inputs().get(1).input()).isEqualTo(dead.input());
        // One is read whatever its size; no second that would be too much.
        assertThat(inputs.inputs(ids, 100, 1).taken()).isEqualTo(1);
        assertThat(inputs.inputs(ids, 100, 15).taken()).isEqualTo(2);

        // One that has ended since it was listed is looked at no more.
        succeed(OLD, queued, 1, Duration.ofMillis(10));
        StoredInputs.Batch later = inputs.inputs(ids, 2, 1_000_000);
        assertThat(later.taken()).isEqualTo(2);
        assertThat(later.inputs()).extracting(StoredInputs.Stored::jobId).containsExactly(dead.id());
    }

    // Announced contracts --------------------------------------------------------------------------------------

    @Test
    void whatWasDecidedOfAContractAndWhoSpeaksItIsKept() {
        JdbiAnnouncementStore announcements = new JdbiAnnouncementStore(database);
        Announcement refused = new Announcement(ECHO, "d2", "{}", false, "d1", "{\"verdict\":\"x\"}", now, now, now);
        announcements.put(refused);
        announcements.put(new Announcement(OTHER, "d2", "{}", true, null, "{}", now, now, now));
        Announcement later = new Announcement(
                ECHO, "d2", "{}", true, "d3", "{}", now.plusSeconds(5), now.plusSeconds(5), now.plusSeconds(5));
        announcements.put(later);
        assertThat(announcements.all()).hasSize(2).first().satisfies(one -> {
            assertThat(one.accepted()).isTrue();
            assertThat(one.against()).isEqualTo("d3");
            assertThat(one.decidedAt()).isEqualTo(SqlTime.at(now.plusSeconds(5)).toInstant());
            assertThat(one.firstSeen()).isEqualTo(SqlTime.at(now).toInstant());
        });

        for (int i = 0; i < JdbiAnnouncementStore.MAX_OF_VERSION + 5; i++) {
            JobType busy = new JobType("test.busy", 1);
            Instant seen = now.plusSeconds(i);
            announcements.put(new Announcement(busy, "d" + i, "{}", false, "d", "{}", seen, seen, seen));
        }
        assertThat(announcements.all()).hasSize(2 + JdbiAnnouncementStore.MAX_OF_VERSION);
        assertThat(announcements.all())
                .extracting(Announcement::digest)
                .doesNotContain("d4")
                .contains("d5");

        announcements.spoke(List.of(new Speaker(ECHO, "d1", OLD, now), new Speaker(ECHO, "d1", NEW, now)));
        announcements.spoke(List.of(new Speaker(ECHO, "d2", NEW, now.plusSeconds(9))));
        assertThat(announcements.speakers())
                .extracting(Speaker::worker, Speaker::digest)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(OLD, "d1"), org.assertj.core.groups.Tuple.tuple(NEW, "d2"));
        assertThat(announcements.all())
                .filteredOn(one -> one.jobType().equals(ECHO))
                .extracting(Announcement::lastSeen)
                .containsExactly(SqlTime.at(now.plusSeconds(9)).toInstant());
        announcements.gone(NEW.instance());
        assertThat(announcements.speakers()).extracting(Speaker::worker).containsExactly(OLD);

        announcements.forgetBefore(now, now);
        assertThat(announcements.speakers()).hasSize(1);
        announcements.forgetBefore(now.plusSeconds(1), now.plusSeconds(1));
        assertThat(announcements.speakers()).isEmpty();
        assertThat(announcements.all())
                .extracting(Announcement::jobType)
                .contains(ECHO)
                .doesNotContain(OTHER);
    }

    @Test
    void whoSentWhatIsAddedUpOverFacades() {
        JdbiCallerStore callers = new JdbiCallerStore(database);
        Owner acme = new Owner("acme", "k1");
        callers.add("one", List.of(new Callers.Sent(ECHO, acme, 2, now, now.plusSeconds(1))));
        callers.add("one", List.of(new Callers.Sent(ECHO, acme, 3, now.plusSeconds(2), now.plusSeconds(3))));
        callers.add(
                "two",
                List.of(
                        new Callers.Sent(ECHO, acme, 5, now.plusSeconds(1), now.plusSeconds(2)),
                        new Callers.Sent(ECHO, Owner.NOBODY, 1, now, now),
                        new Callers.Sent(OTHER, acme, 1, now, now)));
        assertThat(callers.callers(ECHO, 10))
                .containsExactly(
                        new Callers.Sent(
                                ECHO,
                                acme,
                                10,
                                SqlTime.at(now).toInstant(),
                                SqlTime.at(now.plusSeconds(3)).toInstant()),
                        new Callers.Sent(
                                ECHO,
                                Owner.NOBODY,
                                1,
                                SqlTime.at(now).toInstant(),
                                SqlTime.at(now).toInstant()));
        assertThat(callers.callers(ECHO, 1)).hasSize(1);
        callers.forgetBefore(now.plusSeconds(1));
        assertThat(callers.callers(ECHO, 10)).hasSize(1);
        assertThat(callers.callers(OTHER, 10)).isEmpty();
    }

    @Test
    void aQueueShowsWhatWaitsSinceWhenAndHowFastItMoves() {
        accept(ECHO);
        accept(ECHO);
        retry(OLD, accept(ECHO));
        succeed(OLD, accept(ECHO), 1, Duration.ofMillis(10));
        succeed(OLD, accept(OTHER), 1, Duration.ofMillis(10));
        List<JobFigures.Queue> queues = figures.queues(now.plusSeconds(30));
        assertThat(queues).extracting(JobFigures.Queue::jobType).containsExactly(ECHO, OTHER);
        JobFigures.Queue echo = queues.get(0);
        assertThat(echo.states()).isEqualTo(Map.of(JobState.QUEUED, 2L, JobState.RETRYING, 1L));
        assertThat(echo.oldest()).isEqualTo(now);
        assertThat(echo.lastMinute()).isEqualTo(new JobFigures.Moves(4, 1, 1));
        // Two minutes later it is not the last minute any more, and still among the last ones.
        JobFigures.Queue later = figures.queues(now.plusSeconds(120)).get(0);
        assertThat(later.lastMinute()).isEqualTo(JobFigures.Moves.NONE);
        assertThat(later.lastMinutes()).isEqualTo(new JobFigures.Moves(4, 1, 1));
        assertThat(queues.get(1).oldest()).isNull();
        assertThat(figures.unfinished()).singleElement().satisfies(left -> {
            assertThat(left.jobType()).isEqualTo(ECHO);
            assertThat(left.states()).isEqualTo(echo.states());
            assertThat(left.oldest()).isEqualTo(echo.oldest());
        });
        // Later only what has not ended is left.
        assertThat(figures.queues(now.plus(Duration.ofHours(2))))
                .singleElement()
                .satisfies(left -> {
                    assertThat(left.jobType()).isEqualTo(ECHO);
                    assertThat(left.lastMinutes()).isEqualTo(JobFigures.Moves.NONE);
                });
    }

    @Test
    void outcomesAreCountedByReleaseOfWhoeverRanTheAttempt() {
        for (int i = 1; i <= 20; i++) {
            succeed(OLD, accept(ECHO), 1, Duration.ofMillis(i));
        }
        fail(NEW, accept(ECHO));
        NewJob retried = accept(ECHO);
        retry(NEW, retried);
        succeed(OLD, retried, 2, Duration.ofMillis(100));
        NewJob back = accept(OTHER);
        report(NEW, new WorkerEvent.HandedBack(back.id(), 1, now, now.plusMillis(1)));
        List<JobFigures.ReleaseOutcomes> found = figures.releases(null, now.minusSeconds(1), now.plusSeconds(1));
        assertThat(found)
                .extracting(
                        JobFigures.ReleaseOutcomes::release,
                        outcomes -> outcomes.jobType().name(),
                        JobFigures.ReleaseOutcomes::succeeded,
                        JobFigures.ReleaseOutcomes::failed,
                        JobFigures.ReleaseOutcomes::retried,
                        JobFigures.ReleaseOutcomes::lost,
                        JobFigures.ReleaseOutcomes::handedBack)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("1.0", "test.echo", 21L, 0L, 0L, 0L, 0L),
                        org.assertj.core.groups.Tuple.tuple("1.1", "test.echo", 0L, 1L, 1L, 0L, 0L),
                        org.assertj.core.groups.Tuple.tuple("1.1", "test.other", 0L, 0L, 0L, 0L, 1L));
        assertThat(found.get(0).median()).isEqualTo(Duration.ofMillis(11));
        assertThat(found.get(0).p95()).isEqualTo(Duration.ofMillis(20));
        assertThat(found.get(1).median()).isNull();
        assertThat(found).allMatch(outcomes -> outcomes.failedAgain() == 0);
        assertThat(figures.releases("test.other", now.minusSeconds(1), now.plusSeconds(1)))
                .hasSize(1);
        assertThat(figures.releases(null, now.plusSeconds(1), now.plusSeconds(2)))
                .isEmpty();
    }

    @Test
    void whatARepeatedDeadJobFailsOfAgainIsToldApart() {
        NewJob first = accept(ECHO);
        NewJob second = accept(ECHO);
        NewJob third = accept(ECHO);
        List.of(first, second, third).forEach(job -> fail(OLD, job));
        NewJob mended = acceptInput("{}", first.id());
        retry(NEW, mended);
        succeed(NEW, mended, 2, Duration.ofMillis(5));
        fail(NEW, acceptInput("{}", second.id()));
        NewJob ending = acceptInput("{}", third.id());
        Failure crash = Failure.of(ErrorCategory.CRASH_LOOP, "lost", "it ends its workers");
        report(NEW, new WorkerEvent.Failed(ending.id(), 1, now, now, crash));
        assertThat(figures.releases(null, now.minusSeconds(1), now.plusSeconds(1)))
                .extracting(
                        JobFigures.ReleaseOutcomes::release,
                        JobFigures.ReleaseOutcomes::succeeded,
                        JobFigures.ReleaseOutcomes::failed,
                        JobFigures.ReleaseOutcomes::retried,
                        JobFigures.ReleaseOutcomes::failedAgain)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("1.0", 0L, 3L, 0L, 0L),
                        org.assertj.core.groups.Tuple.tuple("1.1", 1L, 2L, 1L, 2L));
    }

    @Test
    void aReceiptBalancesWhileNothingIsLostAndSaysSoWhenSomethingIs() {
        Ledger ledger = new Ledger();
        List<NewJob> accepted = List.of(accept(ECHO), accept(ECHO), accept(OTHER), accept(OTHER));
        ledger.accepted(accepted);
        ledger.flush(ledgers, "facade-1");
        ledger.flush(ledgers, "facade-1");
        NewJob atAnother = accept(ECHO);
        Ledger other = new Ledger();
        other.accepted(List.of(atAnother));
        other.flush(ledgers, "facade-2");
        succeed(OLD, accepted.get(0), 1, Duration.ofMillis(1));
        fail(OLD, accepted.get(1));
        report(OLD, new WorkerEvent.HandedBack(accepted.get(2).id(), 1, now, now.plusMillis(1)));

        Receipt receipt = receipt();
        assertThat(receipt.counted()).isEqualTo(5);
        assertThat(receipt.kept()).isEqualTo(5);
        assertThat(receipt.inFlight()).isEqualTo(3);
        assertThat(receipt.lost()).isZero();
        assertThat(receipt.repeated().handedBack()).isEqualTo(1);
        assertThat(receipt.repeated().jobs()).containsExactly(accepted.get(2).id());
        assertThat(receipt.repeated().worstDelay()).isNull();

        report(OLD, new WorkerEvent.Started(accepted.get(2).id(), 2, now.plusMillis(700)));
        assertThat(receipt().repeated().worstDelay()).isEqualTo(Duration.ofMillis(700));

        // Forgotten in order: the receipt knows, and counts each once.
        List<UUID> ended = List.of(accepted.get(0).id(), accepted.get(1).id());
        assertThat(jobs.forget(ended)).isEqualTo(2);
        assertThat(jobs.forget(ended)).isZero();
        assertThat(receipt().forgotten()).isEqualTo(2);
        assertThat(receipt().lost()).isZero();

        // Gone in no order.
        database.write(handle ->
                handle.execute("delete from jobs where id = ?", accepted.get(3).id()));
        assertThat(receipt().lost()).isEqualTo(1);

        ledgers.forgetBefore(now.plus(Duration.ofHours(1)));
        assertThat(receipt().counted()).isZero();
    }

    private Receipt receipt() {
        Instant minute = Ledger.minute(now);
        return ledgers.receipt(minute, minute.plus(Duration.ofMinutes(2)));
    }

    @Test
    void instancesAreKeptAsTheyWereHeardOfLast() {
        Instance one = new Instance(OLD, List.of("test.echo.v1", "test.other.v2"), "ready", 3, 8, now, now, false);
        Instance two = new Instance(NEW, List.of(), "starting", 0, 2, now, now, false);
        fleet.heard(two);
        fleet.heard(one);
        assertThat(fleet.all()).usingRecursiveFieldByFieldElementComparator().containsExactly(one, two);
        assertThat(fleet.drain("echo-1", true)).isTrue();
        assertThat(fleet.drain("echo-3", true)).isFalse();
        assertThat(fleet.draining()).containsExactly("echo-1");
        // What it tells does not undo what it is asked.
        Instance later = new Instance(OLD, List.of("test.echo.v1"), "draining", 0, 8, now, now.plusSeconds(90), false);
        fleet.heard(later);
        assertThat(fleet.all().get(0)).isEqualTo(later.withDrain(true));
        assertThat(fleet.forgetBefore(now.plusSeconds(1))).isEqualTo(1);
        assertThat(fleet.forgetBefore(now.plusSeconds(1))).isZero();
        assertThat(fleet.all()).hasSize(1);
        fleet.gone("echo-1");
        assertThat(fleet.all()).isEmpty();
    }
}
