package io.plainsail.bench.load;

import io.plainsail.bench.measure.PrometheusText;
import java.io.Closeable;
import java.io.IOException;
import java.util.Map;

/** The facade's own metrics, read over a kept connection. For one thread. */
public final class FacadeCounters implements Closeable {
    public static final String ACCEPTED = "plainsail_jobs_accepted_total";
    public static final String FINISHED = "plainsail_jobs_finished_total";
    public static final String CONFIRMED = "plainsail_relay_confirmed_total";

    private static final byte[] REQUEST = HttpConnection.getRequest("/prometheus");

    private final HttpConnection connection;

    private FacadeCounters(HttpConnection connection) {
        this.connection = connection;
    }

    public static FacadeCounters open(int adminPort) throws IOException {
        return new FacadeCounters(HttpConnection.open(adminPort));
    }

    /** All of Plainsail's metrics by name. */
    public Map<String, Double> read() throws IOException {
        int status = connection.exchange(REQUEST);
        if (status != 200) {
            throw new IOException("/prometheus answered " + status);
        }
        return PrometheusText.sums(connection.response().body(), "plainsail_");
    }

    /** One of them. */
    public long read(String counter) throws IOException {
        return read().getOrDefault(counter, 0.0).longValue();
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
