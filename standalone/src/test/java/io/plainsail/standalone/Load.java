package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * Offers jobs until enough are accepted, keeps the history, and holds it against what the API says at the end. A
 * request without an answer is unknown: its job may or may not exist.
 */
final class Load {
    private static final Set<String> TERMINAL = Set.of("succeeded", "failed", "cancelled", "expired");

    private final ApiClient api;
    private final IntFunction<String> requests;
    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final AtomicInteger unknown = new AtomicInteger();

    /** Each job's outcome as it was when it was first seen terminal. */
    private final Map<String, JsonNode> outcomes = new HashMap<>();

    Load(ApiClient api, IntFunction<String> requests) {
        this.api = api;
        this.requests = requests;
    }

    int accepted() {
        return accepted.size();
    }

    /** Offers until {@code count} jobs are accepted in all, at most two minutes. */
    void offer(int count) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        for (int number = 0; accepted.size() < count; number++) {
            if (System.nanoTime() > end) {
                throw new AssertionError("only " + accepted.size() + " of " + count + " jobs were accepted");
            }
            try {
                HttpResponse<byte[]> answer = api.submit(requests.apply(number));
                if (answer.statusCode() == 202) {
                    accepted.add(StrictJson.read(answer.body()).get("id").asText());
                } else {
                    assertThat(answer.statusCode()).isEqualTo(503);
                    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                    Thread.sleep(50);
                }
            } catch (java.net.ConnectException e) {
                Thread.sleep(50);
            } catch (IOException e) {
                unknown.incrementAndGet();
                Thread.sleep(50);
            }
        }
    }

    /** Waits until every job there is has ended, and checks that an outcome, once seen, is never another. */
    void awaitAllFinished() {
        await().atMost(Duration.ofMinutes(3))
                .pollInterval(Duration.ofMillis(250))
                .until(() -> look(api));
    }

    private boolean look(ApiClient client) throws InterruptedException {
        List<JsonNode> jobs;
        try {
            jobs = client.allJobs();
        } catch (IOException e) {
            return false;
        }
        boolean all = true;
        for (JsonNode job : jobs) {
            if (TERMINAL.contains(job.get("state").asText())) {
                JsonNode outcome = outcome(job);
                JsonNode first = outcomes.putIfAbsent(job.get("id").asText(), outcome);
                assertThat(first == null ? outcome : first)
                        .as("an outcome is recorded once")
                        .isEqualTo(outcome);
            } else {
                all = false;
            }
        }
        return all;
    }

    /** What must not change any more. Attempts before the last may be told of later: their worker was away. */
    private static JsonNode outcome(JsonNode job) {
        ObjectNode outcome = job.deepCopy();
        JsonNode attempts = outcome.remove("attempts");
        return outcome.set("last", attempts == null ? null : attempts.path(attempts.size() - 1));
    }

    /** Every 202 has its job, in exactly one terminal state, and nothing is there that nobody sent. */
    void check(String expectedState) throws IOException, InterruptedException {
        List<JsonNode> jobs = api.allJobs();
        assertThat(jobs).extracting(job -> job.get("id").asText()).doesNotHaveDuplicates();
        assertThat(outcomes.keySet()).containsAll(accepted);
        assertThat(jobs).hasSizeBetween(accepted.size(), accepted.size() + unknown.get());
        assertThat(jobs)
                .allSatisfy(job ->
                        assertThat(job.get("state").asText()).as(job.toString()).isEqualTo(expectedState));
    }
}
