package io.plainsail.facade.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.job.ClaimRules;
import io.plainsail.facade.job.Dispatch;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.Lease;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.job.UnheardJobs.Page;
import io.plainsail.facade.job.UnheardJobs.Unheard;
import io.plainsail.testbed.MovingClock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The search for missing messages, whatever database is below. One subclass per database. */
abstract class UnheardJobsContract {
    private static final JobType ECHO = new JobType("test.echo", 1);
    private static final Worker ONE = new Worker("echo", "echo-1", "host", "1.0");
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofMinutes(5);

    private final MovingClock clock = MovingClock.at(Instant.parse("2026-11-28T10:00:00Z"));
    private int accepted;

    private Database database;
    private JdbiJobStore store;
    private JdbiJobClaims claims;
    private JdbiJobEnds ends;
    private JdbiUnheardJobs unheard;

    /** Where a fresh, empty database is. */
    abstract StoreConfig freshDatabase();

    @BeforeEach
    void open() {
        database = Database.open(freshDatabase());
        Lease lease = new Lease(clock, LEASE);
        store = new JdbiJobStore(database, lease);
        claims = new JdbiJobClaims(database, lease);
        ends = new JdbiJobEnds(database);
        unheard = new JdbiUnheardJobs(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    // Helpers ---------------------------------------------------------------------------------------------------

    /** Its id tells the time of the clock. */
    private UUID accept() {
        UUID first = JobIds.smallestAt(clock.instant());
        NewJob job = NewJob.builder(
                        new UUID(first.getMostSignificantBits(), first.getLeastSignificantBits() + ++accepted),
                        ECHO,
                        "{}".getBytes(StandardCharsets.UTF_8),
                        Duration.ofSeconds(30),
                        clock.instant())
                .build();
        store.accept(List.of(job), null);
        return job.id();
    }

    /** A job whose message is with the transport. */
    private UUID sent() {
        UUID id = accept();
        Outbox.send(store, clock.instant(), List.of(id));
        return id;
    }

    private List<UUID> due(JobState state) {
        return page(state, null, 1_000).jobs().stream().map(Unheard::id).toList();
    }

    private Page page(JobState state, @Nullable UUID behind, int limit) {
        return unheard.unheard(state, behind, clock.instant().minus(LONG), limit);
    }

    private int release(UUID... ids) {
        return unheard.releaseMissing(List.of(ids), clock.instant().minus(LONG), clock.instant());
    }

    private void noteAndWait(UUID... ids) {
        clock.advance(LONG.plusSeconds(1));
        unheard.missing(List.of(ids), clock.instant());
        clock.advance(LONG);
    }

    private List<Dispatch> outbox() {
        Instant now = clock.instant();
        return store.claim(new JobStore.Claim("relay", now.plusSeconds(60)), now, 100, Long.MAX_VALUE);
    }

    private void report(WorkerEvent... events) {
        store.record(List.of(new EventBatch(ONE, List.of(events))));
    }

    private ClaimAnswer claim(UUID id, int attempt) {
        return claims.claim(
                id,
                ONE,
                new ClaimRules.Question(
                        attempt, ONE.instance(), ONE.release(), true, true, UUID.randomUUID(), List.of()),
                new ClaimRules.Terms(clock.instant(), clock.instant(), true, LEASE, false));
    }

    // The walk --------------------------------------------------------------------------------------------------

    @Test
    void findsJobsThatAreDueForLongAndNoOthers() {
        UUID missing = sent();
        UUID stillInOutbox = accept();
        UUID running = sent();
        UUID ended = sent();
        report(
                new WorkerEvent.Started(running, 1, clock.instant()),
                new WorkerEvent.Succeeded(ended, 1, clock.instant(), clock.instant(), new byte[] {'1'}, null));
        assertThat(due(JobState.QUEUED)).as("too young").isEmpty();

        clock.advance(LONG.plusSeconds(1));

        assertThat(due(JobState.QUEUED)).containsExactly(missing).doesNotContain(stillInOutbox);
        assertThat(due(JobState.RETRYING)).isEmpty();
    }

    @Test
    void aRetryingJobIsDueByTheTimeOfItsNextAttempt() {
        UUID id = sent();
        Instant next = clock.instant().plus(Duration.ofHours(1));
        report(new WorkerEvent.Retrying(id, 1, clock.instant(), clock.instant(), next, null, "later"));

        clock.moveTo(next.plus(LONG));
        assertThat(due(JobState.RETRYING)).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        assertThat(due(JobState.RETRYING)).containsExactly(id);
        assertThat(due(JobState.QUEUED)).isEmpty();
    }

    @Test
    void walksInPartsFromTheOldest() {
        List<UUID> ids = new ArrayList<>(Stream.generate(this::sent).limit(5).toList());
        accept(); // in the outbox: looked at, and passed over
        clock.advance(LONG.plusSeconds(1));

        List<UUID> seen = new ArrayList<>();
        UUID behind = null;
        int parts = 0;
        do {
            Page page = page(JobState.QUEUED, behind, 2);
            page.jobs().forEach(job -> seen.add(job.id()));
            behind = page.next();
            parts++;
        } while (behind != null);

        assertThat(seen).containsExactlyElementsOf(ids.stream().sorted().toList());
        assertThat(parts).as("six rows in threes of two, and the end").isEqualTo(4);
    }

    // Releasing -------------------------------------------------------------------------------------------------

    @Test
    void whatIsMissingForLongIsReleasedOnceAsAPossibleDuplicate() {
        UUID id = sent();
        clock.advance(LONG.plusSeconds(1));
        unheard.missing(List.of(id), clock.instant());
        assertThat(release(id)).as("not missing for long").isZero();
        clock.advance(LONG.minusMillis(1));
        unheard.missing(List.of(id), clock.instant());
        assertThat(release(id)).as("the first note counts").isZero();
        clock.advance(Duration.ofMillis(1));

        assertThat(release(id)).isEqualTo(1);
        assertThat(release(id)).as("by another facade").isZero();

        assertThat(outbox()).singleElement().satisfies(dispatch -> {
            assertThat(dispatch.jobId()).isEqualTo(id);
            assertThat(dispatch.attempt()).isEqualTo(1);
            assertThat(dispatch.maybeDuplicate()).isTrue();
        });
        assertThat(store.find(id).orElseThrow().state()).isEqualTo(JobState.QUEUED);
    }

    @Test
    void whatWasReleasedIsReleasedAgainOnlyWhenItIsMissingForLongAgain() {
        UUID id = sent();
        noteAndWait(id);
        assertThat(release(id)).isEqualTo(1);
        Outbox.send(store, clock.instant(), List.of(id));

        clock.advance(LONG.multipliedBy(2));
        assertThat(release(id)).as("nobody has noticed yet").isZero();
        noteAndWait(id);
        assertThat(release(id)).isEqualTo(1);
    }

    @Test
    void aReleasedRetryGoesOutAsTheNextAttempt() {
        UUID id = sent();
        Instant now = clock.instant();
        report(new WorkerEvent.Retrying(id, 1, now, now, now.plusSeconds(10), null, "later"));
        noteAndWait(id);

        assertThat(release(id)).isEqualTo(1);

        assertThat(outbox()).singleElement().satisfies(dispatch -> {
            assertThat(dispatch.attempt()).isEqualTo(2);
            assertThat(dispatch.maybeDuplicate()).isTrue();
        });
    }

    @Test
    void twoFacadesReleaseEachJobOnce() {
        UUID[] ids = Stream.generate(this::sent).limit(20).toArray(UUID[]::new);
        noteAndWait(ids);

        CompletableFuture<Integer> one = CompletableFuture.supplyAsync(() -> release(ids));
        CompletableFuture<Integer> other = CompletableFuture.supplyAsync(() -> release(ids));

        assertThat(one.join() + other.join()).isEqualTo(20);
        assertThat(outbox()).hasSize(20);
    }

    @Test
    void aClaimThatHasToWaitTakesTheNoteAway() {
        UUID id = sent();
        noteAndWait(id);

        assertThat(claim(id, 1).verdict()).isEqualTo(ClaimAnswer.Verdict.WAIT);

        assertThat(release(id)).isZero();
    }

    @Test
    void whatBeganOrEndedOrIsInTheOutboxIsNotReleased() {
        UUID running = sent();
        UUID cancelled = sent();
        UUID inOutbox = sent();
        noteAndWait(running, cancelled, inOutbox);
        report(new WorkerEvent.Started(running, 1, clock.instant()));
        ends.cancel(cancelled, "test", clock.instant());
        assertThat(store.releaseAgain(inOutbox, clock.instant())).isTrue();

        assertThat(release(running, cancelled, inOutbox)).isZero();
        assertThat(release()).isZero();
        assertThat(outbox()).hasSize(1);
    }

    @Test
    void aWordOfTheMessageTakesTheNoteAwayForLater() {
        UUID handedBack = sent();
        UUID retried = sent();
        UUID lost = sent();
        noteAndWait(handedBack, retried, lost);
        Instant now = clock.instant();
        report(
                new WorkerEvent.Started(handedBack, 1, now),
                new WorkerEvent.HandedBack(handedBack, 1, now, now),
                new WorkerEvent.Retrying(retried, 1, now, now, now.minus(LONG), null, "at once"),
                new WorkerEvent.Started(lost, 1, now));
        clock.advance(LEASE.plus(JdbiJobClaims.GRACE).plusSeconds(1));
        assertThat(claims.takeBackLost(new ClaimRules.Terms(clock.instant(), clock.instant(), true, LEASE, false), 10))
                .isEqualTo(1);
        Outbox.send(store, clock.instant(), List.of(lost));

        assertThat(release(handedBack, retried, lost)).isZero();
    }

    @Test
    void aNoteFromTheFutureIsMadeAnew() {
        UUID id = sent();
        clock.advance(LONG.plusSeconds(1));
        unheard.missing(List.of(id), clock.instant().plus(Duration.ofDays(1)));

        unheard.missing(List.of(id), clock.instant());

        assertThat(page(JobState.QUEUED, null, 10).jobs())
                .extracting(Unheard::missingSince)
                .containsExactly(clock.instant());
    }

    // What is unwanted ------------------------------------------------------------------------------------------

    @Test
    void forgetsThatMessagesAreUnwantedUnlessTheyAreStillToBeSent() {
        UUID gone = sent();
        UUID forgotten = sent();
        UUID tooYoung = sent();
        UUID toBeSent = accept();
        Instant now = clock.instant();
        store.claim(new JobStore.Claim("relay", now.plusSeconds(60)), now, 100, Long.MAX_VALUE);
        ends.cancel(gone, "test", now);
        ends.cancel(forgotten, "test", now);
        ends.cancel(toBeSent, "test", now);
        store.forget(List.of(forgotten));
        clock.advance(LONG);
        ends.cancel(tooYoung, "test", clock.instant());
        assertThat(unheard.unwantedTypes()).containsExactly(ECHO);

        assertThat(unheard.forgetUnwanted(ECHO, clock.instant(), 1)).isEqualTo(1);
        assertThat(unheard.forgetUnwanted(ECHO, clock.instant(), 10)).isEqualTo(1);
        assertThat(unheard.forgetUnwanted(new JobType("test.other", 1), clock.instant(), 10))
                .isZero();
        assertThat(unheard.unwantedTypes()).containsExactly(ECHO);

        Outbox.send(store, clock.instant(), List.of(toBeSent));
        clock.advance(LONG);
        assertThat(unheard.forgetUnwanted(ECHO, clock.instant(), 10)).isEqualTo(2);
        assertThat(unheard.unwantedTypes()).isEmpty();
    }
}
