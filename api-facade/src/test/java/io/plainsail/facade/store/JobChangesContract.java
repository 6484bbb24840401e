package io.plainsail.facade.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.access.Owner;
import io.plainsail.facade.job.JobChanges;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.facade.job.Lease;
import io.plainsail.facade.job.NewJob;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Changes in their order, none missing and none twice, whatever database is below. One subclass per database. */
@Timeout(120)
abstract class JobChangesContract {
    private static final JobType ECHO = new JobType("test.echo", 1);
    private static final Worker WORKER = new Worker("echo", "echo-1", "host-1", "1.0");
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123456Z");
    private static final JobQuery ALL = new JobQuery(Set.of(), null, Map.of(), null, null, null, 1);

    private StoreConfig config;
    private Database database;
    private JobChanges changes;

    /** Where a fresh, empty database is. */
    abstract StoreConfig freshDatabase();

    /** As many as may use one store at a time. */
    abstract int facades();

    @BeforeEach
    void open() {
        config = freshDatabase();
        database = Database.open(config);
        changes = new JdbiJobChanges(database);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static JdbiJobStore jobs(Database database) {
        return new JdbiJobStore(database, new Lease(Clock.systemUTC(), Duration.ofSeconds(30)));
    }

    private static NewJob job(String tenant, Map<String, String> labels) {
        return NewJob.builder(JobIds.next(), ECHO, "{}".getBytes(StandardCharsets.UTF_8), Duration.ofSeconds(1), NOW)
                .labels(labels)
                .owner(new Owner(tenant, "test"))
                .build();
    }

    private NewJob accept(String tenant, Map<String, String> labels) {
        NewJob job = job(tenant, labels);
        jobs(database).accept(List.of(job), null);
        return job;
    }

    private NewJob accept() {
        return accept("", Map.of());
    }

    private static void report(Database database, WorkerEvent... events) {
        jobs(database).record(List.of(new EventBatch(WORKER, List.of(events))));
    }

    private static WorkerEvent started(UUID id) {
        return new WorkerEvent.Started(id, 1, NOW);
    }

    private static WorkerEvent succeeded(UUID id) {
        return new WorkerEvent.Succeeded(id, 1, NOW, NOW, "{}".getBytes(StandardCharsets.UTF_8), null);
    }

    /**
     * Until nothing is under way that began before the last change: whatever else the server does, such as its tidying up,
     * holds changes back as well.
     */
    private void awaitSettled() {
        await().atMost(Duration.ofSeconds(60)).until(() -> {
            Optional<Long> last = database.read(handle -> handle.select("select max(changed) from jobs")
                    .mapTo(Long.class)
                    .findOne());
            return last.isEmpty() || changes.now().stamp() > last.get();
        });
    }

    private JobChanges.Position now() {
        awaitSettled();
        return changes.now();
    }

    /** Reads until there is nothing more, in pages of 3. */
    private List<String> read(JobChanges.Position from, JobQuery query) {
        awaitSettled();
        List<String> seen = new ArrayList<>();
        JobChanges.Page page = changes.after(from, query, 3);
        while (true) {
            page.changes()
                    .forEach(change -> seen.add(
                            change.job().id() + " " + change.job().state().word()));
            if (!page.more()) {
                return seen;
            }
            page = changes.after(page.reached(), query, 3);
        }
    }

    @Test
    void eachJobComesWithItsLastChangeInTheOrderOfTheChanges() {
        JobChanges.Position before = now();
        List<NewJob> jobs = IntStream.range(0, 7).mapToObj(i -> accept()).toList();
        report(database, succeeded(jobs.get(3).id()));
        report(database, started(jobs.get(0).id()));

        List<String> expected = new ArrayList<>();
        for (int i : new int[] {1, 2, 4, 5, 6}) {
            expected.add(jobs.get(i).id() + " queued");
        }
        expected.add(jobs.get(3).id() + " succeeded");
        expected.add(jobs.get(0).id() + " running");
        assertThat(read(before, ALL)).isEqualTo(expected);
        assertThat(read(now(), ALL)).isEmpty();
    }

    @Test
    void jobsOfOneTransactionArePagedThroughOnce() {
        JobChanges.Position before = now();
        List<NewJob> many =
                IntStream.range(0, 20).mapToObj(i -> job("", Map.of())).toList();
        jobs(database).accept(many, null);
        assertThat(read(before, ALL))
                .containsExactlyElementsOf(
                        many.stream().map(job -> job.id() + " queued").toList());
    }

    @Test
    void whatIsNotShownIsNoChange() {
        UUID id = accept().id();
        report(database, started(id));
        JobChanges.Position before = now();
        // Its worker is heard of again, and the lease renewed.
        report(database, started(id));
        report(database, new WorkerEvent.LogLine(id, 1, NOW, 0, "a line"));
        assertThat(read(before, ALL)).isEmpty();
        report(database, new WorkerEvent.Progress(id, 1, NOW.plusSeconds(1), 50.0, "half"));
        assertThat(read(before, ALL)).containsExactly(id + " running");
    }

    @Test
    void theFilterFindsWhatMeetsItAndGoesPastTheRest() {
        JobChanges.Position before = now();
        NewJob ofAcme = accept("acme", Map.of("team", "a"));
        NewJob ofZebra = accept("zebra", Map.of("team", "a"));
        IntStream.range(0, 10).forEach(i -> accept());
        NewJob last = accept("acme", Map.of("team", "b"));
        report(database, succeeded(last.id()));

        JobQuery teamA = new JobQuery(Set.of(), null, Map.of("team", "a"), null, null, null, 1);
        assertThat(read(before, teamA)).containsExactly(ofAcme.id() + " queued", ofZebra.id() + " queued");
        assertThat(read(before, ALL.ofTenant("acme")))
                .containsExactly(ofAcme.id() + " queued", last.id() + " succeeded");
        assertThat(read(before, ALL.withStates(Set.of(JobState.SUCCEEDED)))).containsExactly(last.id() + " succeeded");
        assertThat(read(before, new JobQuery(Set.of(), "test.other", Map.of(), null, null, null, 1)))
                .isEmpty();
    }

    @Test
    void whatBeginsEarlierAndEndsLaterIsNotMissed() throws Exception {
        CountDownLatch written = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        JobChanges.Position before = now();
        NewJob slow = job("", Map.of());
        Thread writer = new Thread(() -> database.write(handle -> {
            AcceptStatements.insert(handle, List.of(slow), null);
            written.countDown();
            return awaitQuietly(mayEnd);
        }));
        writer.start();
        assertThat(awaitQuietly(written)).isTrue();
        // It ends first and comes after what is under way.
        accept("", Map.of("quick", "yes"));

        JobChanges.Page page = changes.after(before, ALL, 100);
        assertThat(page.changes()).isEmpty();
        JobChanges.Position meanwhile = changes.now();
        mayEnd.countDown();
        writer.join(60_000);
        assertThat(read(page.reached(), ALL)).hasSize(2).contains(slow.id() + " queued");
        assertThat(read(meanwhile, ALL)).hasSize(2);
    }

    private static boolean awaitQuietly(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void aPositionIsGoodAfterARestartAndNeverUsedTwice() {
        UUID first = accept().id();
        JobChanges.Position before = now();
        // Writes that change no job, and one that is undone.
        jobs(database).freeClaims("nobody");
        JobChanges.Position later = now();
        database.close();
        database = Database.open(config);
        changes = new JdbiJobChanges(database);
        assertThat(changes.now().stamp()).isGreaterThanOrEqualTo(later.stamp());
        UUID second = accept().id();
        report(database, succeeded(first));
        assertThat(read(before, ALL)).containsExactly(second + " queued", first + " succeeded");
        assertThat(read(later, ALL)).containsExactly(second + " queued", first + " succeeded");
    }

    @Test
    void whoeverReadsWhileManyWriteSeesEveryEndOnceAndNothingTwice() throws Exception {
        List<Database> facades = new ArrayList<>(List.of(database));
        while (facades.size() < facades()) {
            facades.add(Database.open(config));
        }
        JobChanges.Position at = now();
        ConcurrentLinkedQueue<UUID> accepted = new ConcurrentLinkedQueue<>();
        List<Thread> writers = IntStream.range(0, 4)
                .mapToObj(number -> new Thread(() -> {
                    Database mine = facades.get(number % facades.size());
                    for (int i = 0; i < 40; i++) {
                        List<NewJob> some = IntStream.range(0, 1 + i % 3)
                                .mapToObj(any -> job("", Map.of()))
                                .toList();
                        jobs(mine).accept(some, null);
                        some.forEach(job -> accepted.add(job.id()));
                        report(
                                mine,
                                some.stream().map(job -> succeeded(job.id())).toArray(WorkerEvent[]::new));
                    }
                }))
                .toList();
        writers.forEach(Thread::start);
        List<String> seen = new ArrayList<>();
        Set<String> ended = new HashSet<>();
        boolean last = false;
        while (!last) {
            last = writers.stream().noneMatch(Thread::isAlive);
            if (last) {
                awaitSettled();
            }
            JobChanges.Page page;
            do {
                page = changes.after(at, ALL, 5);
                for (JobChanges.Change change : page.changes()) {
                    seen.add(change.job().id() + " " + change.job().state().word());
                    if (change.job().state().terminal()) {
                        ended.add(change.job().id().toString());
                    }
                }
                at = page.reached();
            } while (page.more());
        }
        facades.subList(1, facades.size()).forEach(Database::close);
        assertThat(seen).doesNotHaveDuplicates();
        assertThat(ended)
                .containsExactlyInAnyOrderElementsOf(
                        accepted.stream().map(UUID::toString).toList());
    }
}
