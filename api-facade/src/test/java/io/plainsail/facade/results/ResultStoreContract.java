package io.plainsail.facade.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.job.IdempotencyKeys;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.Lease;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.results.ResultStore.Kept;
import io.plainsail.facade.retention.Retention;
import io.plainsail.facade.retention.RetentionConfig;
import io.plainsail.facade.store.Database;
import io.plainsail.facade.store.JdbiIdempotencyKeys;
import io.plainsail.facade.store.JdbiJobStore;
import io.plainsail.facade.store.StoreConfig;
import io.plainsail.testbed.MovingClock;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the facade relies on, wherever result files are kept. */
abstract class ResultStoreContract {
    static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final int PART = 256 * 1024;

    @TempDir
    Path directory;

    StoreConfig config;
    Database database;
    JobStore jobs;
    ResultStore results;

    /** Where a fresh, empty database is. */
    abstract StoreConfig freshDatabase();

    abstract ResultStore open(Database database, Path directory) throws IOException;

    @BeforeEach
    void open() throws Exception {
        config = freshDatabase();
        database = Database.open(config);
        jobs = new JdbiJobStore(database, new Lease(MovingClock.at(NOW), Duration.ofSeconds(30)));
        results = open(database, files());
    }

    @AfterEach
    void close() {
        database.close();
    }

    Path files() {
        return directory.resolve("results");
    }

    UUID accept() {
        UUID id = JobIds.smallestAt(NOW.plusMillis(new Random().nextInt(1_000_000)));
        NewJob job = NewJob.builder(
                        id,
                        new JobType("test.echo", 1),
                        "{}".getBytes(StandardCharsets.UTF_8),
                        Duration.ofSeconds(30),
                        NOW)
                .build();
        jobs.accept(List.of(job), null);
        return id;
    }

    static byte[] content(int length) {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        return content;
    }

    static String digest(byte[] content) {
        try {
            return "sha-256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    Kept keep(UUID job, int attempt, byte[] content) throws IOException {
        return results.keep(job, attempt, new ByteArrayInputStream(content), digest(content), content.length);
    }

    static byte[] read(ResultStore results, UUID job, int attempt, long from, long length) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        results.find(job, attempt).orElseThrow().copy(from, length, out);
        return out.toByteArray();
    }

    private List<String> filesThatArrive() throws IOException {
        try (Stream<Path> all = Files.walk(files())) {
            return all.map(path -> path.getFileName().toString())
                    .filter(name -> name.endsWith(".part"))
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, PART - 1, PART, PART + 1, 3 * PART + 17})
    void whatIsKeptIsServedWhole(int length) throws Exception {
        UUID job = accept();
        byte[] content = content(length);
        assertThat(keep(job, 1, content)).isEqualTo(new Kept(length, digest(content)));
        assertThat(read(results, job, 1, 0, length)).isEqualTo(content);
        assertThat(results.find(job, 2)).isEmpty();
        assertThat(filesThatArrive()).isEmpty();
    }

    @Test
    void anyPartIsServed() throws Exception {
        UUID job = accept();
        byte[] content = content(2 * PART + 100);
        keep(job, 1, content);
        for (int from : List.of(0, 1, PART - 1, PART, PART + 5, 2 * PART, 2 * PART + 99)) {
            for (int length : List.of(1, 2, 100, PART, PART + 1)) {
                int there = Math.min(length, content.length - from);
                assertThat(read(results, job, 1, from, there))
                        .as("%d bytes from %d", there, from)
                        .isEqualTo(java.util.Arrays.copyOfRange(content, from, from + there));
            }
        }
        assertThatThrownBy(() -> read(results, job, 1, 2 * PART, 101)).isInstanceOf(IOException.class);
    }

    @Test
    void aSecondDeliveryReplacesTheFirstAndEachAttemptHasItsOwn() throws Exception {
        UUID job = accept();
        keep(job, 1, content(3 * PART));
        byte[] second = content(10);
        keep(job, 1, second);
        byte[] other = content(PART + 20);
        keep(job, 2, other);
        assertThat(read(results, job, 1, 0, 10)).isEqualTo(second);
        assertThatThrownBy(() -> read(results, job, 1, 0, 11)).isInstanceOf(IOException.class);
        assertThat(read(results, job, 2, 0, other.length)).isEqualTo(other);
    }

    @Test
    void whatBreaksARuleOrOffIsNotKeptAndHarmsNothing() throws Exception {
        UUID job = accept();
        byte[] content = content(PART + 1);
        keep(job, 1, content);

        assertThatThrownBy(() ->
                        results.keep(job, 1, new ByteArrayInputStream(content), digest(content), content.length - 1))
                .isInstanceOf(RefusedFileException.class)
                .hasMessageContaining("longer than " + (content.length - 1) + " bytes");
        assertThatThrownBy(() ->
                        results.keep(job, 1, new ByteArrayInputStream(content), digest(content(5)), content.length))
                .isInstanceOf(RefusedFileException.class)
                .hasMessageContaining("digest");
        InputStream broken = new SequenceInputStream(new ByteArrayInputStream(content), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the connection is gone");
            }
        });
        assertThatThrownBy(() -> results.keep(job, 2, broken, digest(content), content.length * 2L))
                .isInstanceOf(IOException.class)
                .hasMessage("the connection is gone");

        assertThat(read(results, job, 1, 0, content.length)).isEqualTo(content);
        assertThat(results.find(job, 2)).isEmpty();
        assertThat(filesThatArrive()).isEmpty();
    }

    @Test
    void filesGoWithTheirJob() throws Exception {
        UUID gone = accept();
        UUID stays = accept();
        for (UUID job : List.of(gone, stays)) {
            keep(job, 1, content(PART + 1));
            keep(job, 2, content(3));
        }
        jobs.record(List.of(new EventBatch(
                new Worker("echo", "echo-1", "host", "1.0"),
                List.of(new WorkerEvent.Failed(
                        gone, 2, NOW, NOW.plusSeconds(1), Failure.of(ErrorCategory.INTERNAL, "c", "m"))))));
        IdempotencyKeys keys = new JdbiIdempotencyKeys(database);
        RetentionConfig config = new RetentionConfig(
                Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(1));
        new Retention(jobs, keys, results, config, MovingClock.at(NOW.plus(Duration.ofDays(2)))).forgetNext();

        assertThat(jobs.find(gone)).isEmpty();
        assertThat(results.find(gone, 1)).isEmpty();
        assertThat(results.find(gone, 2)).isEmpty();
        assertThat(results.find(stays, 1)).isPresent();
        assertThat(results.find(stays, 2)).isPresent();
    }
}
