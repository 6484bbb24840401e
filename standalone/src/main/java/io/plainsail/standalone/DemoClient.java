package io.plainsail.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** The few calls of the API that the demo makes. */
final class DemoClient {
    private final URI facade;
    private final String key;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    DemoClient(URI facade, String key) {
        this.facade = facade;
        this.key = key;
    }

    HttpResponse<byte[]> submit(byte[] request) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(facade.resolve("/v1/jobs"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(request)));
    }

    /**
     * Lines of a job's log.
     *
     * @param after position of the last line that is known, {@code attempt.sequence}; empty for none
     */
    JsonNode log(String id, String after) throws IOException, InterruptedException {
        String from = after.isEmpty() ? "" : "?after=" + after;
        return StrictJson.read(send(HttpRequest.newBuilder(facade.resolve("/v1/jobs/" + id + "/logs" + from)))
                        .body())
                .get("lines");
    }

    JsonNode job(String id) throws IOException, InterruptedException {
        return StrictJson.read(
                send(HttpRequest.newBuilder(facade.resolve("/v1/jobs/" + id))).body());
    }

    byte[] download(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(facade.resolve(path))).body();
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(
                request.timeout(Duration.ofSeconds(30))
                        .header("Authorization", "Bearer " + key)
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }
}
