package io.plainsail.chaos.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Looks at every job again and again, as its caller would, and keeps what it saw first of each outcome. One thread's. */
public final class Watch {
    private static final Set<String> TERMINAL = Set.of("succeeded", "failed", "cancelled", "expired");

    private final String facade;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    private final Map<String, Seen> ended = new HashMap<>();
    private final Set<String> changed = new HashSet<>();
    private Map<String, JsonNode> last = Map.of();

    /**
     * A job that was seen to have ended.
     *
     * @param at when it was first seen so, milliseconds of this machine's clock
     */
    public record Seen(JsonNode job, long at) {}

    public Watch(String facade) {
        this.facade = facade;
    }

    /** Looks at all jobs; true if all have ended. */
    public boolean look() throws InterruptedException {
        try {
            return look(Integer.MAX_VALUE);
        } catch (IOException | InvalidJsonException e) {
            return false;
        }
    }

    private boolean look(int maxPages) throws IOException, InterruptedException {
        Map<String, JsonNode> all = new HashMap<>();
        String next = "/v1/jobs?limit=200";
        boolean finished = true;
        for (int page = 0; next != null && page < maxPages; page++) {
            JsonNode answer = get(next);
            long at = System.currentTimeMillis();
            for (JsonNode job : answer.get("jobs")) {
                String id = job.get("id").asText();
                all.put(id, job);
                if (!TERMINAL.contains(job.get("state").asText())) {
                    finished = false;
                    if (ended.containsKey(id)) {
                        changed.add(id);
                    }
                    continue;
                }
                Seen first = ended.putIfAbsent(id, new Seen(job, at));
                if (first != null && !outcome(first.job()).equals(outcome(job))) {
                    changed.add(id);
                }
            }
            next = answer.hasNonNull("next") ? answer.get("next").asText() : null;
        }
        last = all;
        return finished;
    }

    /** What must not change any more. Attempts before the last may be told of later: their worker was away. */
    private static JsonNode outcome(JsonNode job) {
        ObjectNode outcome = job.deepCopy();
        JsonNode attempts = outcome.remove("attempts");
        return outcome.set("last", attempts == null ? null : attempts.path(attempts.size() - 1));
    }

    private JsonNode get(String path) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = http.send(
                HttpRequest.newBuilder(URI.create(facade + path))
                        .timeout(Duration.ofSeconds(10))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            throw new IOException(path + " was answered " + answer.statusCode());
        }
        return StrictJson.read(answer.body());
    }

    /** Jobs not yet handed to the broker; -1 if the facade does not say. */
    public int outbox() throws InterruptedException {
        try {
            return get("/health/ready").get("outbox").asInt();
        } catch (IOException | InvalidJsonException e) {
            return -1;
        }
    }

    /** Whether the facade knows a job type. */
    public boolean knows(String type) throws InterruptedException {
        try {
            get("/v1/job-types/" + type + "/v1");
            return true;
        } catch (IOException | InvalidJsonException e) {
            return false;
        }
    }

    /** Every job, as it was seen last. */
    public Map<String, JsonNode> jobs() {
        return Map.copyOf(last);
    }

    /** Jobs that were seen to have ended, by id. */
    public Map<String, Seen> ended() {
        return Map.copyOf(ended);
    }

    /** Jobs whose outcome was seen to be another later on. */
    public Set<String> changed() {
        return Set.copyOf(changed);
    }
}
