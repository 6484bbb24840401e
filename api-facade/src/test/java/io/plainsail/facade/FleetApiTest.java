package io.plainsail.facade;

import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What operators see: workers, queues, counts, outcomes by release, receipts. */
@Timeout(120)
class FleetApiTest {
    private static final Worker ONE = new Worker("echo", "host-1-7", "host-1", "2.0");
    private static final Instant BEGAN = Instant.parse("2026-11-22T10:00:00Z");

    @TempDir
    Path directory;

    private RunningFacade facade;
    private EchoWorker worker;

    @BeforeEach
    void start() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        facade = RunningFacade.start(directory, transport, "");
        worker = EchoWorker.knownTo(facade, transport);
    }

    @AfterEach
    void stop() throws Exception {
        facade.close();
    }

    private JsonNode get(String path) throws Exception {
        HttpResponse<String> answer = facade.get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer);
    }

    private RunningCheck.Answer tell(Worker who, String state, int running) throws Exception {
        RunningCheck check = new RunningCheck(
                List.of("test.echo.v1", "nonsense"),
                java.util.stream.Stream.generate(java.util.UUID::randomUUID)
                        .limit(running)
                        .map(id -> new RunningCheck.Running(id, 1))
                        .toList(),
                new RunningCheck.Presence(who, state, 4, BEGAN));
        HttpResponse<String> answer =
                facade.post("/v1/workers/" + who.instance() + "/check", "application/json", check.encode());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return RunningCheck.Answer.decode(answer.body().getBytes(StandardCharsets.UTF_8));
    }

    private HttpResponse<String> drain(String method, String instance) throws Exception {
        return facade.send(HttpRequest.newBuilder(facade.uri("/v1/workers/" + instance + "/drain"))
                .method(method, HttpRequest.BodyPublishers.noBody()));
    }

    // Workers --------------------------------------------------------------------------------------------------

    @Test
    void aWorkerIsSeenDrainedAndSentBackToWork() throws Exception {
        assertThat(get("/v1/workers").get("workers")).isEmpty();
        assertThat(tell(ONE, "ready", 2).drain()).isFalse();
        JsonNode seen = get("/v1/workers").at("/workers/0");
        assertThat(seen.get("instance").asText()).isEqualTo("host-1-7");
        assertThat(seen.get("service").asText()).isEqualTo("echo");
        assertThat(seen.get("release").asText()).isEqualTo("2.0");
        assertThat(seen.get("host").asText()).isEqualTo("host-1");
        assertThat(seen.get("state").asText()).isEqualTo("ready");
        assertThat(seen.get("running").asInt()).isEqualTo(2);
        assertThat(seen.get("capacity").asInt()).isEqualTo(4);
        assertThat(seen.get("types")).extracting(JsonNode::asText).containsExactly("test.echo.v1");
        assertThat(seen.get("startedAt").asText()).isEqualTo(BEGAN.toString());
        assertThat(get("/v1/workers/host-1-7")).isEqualTo(get("/v1/workers").at("/workers/0"));

        HttpResponse<String> asked = drain("POST", "host-1-7");
        assertThat(asked.statusCode()).isEqualTo(200);
        assertThat(json(asked).get("drain").asBoolean()).isTrue();
        assertThat(tell(ONE, "draining", 1).drain()).isTrue();
        assertThat(get("/v1/workers/host-1-7").get("state").asText()).isEqualTo("draining");
        assertThat(tell(ONE, "draining", 0).drain()).isTrue();
        assertThat(get("/v1/workers/host-1-7").get("state").asText()).isEqualTo("drained");

        assertThat(json(drain("DELETE", "host-1-7")).get("drain").asBoolean()).isFalse();
        assertThat(tell(ONE, "ready", 0).drain()).isFalse();
        tell(ONE, "stopped", 0);
        assertThat(facade.get("/v1/workers/host-1-7").statusCode()).isEqualTo(404);
    }

    @Test
    void whatIsNoWorkerIsRefused() throws Exception {
        for (String method : List.of("POST", "DELETE")) {
            HttpResponse<String> answer = drain(method, "nobody");
            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(json(answer).get("type").asText()).isEqualTo("urn:plainsail:problem:unknown-worker");
        }
        RunningCheck check =
                new RunningCheck(List.of(), List.of(), new RunningCheck.Presence(ONE, "ready", 1, Instant.EPOCH));
        HttpResponse<String> other = facade.post("/v1/workers/somebody/check", "application/json", check.encode());
        assertThat(other.statusCode()).isEqualTo(400);
        HttpResponse<String> half = facade.post(
                "/v1/workers/somebody/check",
                "{\"types\":[],\"running\":[],\"presence\":{\"worker\":{\"service\":\"a\"}}}");
        assertThat(half.statusCode()).isEqualTo(400);
        assertThat(half.body()).contains("presence.worker.instance is missing");
        // One that does not tell who it is gets its answer all the same.
        assertThat(facade.post("/v1/workers/old/check", "{\"types\":[],\"running\":[]}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(get("/v1/workers").get("workers")).isEmpty();
    }

    // Figures --------------------------------------------------------------------------------------------------

    private String accept(String label) throws Exception {
        HttpResponse<String> answer = facade.post(
                "/v1/jobs",
                "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\"},\"labels\":{\"team\":\"" + label + "\"}}");
        assertThat(answer.statusCode()).isEqualTo(202);
        return json(answer).get("id").asText();
    }

    @Test
    void jobsAreCountedByStateAndQueueAndReleaseAndTheReceiptBalances() throws Exception {
        String first = accept("a");
        accept("b");
        assertThat(get("/v1/jobs/count").get("total").asLong()).isEqualTo(2);
        assertThat(get("/v1/jobs/count?label=team:a").at("/states/queued").asLong())
                .isEqualTo(1);
        JsonNode queue = get("/v1/queues").at("/queues/0");
        assertThat(queue.get("type").asText()).isEqualTo("test.echo");
        assertThat(queue.get("version").asInt()).isEqualTo(1);
        assertThat(queue.get("queued").asLong()).isEqualTo(2);
        assertThat(queue.get("acceptedLastMinute").asLong()).isEqualTo(2);
        assertThat(queue.get("oldest").asText())
                .isEqualTo(get("/v1/jobs/" + first).get("acceptedAt").asText());

        worker.echo();
        worker.echo();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> get("/v1/jobs/count?state=succeeded").get("total").asLong() == 2);
        JsonNode release = get("/v1/releases?type=test.echo").at("/releases/0");
        assertThat(release.get("service").asText()).isEqualTo("echo");
        assertThat(release.get("succeeded").asLong()).isEqualTo(2);
        assertThat(release.get("medianMillis").isNumber()).isTrue();

        await().atMost(Duration.ofSeconds(20))
                .until(() -> get("/v1/receipt").get("accepted").asLong() == 2);
        JsonNode receipt = get("/v1/receipt");
        assertThat(receipt.at("/states/succeeded").asLong()).isEqualTo(2);
        assertThat(receipt.get("lost").asLong()).isZero();
        assertThat(receipt.get("balances").asBoolean()).isTrue();
        assertThat(receipt.get("settled").asBoolean()).isTrue();
        assertThat(receipt.get("from").asText()).endsWith(":00Z");
        // The minute that it asks for is whole.
        JsonNode whole = get("/v1/receipt?from=2026-01-01T00:00:30Z&before=2026-01-01T00:01:30Z");
        assertThat(whole.get("from").asText()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(whole.get("before").asText()).isEqualTo("2026-01-01T00:02:00Z");
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/jobs/count?limit=3, limit",
        "/v1/jobs/count?state=done, state",
        "/v1/releases?type=A, type",
        "/v1/releases?label=a:b, label",
        "/v1/releases?from=2026-01-02T00:00:00Z&before=2026-01-01T00:00:00Z, from",
        "/v1/receipt?from=yesterday, from",
        "/v1/receipt?type=test.echo, type",
        "/v1/receipt?from=-999999999-01-01T00:00:00Z, from",
        "/v1/receipt?before=%2B99999-01-01T00:00:00Z, from"
    })
    void aQueryThatIsWrongIsRefusedByItsParameter(String path, String parameter) throws Exception {
        HttpResponse<String> answer = facade.get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).at("/errors/0/pointer").asText()).isEqualTo(parameter);
    }
}
