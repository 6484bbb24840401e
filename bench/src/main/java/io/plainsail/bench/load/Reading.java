package io.plainsail.bench.load;

import io.plainsail.bench.measure.Histogram;
import java.io.IOException;

/** The same GET again and again, on one connection. */
public final class Reading {
    private Reading() {}

    /**
     * How long the answers took, in microseconds. A tenth as many come before, not counted.
     *
     * @throws IOException if an answer is not 200, or the connection is lost
     */
    public static Histogram of(int port, String path, int times) throws IOException {
        Histogram micros = new Histogram();
        byte[] request = HttpConnection.getRequest(path);
        try (HttpConnection connection = HttpConnection.open(port)) {
            for (int i = -times / 10; i < times; i++) {
                long sent = System.nanoTime();
                int status = connection.exchange(request);
                if (status != 200) {
                    throw new IOException("GET " + path + " was answered " + status + ": "
                            + connection.response().body());
                }
                if (i >= 0) {
                    micros.record((System.nanoTime() - sent) / 1_000);
                }
            }
        }
        return micros;
    }
}
