package io.plainsail.testbed;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
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

    private FreePorts() {}

    /**
     * A port that nothing listens on at the moment and that this JVM was not given before.
     *
     * @throws TestbedException if none was found in {@value #TRIES} tries
     */
    public static synchronized int next() {
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(FIRST, BEHIND_LAST);
            if (!GIVEN.contains(port) && isFree(port)) {
                GIVEN.add(port);
                return port;
            }
        }
        throw new TestbedException("no free TCP port in %d–%d after %d tries: are servers of earlier runs left over?"
                .formatted(FIRST, BEHIND_LAST - 1, TRIES));
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
