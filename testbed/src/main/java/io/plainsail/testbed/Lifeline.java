package io.plainsail.testbed;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that nothing the testbed started outlives this JVM.
 *
 * <ol>
 *   <li>The JVM ends by itself: a shutdown hook closes every owner that is still {@linkplain #attach attached}, the
 *       youngest first.
 *   <li>The JVM is killed with SIGKILL, where no hook runs: a small shell beside it reads from a pipe which the kernel
 *       then closes. It kills every process {@linkplain #hold held} and deletes every {@linkplain #newDirectory
 *       directory} that was not deleted yet.
 * </ol>
 *
 * <p>Thread-safe.
 */
final class Lifeline {
    private static final Duration DELETE = Duration.ofSeconds(10);

    // Process ids and directories are kept as words: newDirectory() makes no name with a blank beyond java.io.tmpdir,
    // and `read -r verb value` gives the whole rest of the line to `value`.
    private static final String WATCH = """
            trap '' HUP INT TERM
            pids=' '
            base=$1
            dirs=' '
            while read -r verb value; do
              case $verb in
                hold) pids="$pids$value " ;;
                release) pids="${pids%% $value *} ${pids#* $value }" ;;
                keep) dirs="$dirs$value " ;;
                forget) dirs="${dirs%% $value *} ${dirs#* $value }" ;;
              esac
            done
            for pid in $pids; do kill -KILL "$pid"; done
            for try in 1 2 3; do
              for dir in $dirs; do rm -rf "${base:?}/$dir"; done
              sleep 1
            done
            """;

    private static final Lifeline OF_THIS_JVM = new Lifeline();

    private final Path base = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();

    // Guarded by this.
    private final Deque<AutoCloseable> owners = new ArrayDeque<>();
    private @Nullable OutputStream watch;

    private Lifeline() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::closeOwners, "testbed-shutdown"));
    }

    static Lifeline ofThisJvm() {
        return OF_THIS_JVM;
    }

    /** Has {@code owner} closed at JVM exit, unless it is {@linkplain #detach detached} before. */
    synchronized void attach(AutoCloseable owner) {
        owners.push(owner);
    }

    synchronized void detach(AutoCloseable owner) {
        owners.remove(owner);
    }

    /** Has the process killed if this JVM dies before it. */
    void hold(Process process) {
        tell("hold", Long.toString(process.pid()));
        process.onExit().thenRun(() -> tell("release", Long.toString(process.pid())));
    }

    /** A new private directory (mode 0700) in the temporary directory, deleted at the latest after this JVM's end. */
    Path newDirectory(String prefix) {
        try {
            Path directory = Files.createTempDirectory(base, prefix);
            tell("keep", directory.getFileName().toString());
            return directory;
        } catch (IOException e) {
            throw new TestbedException("no directory could be made in " + base + " (java.io.tmpdir)", e);
        }
    }

    /**
     * Deletes a directory of {@link #newDirectory}; repeats while a dying process still writes into it, for at most ten
     * seconds.
     */
    void delete(Path directory) {
        Deadline deadline = Deadline.in(DELETE);
        while (true) {
            try {
                deleteTree(directory);
                tell("forget", directory.getFileName().toString());
                return;
            } catch (IOException e) {
                if (deadline.isOver()) {
                    throw new TestbedException(directory + " could not be deleted in " + DELETE, e);
                }
                deadline.pause();
            }
        }
    }

    private synchronized void tell(String verb, String value) {
        try {
            if (watch == null) {
                watch = startWatch();
            }
            watch.write((verb + " " + value + "\n").getBytes(StandardCharsets.US_ASCII));
            watch.flush();
        } catch (IOException e) {
            // Only the case of a killed JVM is lost; the shutdown hook still serves every other.
            System.err.println("testbed: no watch over child processes, a SIGKILL of this JVM would leave them: " + e);
        }
    }

    private OutputStream startWatch() throws IOException {
        return new ProcessBuilder(List.of("/bin/sh", "-c", WATCH, "plainsail-testbed-watch", base.toString()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start()
                .getOutputStream();
    }

    private void closeOwners() {
        for (AutoCloseable owner = pop(); owner != null; owner = pop()) {
            try {
                owner.close();
            } catch (Exception e) {
                // The JVM is ending and the next owner must have its turn; the watch kills what is left.
                System.err.println("testbed: " + owner + " not closed at exit: " + e);
            }
        }
    }

    private synchronized @Nullable AutoCloseable pop() {
        return owners.poll();
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
                if (Files.exists(file)) {
                    throw e;
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
