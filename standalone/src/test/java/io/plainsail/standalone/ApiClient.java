package io.plainsail.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls the API the way a consumer does; an answer that does not come is an exception, never a guess. */
final class ApiClient {
    private final String base;
    private final @Nullable Path keyFile;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    ApiClient(String base) {
        this(base, null);
    }

    /**
     * @param keyFile read with each request, as it is made while the other side starts
     */
    ApiClient(String base, @Nullable Path keyFile) {
        this.base = base;
        this.keyFile = keyFile;
    }

    HttpResponse<byte[]> submit(String body) throws IOException, InterruptedException {
        return submit(body, Map.of());
    }

    HttpResponse<byte[]> submit(String body, Map<String, String> headers) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + "/v1/jobs"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(request::header);
        return send(request);
    }

    HttpResponse<byte[]> post(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(base + path)).POST(HttpRequest.BodyPublishers.noBody()));
    }

    /** Status of a GET, 0 if there was no answer. */
    int status(String path) throws InterruptedException {
        try {
            return send(HttpRequest.newBuilder(URI.create(base + path))).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = send(HttpRequest.newBuilder(URI.create(base + path)));
        if (answer.statusCode() != 200) {
            throw new IOException(path + " was answered " + answer.statusCode());
        }
        return StrictJson.read(answer.body());
    }

    /** Every job there is, page by page. */
    List<JsonNode> allJobs() throws IOException, InterruptedException {
        List<JsonNode> jobs = new ArrayList<>();
        String next = "/v1/jobs?limit=200";
        while (next != null) {
            JsonNode page = get(next);
            page.get("jobs").forEach(jobs::add);
            next = page.hasNonNull("next") ? page.get("next").asText() : null;
        }
        return jobs;
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        if (keyFile != null && Files.exists(keyFile)) {
            request.header(
                    "Authorization", "Bearer " + Files.readString(keyFile).strip());
        }
        return http.send(request.timeout(Duration.ofSeconds(40)).build(), HttpResponse.BodyHandlers.ofByteArray());
    }
}
