package io.plainsail.facade.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.job.IdempotencyKey;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.facade.job.Lease;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.results.DirectoryResultStore;
import io.plainsail.facade.results.ResultStore;
import io.plainsail.facade.store.Database;
import io.plainsail.facade.store.JdbiIdempotencyKeys;
import io.plainsail.facade.store.JdbiJobStore;
import io.plainsail.facade.store.StoreConfig;
import io.plainsail.testbed.MovingClock;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetentionTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final RetentionConfig CONFIG = new RetentionConfig(
            Duration.ofDays(1), Duration.ofDays(3), Duration.ofDays(2), Duration.ofDays(3), Duration.ofHours(6));

    @TempDir
    Path directory;

    private final MovingClock clock = MovingClock.at(NOW);
    private Database database;
    private JdbiJobStore store;
    private JdbiIdempotencyKeys keys;
    private DirectoryResultStore results;
    private Retention retention;

    @BeforeEach
    void open() throws Exception {
        database = Database.open(StoreConfig.of("jdbc:h2:file:" + directory.resolve("jobs")));
        store = new JdbiJobStore(database, new Lease(clock, Duration.ofSeconds(30)));
        keys = new JdbiIdempotencyKeys(database);
        results = new DirectoryResultStore(directory.resolve("results"));
        retention = new Retention(store, keys, results, CONFIG, clock);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static NewJob.Builder job(UUID id) {
        return NewJob.builder(
                id, new JobType("test.echo", 1), "{}".getBytes(StandardCharsets.UTF_8), Duration.ofSeconds(30), NOW);
    }

    private List<NewJob> accept(int count) {
        List<NewJob> jobs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            jobs.add(job(JobIds.smallestAt(NOW.plusMillis(i)))
                    .labels(Map.of("number", "" + i))
                    .build());
        }
        store.accept(jobs, null);
        return jobs;
    }

    private void record(WorkerEvent... events) {
        store.record(List.of(new EventBatch(new Worker("echo", "echo-1", "host", "1.0"), List.of(events))));
    }

    private void succeed(NewJob job) {
        record(new WorkerEvent.Succeeded(
                job.id(), 1, NOW, NOW.plusSeconds(1), "{}".getBytes(StandardCharsets.UTF_8), null));
    }

    private int left() {
        return store.list(new JobQuery(Set.of(), null, Map.of(), null, null, null, 1_000))
                .size();
    }

    @Test
    void eachStateIsForgottenAtItsOwnAgeAndTheUnfinishedNever() throws Exception {
        List<NewJob> jobs = accept(3);
        succeed(jobs.get(0));
        record(new WorkerEvent.Failed(
                jobs.get(1).id(), 1, NOW, NOW.plusSeconds(1), Failure.of(ErrorCategory.INTERNAL, "c", "m")));
        byte[] content = "result".getBytes(StandardCharsets.UTF_8);
        String digest = "sha-256:"
                + HexFormat.of()
                        .formatHex(java.security.MessageDigest.getInstance("SHA-256")
                                .digest(content));
        results.keep(jobs.get(0).id(), 1, new ByteArrayInputStream(content), digest, 100);

        clock.advance(Duration.ofDays(1));
        assertThat(retention.forgetNext()).isFalse();
        assertThat(left()).as("a second too young").isEqualTo(3);

        clock.advance(Duration.ofSeconds(2));
        retention.forgetNext();
        assertThat(store.find(jobs.get(0).id())).isEmpty();
        assertThat(results.find(jobs.get(0).id(), 1)).isEmpty();
        assertThat(left()).isEqualTo(2);

        clock.advance(Duration.ofDays(2));
        retention.forgetNext();
        assertThat(store.find(jobs.get(1).id())).isEmpty();

        clock.advance(Duration.ofDays(1_000));
        retention.forgetNext();
        assertThat(store.find(jobs.get(2).id())).isPresent();
        assertThat(retention.forgotten()).isEqualTo(2);
    }

    @Test
    void manyAreForgottenBatchByBatch() {
        accept(Retention.BATCH + 50).forEach(this::succeed);
        clock.advance(Duration.ofDays(2));

        assertThat(retention.forgetNext()).as("there may be more").isTrue();
        assertThat(left()).isEqualTo(50);
        assertThat(retention.forgetNext()).isFalse();
        assertThat(left()).isZero();
    }

    @Test
    void aJobWhoseFilesCannotBeDeletedIsKeptAndTheOthersGo() {
        List<NewJob> jobs = accept(3);
        jobs.forEach(this::succeed);
        UUID stuck = jobs.get(1).id();
        ResultStore failing = new ResultStore() {
            @Override
            public Kept keep(UUID job, int attempt, InputStream content, String digest, long max) throws IOException {
                return results.keep(job, attempt, content, digest, max);
            }

            @Override
            public void forget(UUID job, int attempts) throws IOException {
                if (job.equals(stuck)) {
                    throw new IOException("read-only");
                }
                results.forget(job, attempts);
            }

            @Override
            public Optional<Found> find(UUID job, int attempt) {
                return results.find(job, attempt);
            }
        };
        clock.advance(Duration.ofDays(2));
        new Retention(store, keys, failing, CONFIG, clock).forgetNext();
        assertThat(left()).isEqualTo(1);
        assertThat(store.find(stuck)).isPresent();
    }

    @Test
    void idempotencyKeysAreForgottenByTheAgeOfTheirJobsWhateverBecameOfThese() {
        accept(1);
        accept(JobIds.smallestAt(NOW.plusSeconds(9)), new IdempotencyKey("old", 0, "aa"));
        accept(JobIds.smallestAt(NOW.plus(Duration.ofHours(5))), new IdempotencyKey("young", 0, "aa"));
        clock.advance(Duration.ofHours(6).plusMinutes(1));
        retention.forgetNext();
        assertThat(keys.find("old")).isEmpty();
        assertThat(keys.find("young")).hasSize(1);
        assertThat(left()).isEqualTo(3);
    }

    private void accept(UUID id, IdempotencyKey key) {
        store.accept(List.of(job(id).key(key).build()), null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"soon", "PT0S", "-P1D", "PT59S", "30 days", "P40000D"})
    void ageThatIsNoneIsRefusedByName(String text) {
        assertThatThrownBy(() -> RetentionConfig.configured(null, text, null, null, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("retention.failed")
                .hasMessageContaining(text)
                .hasMessageContaining("default P90D");
        assertThat(RetentionConfig.configured(null, null, null, "P7D", null).parked())
                .isEqualTo(Duration.ofDays(7));
    }
}
