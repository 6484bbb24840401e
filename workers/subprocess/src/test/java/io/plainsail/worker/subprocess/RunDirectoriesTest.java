package io.plainsail.worker.subprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.testbed.MovingClock;
import io.plainsail.worker.subprocess.RunDirectories.RunDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoriesTest {
    private final MovingClock clock = MovingClock.at(Instant.parse("2026-11-22T12:00:00Z"));

    @TempDir
    Path directory;

    private RunDirectories keeping(int keep) {
        return new RunDirectories(directory.resolve("runs"), keep, Duration.ofHours(1), clock);
    }

    private Path closed(RunDirectories runs, String name) throws IOException {
        try (RunDirectory run = runs.open(name)) {
            Files.writeString(run.path().resolve("file"), name);
            Files.setLastModifiedTime(run.path(), FileTime.from(clock.instant()));
            clock.advance(Duration.ofSeconds(1));
            return run.path();
        }
    }

    @Test
    void aDirectoryIsItsUsersAlone() throws IOException {
        try (RunDirectory run = keeping(5).open("job-1")) {
            assertThat(Files.getPosixFilePermissions(run.path()))
                    .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        }
    }

    @Test
    void theNewestAreKept() throws IOException {
        RunDirectories runs = keeping(2);
        Path one = closed(runs, "one");
        Path two = closed(runs, "two");
        Path three = closed(runs, "three");
        runs.rotate();
        assertThat(one).doesNotExist();
        assertThat(two).exists();
        assertThat(three).exists();
        clock.advance(Duration.ofHours(2));
        runs.rotate();
        assertThat(two).doesNotExist();
        assertThat(three).doesNotExist();
    }

    @Test
    void whatIsInUseIsKept() throws IOException {
        RunDirectories runs = keeping(0);
        try (RunDirectory used = runs.open("used")) {
            Files.setLastModifiedTime(used.path(), FileTime.from(clock.instant()));
            clock.advance(Duration.ofHours(2));
            runs.rotate();
            assertThat(used.path()).exists();
            used.delete();
            assertThat(used.path()).doesNotExist();
        }
    }

    @Test
    void whatAnEarlierProcessLeftIsRotatedToo() throws IOException {
        Path left = closed(keeping(5), "left");
        keeping(0).rotate();
        assertThat(left).doesNotExist();
    }

    @Test
    void linksAreDeletedAndNotFollowedAndClosedDirectoriesAreOpened() throws IOException {
        Path outside = Files.createDirectory(directory.resolve("outside"));
        Files.writeString(outside.resolve("keep"), "x");
        RunDirectory run = keeping(5).open("job");
        Files.createSymbolicLink(run.path().resolve("link"), outside);
        Path shut = Files.createDirectory(run.path().resolve("shut"));
        Files.writeString(shut.resolve("file"), "x");
        Files.setPosixFilePermissions(shut, PosixFilePermissions.fromString("---------"));
        run.delete();
        assertThat(run.path()).doesNotExist();
        assertThat(outside.resolve("keep")).exists();
    }

    @Test
    void aNameThatLeadsElsewhereIsRefused() {
        for (String name : new String[] {"", "..", "a/b", ".hidden", "a b"}) {
            assertThatThrownBy(() -> keeping(1).open(name)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void whereNothingCanBeMadeIsTold() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "x");
        RunDirectories runs = new RunDirectories(file.resolve("runs"), 1, Duration.ofHours(1), clock);
        assertThatThrownBy(() -> runs.open("job"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("file");
    }
}
