package io.plainsail.worker.subprocess;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives each attempt a directory of its own that nobody else may enter, and deletes old ones. Thread-safe; one process to
 * a base directory.
 */
public final class RunDirectories {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");
    private static final Logger LOG = LoggerFactory.getLogger(RunDirectories.class);

    private final Path base;
    private final int keep;
    private final Duration keepFor;
    private final Clock clock;
    private final Set<Path> inUse = ConcurrentHashMap.newKeySet();

    /**
     * @param base is made if it is not there
     * @param keep so many directories that are not in use are kept, the newest
     * @param keepFor and none longer than this
     */
    public RunDirectories(Path base, int keep, Duration keepFor, Clock clock) {
        this.base = base.toAbsolutePath();
        this.keep = keep;
        this.keepFor = keepFor;
        this.clock = clock;
    }

    /** A directory in use. Closed, it is kept for a while. */
    public final class RunDirectory implements AutoCloseable {
        private final Path path;

        private RunDirectory(Path path) {
            this.path = path;
        }

        public Path path() {
            return path;
        }

        /** Deletes it now. */
        public void delete() {
            deleteTree(path);
            inUse.remove(path);
        }

        @Override
        public void close() {
            inUse.remove(path);
        }
    }

    /**
     * Makes a new directory, and deletes old ones.
     *
     * @param name letters, digits, dots and dashes; something is added to it if it is taken
     * @throws UncheckedIOException if it cannot be made
     */
    public RunDirectory open(String name) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9.-]*")) {
            throw new IllegalArgumentException("name is \"" + name + "\": must be letters, digits, dots and dashes");
        }
        rotate();
        try {
            Files.createDirectories(base);
            Path path = Files.createTempDirectory(base, name + "-", PosixFilePermissions.asFileAttribute(PRIVATE));
            inUse.add(path);
            return new RunDirectory(path);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "a directory for the run cannot be made in " + base + ": " + e.getMessage(), e);
        }
    }

    /** Deletes what is older or more than is kept. What cannot be deleted is told and left. */
    public void rotate() {
        record Old(Path path, Instant changed) {}
        List<Old> old = new ArrayList<>();
        if (!Files.isDirectory(base)) {
            return;
        }
        try (Stream<Path> paths = Files.list(base)) {
            for (Path path : paths.toList()) {
                if (!inUse.contains(path)) {
                    FileTime changed = Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS);
                    old.add(new Old(path, changed.toInstant()));
                }
            }
        } catch (IOException e) {
            LOG.warn("Old run directories in {} cannot be listed: {}", base, e.getMessage());
            return;
        }
        old.sort(Comparator.comparing(Old::changed).reversed());
        Instant since = clock.instant().minus(keepFor);
        for (int i = 0; i < old.size(); i++) {
            if (i >= keep || old.get(i).changed().isBefore(since)) {
                deleteTree(old.get(i).path());
            }
        }
    }

    /** Deletes a directory and all in it; links are deleted, not followed. */
    private static void deleteTree(Path tree) {
        try {
            Files.walkFileTree(tree, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                        throws IOException {
                    // A program may have taken the rights from itself.
                    Files.setPosixFilePermissions(directory, PRIVATE);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path directory, java.io.IOException failed)
                        throws IOException {
                    Files.delete(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            LOG.warn("The run directory {} cannot be deleted: {}", tree, e.getMessage());
        }
    }
}
