package io.plainsail.facade;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/** Reads a stream of events on the test's thread. */
final class EventReader implements AutoCloseable {
    private final InputStream body;
    private final BufferedReader lines;
    final HttpResponse<InputStream> response;

    /** Of the newest event, or sent without one. */
    private String position = "";

    /** An event as it came. */
    record Event(String id, String name, JsonNode data) {}

    EventReader(HttpClient http, HttpRequest.Builder request, String lastEventId) throws Exception {
        request.header("Accept-Encoding", "gzip");
        if (!lastEventId.isEmpty()) {
            request.header("Last-Event-ID", lastEventId);
        }
        response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        body = response.body();
        lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    }

    /** The next event; null at the end of the stream. */
    Event next() throws IOException {
        String name = "";
        StringBuilder data = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isEmpty() && !name.isEmpty()) {
                return new Event(position, name, StrictJson.read(data.toString().getBytes(StandardCharsets.UTF_8)));
            }
            if (line.startsWith("id: ")) {
                position = line.substring(4);
            } else if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("data: ")) {
                data.append(line.substring(6)).append('\n');
            }
        }
        return null;
    }

    /** What stands before the first event. */
    String begin() throws IOException {
        while (position.isEmpty()) {
            String line = lines.readLine();
            if (line == null) {
                throw new IOException("the stream ended");
            }
            if (line.startsWith("id: ")) {
                position = line.substring(4);
            }
        }
        return position;
    }

    @Override
    public void close() throws IOException {
        body.close();
    }
}
