package io.plainsail.workers.packer;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Locks that one thread of all processes of this machine holds at a time; they end with the process. Thread-safe.
 *
 * <p>The set is not for speed: the kernel drops all locks that a process has on a file as soon as it closes the file once,
 * so a file whose lock this process holds must not be opened a second time.
 */
final class FileLocks {
    private static final long LOOK_AGAIN_MILLIS = 250;

    // Guarded by itself.
    private static final Set<Path> HELD = new HashSet<>();

    private FileLocks() {}

    /** A lock that is held. */
    static final class Held implements AutoCloseable {
        private final Path file;
        private final FileChannel channel;

        private Held(Path file, FileChannel channel) {
            this.file = file;
            this.channel = channel;
        }

        @Override
        public void close() throws IOException {
            try {
                channel.close();
            } finally {
                forget(file);
            }
        }
    }

    /** Takes a lock if nobody holds it; null otherwise. */
    static @Nullable Held tryHold(Path file) throws IOException {
        synchronized (HELD) {
            if (!HELD.add(file)) {
                return null;
            }
        }
        FileChannel channel = null;
        FileLock lock = null;
        try {
            Files.createDirectories(file.resolveSibling("."));
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock = channel.tryLock();
            return lock == null ? null : new Held(file, channel);
        } finally {
            if (lock == null) {
                try {
                    if (channel != null) {
                        channel.close();
                    }
                } finally {
                    forget(file);
                }
            }
        }
    }

    /**
     * Waits for a lock.
     *
     * @param waiting called once if somebody else holds it
     */
    static Held hold(Path file, Runnable waiting) throws IOException, InterruptedException {
        boolean told = false;
        while (true) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while another held " + file.getFileName());
            }
            try {
                Held held = tryHold(file);
                if (held != null) {
                    return held;
                }
            } catch (ClosedByInterruptException e) {
                throw new InterruptedException("interrupted while another held " + file.getFileName());
            }
            if (!told) {
                waiting.run();
                told = true;
            }
            synchronized (HELD) {
                // Another process tells nobody that it is done.
                HELD.wait(LOOK_AGAIN_MILLIS);
            }
        }
    }

    private static void forget(Path file) {
        synchronized (HELD) {
            HELD.remove(file);
            HELD.notifyAll();
        }
    }
}
