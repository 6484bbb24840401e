package io.plainsail.facade;

import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are sent again under their {@code Idempotency-Key}. */
class IdempotencyApiTest {

    @TempDir
    static Path directory;

    private static RunningFacade facade;

    @BeforeAll
    static void start() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        facade = RunningFacade.start(directory, transport, "");
        EchoWorker.knownTo(facade, transport);
    }

    @AfterAll
    static void stop() throws Exception {
        facade.close();
    }

    private static HttpResponse<String> post(String path, String key, String body) throws Exception {
        return facade.send(HttpRequest.newBuilder(facade.uri(path))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8)));
    }

    private static String request(String run, String text) {
        return "{\"type\":\"test.echo\",\"labels\":{\"run\":\"" + run + "\"},\"input\":{\"text\":\"" + text + "\"}}";
    }

    private static int jobsOf(String run) throws Exception {
        return json(facade.get("/v1/jobs?label=run:" + run)).get("jobs").size();
    }

    private static void assertProblem(HttpResponse<String> response, int status, String kind) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(json(response).get("type").asText()).isEqualTo("urn:plainsail:problem:" + kind);
    }

    @Test
    void theSameRequestAgainIsTheSameJob() throws Exception {
        String body = request("same", "hello");
        HttpResponse<String> first = post("/v1/jobs", "same-1", body);
        // By the long way too, and as a Structured Field.
        HttpResponse<String> again = post("/v1/jobs?", "\"same-1\"", body);
        assertThat(first.statusCode()).isEqualTo(202);
        assertThat(again.statusCode()).isEqualTo(202);
        assertThat(json(again).get("id")).isEqualTo(json(first).get("id"));
        assertThat(again.headers().firstValue("Location"))
                .isEqualTo(first.headers().firstValue("Location"));
        assertThat(jobsOf("same")).isEqualTo(1);
        assertThat(json(post("/v1/jobs", "same-2", body)).get("id"))
                .isNotEqualTo(json(first).get("id"));
        assertThat(jobsOf("same")).isEqualTo(2);
    }

    @Test
    void aKeyOfAnotherRequestIsRefused() throws Exception {
        post("/v1/jobs", "used", request("used", "one"));
        assertProblem(post("/v1/jobs", "used", request("used", "two")), 422, "key-reused");
        assertProblem(post("/v1/jobs/bulk", "used", "[" + request("used", "one") + "]"), 422, "key-reused");
        assertThat(jobsOf("used")).isEqualTo(1);
    }

    @Test
    void aRefusedRequestLeavesItsKeyFree() throws Exception {
        assertProblem(post("/v1/jobs", "free", "{\"type\":\"test.echo\",\"input\":{}}"), 422, "invalid-job");
        assertThat(post("/v1/jobs", "free", request("free", "right")).statusCode())
                .isEqualTo(202);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"\"", "two words", "\"two words\""})
    void aKeyThatIsNoneIsRefusedByName(String key) throws Exception {
        HttpResponse<String> answer = post("/v1/jobs", key, request("none", "x"));
        assertProblem(answer, 400, "invalid-parameter");
        assertThat(json(answer).at("/errors/0/pointer").asText()).isEqualTo("Idempotency-Key");
    }

    @Test
    void aKeyHasABound() throws Exception {
        assertThat(post("/v1/jobs", "k".repeat(255), request("long", "x")).statusCode())
                .isEqualTo(202);
        assertProblem(post("/v1/jobs", "k".repeat(256), request("long", "x")), 400, "invalid-parameter");
    }

    @Test
    void manyAtOnceAreOneJob() throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(8);
        Set<String> ids = new TreeSet<>();
        try {
            List<Callable<HttpResponse<String>>> calls = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                calls.add(() -> post("/v1/jobs", "at-once", request("at-once", "x")));
            }
            for (Future<HttpResponse<String>> call : callers.invokeAll(calls)) {
                HttpResponse<String> answer = call.get();
                if (answer.statusCode() == 202) {
                    ids.add(json(answer).get("id").asText());
                } else {
                    assertProblem(answer, 409, "key-in-progress");
                }
            }
        } finally {
            callers.shutdown();
        }
        assertThat(ids).hasSize(1);
        assertThat(jobsOf("at-once")).isEqualTo(1);
    }

    @Test
    void aBulkRequestAgainIsTheSameJobsAndItsRefusedItemsAreLookedAtAgain() throws Exception {
        String body =
                "[" + request("bulk", "a") + ",{\"type\":\"test.echo\",\"input\":{}}," + request("bulk", "b") + "]";
        JsonNode first = json(post("/v1/jobs/bulk", "bulk", body));
        JsonNode again = json(post("/v1/jobs/bulk", "bulk", body));
        assertThat(first.get("accepted").asInt()).isEqualTo(2);
        assertThat(again).isEqualTo(first);
        assertThat(jobsOf("bulk")).isEqualTo(2);
    }

    @Test
    void aKeyWhoseJobIsForgottenTellsSo() throws Exception {
        String body = request("gone", "x");
        HttpResponse<String> first = post("/v1/jobs", "gone", body);
        String id = json(first).get("id").asText();
        facade.post("/v1/jobs/" + id + "/cancel", "");
        facade.facade().jobs().forget(List.of(UUID.fromString(id)));
        assertProblem(post("/v1/jobs", "gone", body), 404, "unknown-job");
    }
}
