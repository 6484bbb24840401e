package io.plainsail.workers.packer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BakesTest {
    private static final String KEY = "a".repeat(64);
    private static final String OTHER = "b".repeat(64);

    @TempDir
    Path base;

    private Bakes bakes;
    private final List<String> told = new ArrayList<>();

    @BeforeEach
    void open() {
        bakes = new Bakes(base);
    }

    private Bakes.Bake made(String key, String content) throws Exception {
        Bakes.Bake bake = bakes.begin(key);
        Files.createDirectories(bake.files().resolve("sub"));
        Files.writeString(bake.files().resolve("one"), content);
        Files.writeString(bake.files().resolve("sub/two"), "2");
        return bake;
    }

    private ObjectNode publish(Bakes.Bake bake) throws Exception {
        ObjectNode record = JobContext.MAPPER.createObjectNode().put("bakeKey", bake.key());
        bakes.collect(bake.files()).forEach(file -> record.withArray("files").add(Bakes.toJson(file)));
        bakes.publish(bake, record);
        return record;
    }

    private Optional<ObjectNode> find() throws Exception {
        return bakes.find(KEY, told::add);
    }

    private List<String> halfMade() throws Exception {
        try (Stream<Path> paths = Files.list(base.resolve(".bakes"))) {
            return paths.map(path -> path.getFileName().toString()).toList();
        }
    }

    @Test
    void whatWasPublishedIsFoundWithItsChecksums() throws Exception {
        assertThat(find()).isEmpty();
        ObjectNode record = publish(made(KEY, "hello"));
        assertThat(find().orElseThrow()).hasToString(record.toString());
        assertThat(record.at("/files/0/sha256").asText())
                .isEqualTo("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
        assertThat(record.at("/files/1/path").asText()).isEqualTo("sub/two");
        assertThat(bakes.filesOf(KEY).resolve("one")).hasContent("hello");
        assertThat(told).isEmpty();
    }

    @Test
    void whatIsDamagedIsNotFoundAndTold() throws Exception {
        publish(made(KEY, "hello"));
        Path files = bakes.filesOf(KEY);
        Files.writeString(files.resolve("one"), "jello");
        assertThat(find()).isEmpty();
        Files.delete(files.resolve("one"));
        assertThat(find()).isEmpty();
        Files.writeString(files.resolve("one"), "hello");
        assertThat(find()).as("whole again").isPresent();
        Files.writeString(files.resolve("more"), "");
        assertThat(find()).isEmpty();
        Files.delete(files.resolve("more"));
        Files.createSymbolicLink(files.resolve("link"), Path.of("/etc/passwd"));
        assertThat(find()).isEmpty();
        Files.delete(files.resolve("link"));
        Files.writeString(files.resolveSibling("bake.json"), "{\"bakeKey\":");
        assertThat(find()).isEmpty();
        Files.delete(files.resolveSibling("bake.json"));
        assertThat(find()).isEmpty();
        assertThat(told).hasSize(6).anySatisfy(line -> assertThat(line).contains("checksums: one"));
    }

    @Test
    void aNewBakeReplacesTheOneBefore() throws Exception {
        publish(made(KEY, "old"));
        ObjectNode record = publish(made(KEY, "new"));
        assertThat(find().orElseThrow()).hasToString(record.toString());
        assertThat(bakes.filesOf(KEY).resolve("one")).hasContent("new");
        assertThat(halfMade()).as("the old one is deleted").hasSize(1);
    }

    @Test
    void anInterruptDoesNotTearABakeThatIsPublished() throws Exception {
        Bakes.Bake bake = made(KEY, "x");
        ObjectNode record = JobContext.MAPPER.createObjectNode().put("bakeKey", KEY);
        bakes.collect(bake.files()).forEach(file -> record.withArray("files").add(Bakes.toJson(file)));
        Thread.currentThread().interrupt();
        bakes.publish(bake, record);
        assertThat(Thread.interrupted()).isTrue();
        bakes.discard(bake);
        assertThat(find()).as("it is whole, and so not discarded").isPresent();
        Bakes.Bake other = made(KEY, "y");
        bakes.discard(other);
        assertThat(other.directory()).doesNotExist();
    }

    @Test
    void whatDiedHalfMadeIsDeletedAndWhatIsWholeStays() throws Exception {
        publish(made(KEY, "whole"));
        Bakes.Bake dead = made(OTHER, "half");
        // It died between making the link and moving it.
        Files.createSymbolicLink(
                base.resolve(".bakes").resolve(KEY + "-x.link"),
                Path.of(".bakes", dead.directory().getFileName().toString()));
        Files.setPosixFilePermissions(dead.files(), java.util.Set.of());
        new Bakes(base).clean();
        assertThat(halfMade()).hasSize(1).allMatch(name -> name.startsWith(KEY));
        assertThat(find()).isPresent();
    }

    @Test
    void whatIsBeingBakedIsNotDeletedByTheStartOfAnother() throws Exception {
        try (FileLocks.Held held = bakes.hold(KEY, () -> {})) {
            Bakes.Bake bake = made(KEY, "half");
            new Bakes(base).clean();
            assertThat(bake.files()).isNotEmptyDirectory();
        }
        new Bakes(base).clean();
        assertThat(halfMade()).isEmpty();
    }

    @Test
    void whatIsNotKeptIsRefused() throws Exception {
        Bakes.Bake bake = made(KEY, "x");
        Files.createSymbolicLink(bake.files().resolve("passwd"), Path.of("/etc/passwd"));
        assertThatThrownBy(() -> bakes.collect(bake.files()))
                .isInstanceOf(JobFailedException.class)
                .hasMessageContaining("passwd, which is no file");
        assertThat(bakes.collect(base.resolve("not-there"))).isEmpty();
    }

    @Test
    void aKeyIsHeldByOneThreadAtATimeAndTheNextIsTold() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch waiting = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        FileLocks.Held first = bakes.hold(KEY, () -> {});
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> {
                try (FileLocks.Held held = bakes.hold(KEY, waiting::countDown)) {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    inside.decrementAndGet();
                } catch (Exception e) {
                    most.set(99);
                }
            });
            thread.start();
            threads.add(thread);
        }
        waiting.await();
        assertThat(most).hasValue(0);
        try (FileLocks.Held other = bakes.hold(OTHER, () -> {})) {
            first.close();
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertThat(most).hasValue(1);
    }

    @Test
    void waitingForAKeyEndsByAnInterrupt() throws Exception {
        try (FileLocks.Held held = bakes.hold(KEY, () -> {})) {
            assertThatThrownBy(
                            () -> bakes.hold(KEY, () -> Thread.currentThread().interrupt()))
                    .isInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void processesOfOneMachineHaveRunDirectoriesOfTheirOwn() throws Exception {
        Path runs = base.resolve("runs");
        Path leftThere = Files.createDirectories(runs.resolve("1/old"));
        try (RunSlots.Slot first = RunSlots.take(runs)) {
            assertThat(leftThere).as("what the dead left").doesNotExist();
            Path used = Files.createDirectories(first.directory().resolve("job"));
            try (RunSlots.Slot second = RunSlots.take(runs)) {
                assertThat(second.directory()).isNotEqualTo(first.directory());
                assertThat(used).exists();
            }
        }
        try (RunSlots.Slot third = RunSlots.take(runs)) {
            assertThat(third.directory()).hasFileName("0").doesNotExist();
        }
    }
}
