package io.plainsail.testbed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * TCP ports that stay free while the server they are meant for is down.
 *
 * <p>They are drawn at random from below the kernel's usual ephemeral range (32768 and up), so that an outgoing
 * connection does not take a killed server's port before it is started again. Thread-safe.
 */
public final class FreePorts {
    private static final int FIRST = 20_000;
    private static final int BEHIND_LAST = 32_000;
    private static final int TRIES = 1_000;

    // Guarded by the class: what this JVM was given, so that two servers never share a port.
    private static final Set<Integer> GIVEN = new HashSet<>();

    /** A byte for each port, locked by the JVM that was given it, as tests of several run side by side. */
    private static final FileChannel LOCKS = openLocks();

    private FreePorts() {}

    /**
     * A port that nothing listens on at the moment and that no JVM of this user was given that still runs.
     *
     * @throws TestbedException if none was found in {@value #TRIES} tries
     */
    public static synchronized int next() {
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, BEHIND_LAST);
            if (!GIVEN.contains(port) && isOurs(port) && isFree(port)) {
                GIVEN.add(port);
                return port;
            }
        }
        throw new TestbedException("no free TCP port in %d–%d after %d tries: are servers of earlier runs left over?"
                .formatted(FIRST, BEHIND_LAST - 1, TRIES));
    }

    private static FileChannel openLocks() {
        // Not where a JVM is told to have its temporary files: the same place for all.
        Path file = Path.of("/tmp", "plainsail-ports-" + System.getProperty("user.name"));
        try {
            return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOurs(int port) {
        try {
            return LOCKS.tryLock(port, 1, false) != null;
        } catch (OverlappingFileLockException e) {
            return false; // tried before, and then taken by somebody else
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
