package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.Message;
import io.plainsail.contracts.wire.ResultFile;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.facade.job.ParkedMessage;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The API over real HTTP, with the worker's side in the test's hands. */
class ApiTest {
    private static final String HELLO = "{\"type\":\"test.echo\",\"input\":{\"text\":\"hello\"}}";

    @TempDir
    static Path directory;

    private static RunningFacade facade;
    private static EchoWorker worker;

    @BeforeAll
    static void start() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        facade = RunningFacade.start(
                directory, transport, "limits: {maxRequestBytes: 200000, maxBulkBytes: 1000000, maxBulkItems: 100}\n");
        worker = new EchoWorker(transport);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> facade.get("/v1/job-types/test.echo/v1").statusCode() == 200);
    }

    @AfterAll
    static void stop() throws Exception {
        facade.close();
    }

    // Accepting ------------------------------------------------------------------------------------------------

    @Test
    void jobIsAcceptedRunAndItsOutcomeSeen() throws Exception {
        HttpResponse<String> accepted = facade.post(
                "/v1/jobs",
                "{\"type\":\"test.echo\",\"version\":1,\"timeout\":\"PT5S\",\"labels\":{\"team\":\"a\"},"
                        + "\"input\": {\"text\" : \"hello é\"} }");

        assertThat(accepted.statusCode()).isEqualTo(202);
        JsonNode job = json(accepted);
        String location = accepted.headers().firstValue("Location").orElseThrow();
        assertThat(location).endsWith("/v1/jobs/" + job.get("id").asText());
        assertThat(job.get("state").asText()).isEqualTo("queued");
        assertThat(job.get("timeout").asText()).isEqualTo("PT5S");

        JobMessage delivered = worker.echo();
        assertThat(delivered.jobId()).hasToString(job.get("id").asText());
        assertThat(delivered.timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(delivered.input()).asString(StandardCharsets.UTF_8).isEqualTo("{\"text\" : \"hello é\"}");
        JsonNode done = awaitState(job.get("id").asText(), "succeeded");
        assertThat(done.at("/output/text").asText()).isEqualTo("hello é");
        assertThat(done.at("/attempts/0/instance").asText()).isEqualTo("echo-1");
        assertThat(done.at("/labels/team").asText()).isEqualTo("a");
        assertThat(done.at("/timings/ran").asText()).startsWith("PT");
        assertThat(Duration.parse(done.at("/timings/queued").asText())).isPositive();

        HttpResponse<String> result = facade.get(done.at("/links/result").asText());
        assertThat(result.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(json(result).get("text").asText()).isEqualTo("hello é");
    }

    @Test
    void newestVersionIsTakenAndFailureIsShownWithItsReasons() throws Exception {
        String id = accept(HELLO);
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        worker.report(new WorkerEvent.Failed(
                job.jobId(),
                1,
                Instant.now(),
                Instant.now(),
                new Failure(ErrorCategory.INVALID_INPUT, "template", "line 3: no such variable", "x.Y", "ab")));
        delivery.ack();

        JsonNode failed = awaitState(id, "failed");
        assertThat(failed.at("/error/category").asText()).isEqualTo("invalid-input");
        assertThat(failed.at("/error/code").asText()).isEqualTo("template");
        assertThat(failed.at("/error/message").asText()).isEqualTo("line 3: no such variable");
        assertThat(facade.get("/v1/jobs/" + id + "/result").statusCode()).isEqualTo(404);
    }

    @Test
    void runningJobShowsProgressAndLog() throws Exception {
        String id = accept(HELLO);
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        Instant now = Instant.now();
        worker.report(
                new WorkerEvent.Started(job.jobId(), 1, now),
                new WorkerEvent.Progress(job.jobId(), 1, now, 40.0, "page 2"),
                new WorkerEvent.LogLine(job.jobId(), 1, now, 0, "first\0line"),
                new WorkerEvent.LogLine(job.jobId(), 1, now, 1, "second"));

        JsonNode running = awaitState(id, "running");
        assertThat(running.at("/progress/percent").asDouble()).isEqualTo(40.0);
        assertThat(running.at("/progress/message").asText()).isEqualTo("page 2");
        JsonNode log = json(facade.get("/v1/jobs/" + id + "/logs"));
        assertThat(log.at("/lines/0/line").asText()).isEqualTo("first\ufffdline");
        assertThat(json(facade.get("/v1/jobs/" + id + "/logs?after=1.0")).at("/lines"))
                .hasSize(1);
        worker.report(new WorkerEvent.Succeeded(job.jobId(), 1, now, now, job.input(), null));
        delivery.ack();
        awaitState(id, "succeeded");
    }

    @Test
    void everyAttemptIsShownAndWhenTheNextOneComes() throws Exception {
        String id = json(facade.post("/v1/jobs", withRetry("{\"attempts\":2,\"maxBackoff\":\"PT10S\"}")))
                .get("id")
                .asText();
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        assertThat(job.retryBounds()).isEqualTo(new RetryBounds(2, Duration.ofSeconds(10)));
        Instant now = Instant.now();
        Failure failure = new Failure(ErrorCategory.UNAVAILABLE, "http-status", "503", "java.lang.X", "sha-256:ab");
        worker.report(new WorkerEvent.Retrying(job.jobId(), 1, now, now, now.plusSeconds(7), failure, "503"));
        delivery.ack();

        JsonNode resting = awaitState(id, "retrying");
        assertThat(resting.at("/nextAttemptAt").asText()).isEqualTo(asStored(now.plusSeconds(7)));
        assertThat(resting.at("/reason").asText()).isEqualTo("503");
        assertThat(resting.at("/retry/attempts").asInt()).isEqualTo(2);
        assertThat(resting.at("/retry/maxBackoff").asText()).isEqualTo("PT10S");
        assertThat(resting.at("/attempts")).hasSize(1);
        assertThat(resting.at("/attempts/0/error/code").asText()).isEqualTo("http-status");
        assertThat(resting.at("/attempts/0/instance").asText()).isEqualTo("echo-1");
        assertThat(resting.has("error")).isFalse();
        assertThat(json(facade.get("/v1/jobs?state=retrying")).toString()).contains(id);

        worker.report(new WorkerEvent.Failed(job.jobId(), 2, now.plusSeconds(7), now.plusSeconds(8), failure));
        JsonNode failed = awaitState(id, "failed");
        assertThat(failed.at("/attempts")).hasSize(2);
        assertThat(failed.at("/attempts/1/number").asInt()).isEqualTo(2);
        assertThat(failed.at("/error/code").asText()).isEqualTo("http-status");
        assertThat(failed.has("nextAttemptAt")).isFalse();
        assertThat(metric("plainsail_attempts_retried_total")).isPositive();
    }

    private static String asStored(Instant time) {
        return time.truncatedTo(ChronoUnit.MICROS).toString();
    }

    private static double metric(String name) throws Exception {
        String scraped = facade.send(HttpRequest.newBuilder(facade.adminUri("/prometheus")))
                .body();
        return scraped.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .sum();
    }

    @Test
    void parkedMessageIsShownReleasedAndDeleted() throws Exception {
        Instant now = Instant.now();
        Message unreadable = new Message(
                "text/plain", Map.of("who", "knows"), "released by hand \0".getBytes(StandardCharsets.UTF_8));
        worker.events().publish(Destination.events(), unreadable, result -> {});
        JsonNode first = await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> json(facade.get("/v1/parked-messages?limit=1")).at("/messages/0"),
                        message -> message.path("body").asText().startsWith("released by hand"));
        assertThat(first.get("source").asText()).isEqualTo("events");
        assertThat(first.get("reason").asText()).contains("undecodable");
        assertThat(first.at("/headers/who").asText()).isEqualTo("knows");
        assertThat(first.get("bodyBytes").asInt()).isEqualTo(18);
        String path = "/v1/parked-messages/" + first.get("id").asText();

        assertThat(facade.post(path + "/release", "").statusCode()).isEqualTo(204);
        JsonNode again = await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> json(facade.get("/v1/parked-messages?limit=1")).at("/messages/0"),
                        message -> message.path("body").asText().startsWith("released by hand")
                                && !message.get("id").equals(first.get("id")));
        assertThat(facade.post(path + "/release", "").statusCode())
                .as("released once")
                .isEqualTo(404);
        String second = "/v1/parked-messages/" + again.get("id").asText();
        assertThat(delete(second)).isEqualTo(204);
        assertThat(delete(second)).isEqualTo(404);
        assertThat(delete("/v1/parked-messages/nope")).isEqualTo(404);

        String id = json(facade.post("/v1/jobs", "{\"type\":\"test.echo\",\"version\":1,\"input\":{\"text\":\"a\"}}"))
                .get("id")
                .asText();
        Delivery job = worker.next();
        UUID parked = JobIds.next();
        facade.facade()
                .jobs()
                .park(new ParkedMessage(
                        parked,
                        "dead",
                        "by hand",
                        job.message().headers(),
                        job.message().body(),
                        now));
        job.ack();
        assertThat(facade.post("/v1/parked-messages/" + parked + "/release", "").statusCode())
                .isEqualTo(204);
        assertThat(worker.echo().jobId()).hasToString(id);
        awaitState(id, "succeeded");

        UUID lost = JobIds.next();
        facade.facade().jobs().park(new ParkedMessage(lost, "dead", "by hand", Map.of(), new byte[0], now));
        HttpResponse<String> refused = facade.post("/v1/parked-messages/" + lost + "/release", "");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("not-releasable", "cloudEvents_subject");
        assertThat(delete("/v1/parked-messages/" + lost)).isEqualTo(204);
    }

    private static int delete(String path) throws Exception {
        return facade.send(HttpRequest.newBuilder(facade.uri(path)).DELETE()).statusCode();
    }

    // Dead jobs ------------------------------------------------------------------------------------------------

    private String deadJob(String code, String text) throws Exception {
        String id = json(facade.post(
                        "/v1/jobs",
                        "{\"type\":\"test.echo\",\"version\":1,\"labels\":{\"case\":\"" + code
                                + "\"},\"input\":{\"text\":\"" + text + "\"}}"))
                .get("id")
                .asText();
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        assertThat(job.jobId()).hasToString(id);
        Instant now = Instant.now();
        worker.report(new WorkerEvent.Failed(
                job.jobId(), 1, now, now, Failure.of(ErrorCategory.INTERNAL, code, "went wrong with " + text)));
        delivery.ack();
        awaitState(id, "failed");
        return id;
    }

    @Test
    void deadJobIsReplayedOnceWithItsOwnInputAndKnowsItsOrigin() throws Exception {
        String origin = deadJob("replay-one", "again");

        HttpResponse<String> answer = facade.post("/v1/jobs/" + origin + "/replay", "");
        assertThat(answer.statusCode()).isEqualTo(200);
        String replay = json(answer).get("id").asText();
        assertThat(answer.headers().firstValue("Location")).contains("/v1/jobs/" + replay);
        assertThat(json(answer).at("/links/origin").asText()).isEqualTo("/v1/jobs/" + origin);
        assertThat(json(answer).at("/labels/case").asText()).isEqualTo("replay-one");
        assertThat(json(facade.post("/v1/jobs/" + origin + "/replay", ""))
                        .get("id")
                        .asText())
                .as("asked for twice")
                .isEqualTo(replay);
        HttpResponse<String> edited = facade.post("/v1/jobs/" + origin + "/replay", "{\"input\":{\"text\":\"b\"}}");
        assertThat(edited.statusCode()).isEqualTo(409);
        assertThat(edited.body()).contains("already-replayed", replay);

        assertThat(worker.echo().jobId()).hasToString(replay);
        awaitState(replay, "succeeded");
        assertThat(json(facade.get("/v1/jobs/" + origin)).at("/links/replay").asText())
                .isEqualTo("/v1/jobs/" + replay);
        HttpResponse<String> notDead = facade.post("/v1/jobs/" + replay + "/replay", "");
        assertThat(notDead.statusCode()).isEqualTo(409);
        assertThat(notDead.body()).contains("not-dead", "succeeded");
    }

    @Test
    void editedInputIsCheckedAgain() throws Exception {
        String origin = deadJob("replay-edited", "wrong");
        for (String body : List.of(
                "{\"input\":{}}",
                "{\"input\":{\"text\":\"a\"},\"type\":\"test.echo\"}",
                "{\"text\":\"a\"}",
                "[]",
                "{\"input\":{\"text\":\"a\"}} 1",
                "nope")) {
            HttpResponse<String> refused = facade.post("/v1/jobs/" + origin + "/replay", body);
            assertThat(refused.statusCode()).as(body).isIn(400, 422);
            assertThat(refused.headers().firstValue("Content-Type")).contains("application/problem+json");
        }
        String replay = json(facade.post("/v1/jobs/" + origin + "/replay", "{\"input\": {\"text\":\"right\"}}"))
                .get("id")
                .asText();
        assertThat(worker.echo().input()).asString(StandardCharsets.UTF_8).isEqualTo("{\"text\":\"right\"}");
        assertThat(awaitState(replay, "succeeded").at("/output/text").asText()).isEqualTo("right");
    }

    @Test
    void deadJobsAreGroupedReplayedByFilterAndPurged() throws Exception {
        List<String> origins = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            origins.add(deadJob("replay-many", "job " + i));
        }
        String fingerprint = json(facade.get("/v1/jobs/" + origins.get(0)))
                .at("/error/fingerprint")
                .asText();
        JsonNode groups =
                json(facade.get("/v1/dead-jobs?fingerprint=" + fingerprint)).get("groups");
        assertThat(groups).hasSize(1);
        assertThat(groups.at("/0/count").asInt()).isEqualTo(3);
        assertThat(groups.at("/0/sample").asText()).isEqualTo(origins.get(2));
        assertThat(groups.at("/0/error/message").asText()).isEqualTo("went wrong with job 2");
        assertThat(groups.at("/0/releases/0").asText()).isEqualTo("1.0");
        assertThat(json(facade.get("/v1/jobs?fingerprint=" + fingerprint)).get("jobs"))
                .hasSize(3);

        String filter = "?label=case:replay-many&type=test.echo";
        JsonNode wouldBe = json(facade.post("/v1/dead-jobs/replay" + filter + "&dryRun=true", ""));
        assertThat(wouldBe.get("matched").asInt()).isEqualTo(3);
        assertThat(wouldBe.get("replayed").asInt()).isZero();
        JsonNode replayed = json(facade.post("/v1/dead-jobs/replay" + filter + "&rate=4", ""));
        assertThat(replayed.get("replayed").asInt()).isEqualTo(3);
        assertThat(json(facade.post("/v1/dead-jobs/replay" + filter, ""))
                        .get("matched")
                        .asInt())
                .as("none is replayed twice")
                .isZero();
        for (int i = 0; i < 3; i++) {
            String replay = worker.echo().jobId().toString();
            JsonNode done = awaitState(replay, "succeeded");
            assertThat(done.at("/links/origin").asText()).isEqualTo("/v1/jobs/" + origins.get(i));
            assertThat(done.has("reason")).isFalse();
        }

        assertThat(json(facade.post("/v1/dead-jobs/purge" + filter + "&dryRun=true", ""))
                        .get("matched")
                        .asInt())
                .isEqualTo(3);
        assertThat(json(facade.post("/v1/dead-jobs/purge" + filter + "&limit=2", ""))
                        .get("purged")
                        .asInt())
                .isEqualTo(2);
        assertThat(facade.get("/v1/jobs/" + origins.get(2)).statusCode()).isEqualTo(404);
        assertThat(facade.get("/v1/jobs/" + origins.get(0)).statusCode()).isEqualTo(200);
        assertThat(json(facade.get("/v1/jobs?label=case:replay-many")).get("jobs"))
                .as("their replays stay")
                .hasSize(4);
    }

    @ParameterizedTest
    @CsvSource({
        "replay?rate=0, rate",
        "replay?rate=1001, rate",
        "replay?dryRun=maybe, dryRun",
        "replay?state=failed, state",
        "replay?limit=1001, limit",
        "purge?rate=5, rate",
        "purge, ''",
        "purge?limit=5, ''",
        "purge?type=a.b&type=c.d, type",
        "purge?label=a:1&label=a:2, label",
        "purge?cursor=x, cursor",
        "purge?before=yesterday, before",
    })
    void invalidFilterOfDeadJobsIsRefusedByName(String query, String parameter) throws Exception {
        HttpResponse<String> answer = facade.post("/v1/dead-jobs/" + query, "");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).at("/errors/0/pointer").asText()).isEqualTo(parameter);
    }

    static Stream<Arguments> refused() {
        String deep = "{\"type\":\"test.echo\",\"input\":" + "[".repeat(200) + "]".repeat(200) + "}";
        return Stream.of(
                refusal("not JSON", "{nope", 400, "not-json", ""),
                refusal("empty body", "", 400, "not-json", "empty"),
                refusal("cut off", HELLO.substring(0, 30), 400, "not-json", ""),
                refusal("two values", HELLO + HELLO, 400, "not-json", "goes on"),
                refusal("not an object", "[1]", 422, "invalid-job", "must be a JSON object"),
                refusal("too deep", deep, 400, "too-deep", "64"),
                refusal(
                        "duplicate key",
                        "{\"type\":\"test.echo\",\"type\":\"b.c\",\"input\":{}}",
                        400,
                        "duplicate-name",
                        "type"),
                refusal(
                        "duplicate key in input",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\",\"text\":\"b\"}}",
                        400,
                        "duplicate-name",
                        "/input/text"),
                refusal(
                        "unknown field",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\"},\"prio\":1}",
                        422,
                        "unknown-field",
                        "\"/prio\""),
                refusal("no type", "{\"input\":{}}", 422, "required", "\"/type\""),
                refusal("type of wrong shape", "{\"type\":7,\"input\":{}}", 422, "format", "\"/type\""),
                refusal("unknown type", "{\"type\":\"test.nope\",\"input\":{}}", 422, "unknown-job-type", "test.nope"),
                refusal(
                        "unknown version",
                        "{\"type\":\"test.echo\",\"version\":7,\"input\":{\"text\":\"a\"}}",
                        422,
                        "unknown-job-type",
                        "known are [1]"),
                refusal(
                        "version of wrong shape",
                        "{\"type\":\"test.echo\",\"version\":1.5,\"input\":{}}",
                        422,
                        "range",
                        "\"/version\""),
                refusal("no input", "{\"type\":\"test.echo\"}", 422, "required", "\"/input\""),
                refusal("schema: missing", "{\"type\":\"test.echo\",\"input\":{}}", 422, "required", "text"),
                refusal(
                        "schema: wrong type",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":5}}",
                        422,
                        "type",
                        "\"/input/text\""),
                refusal(
                        "schema: too long",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"" + "x".repeat(101) + "\"}}",
                        422,
                        "maxLength",
                        "\"/input/text\""),
                refusal(
                        "schema: unknown property",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\",\"a/b\":1}}",
                        422,
                        "additionalProperties",
                        "\"/input/a~1b\""),
                refusal(
                        "schema: format",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\",\"when\":\"now\"}}",
                        422,
                        "format",
                        "\"/input/when\""),
                refusal(
                        "input beyond the contract",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"" + "x".repeat(70_000) + "\"}}",
                        422,
                        "maxInputBytes",
                        "\"/input\""),
                refusal(
                        "body beyond the bound",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"" + "x".repeat(300_000) + "\"}}",
                        413,
                        "too-large",
                        "200000"),
                refusal(
                        "label name",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\"},\"labels\":{\"Ä\":\"x\"}}",
                        422,
                        "format",
                        "\"/labels/Ä\""),
                refusal(
                        "label value",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\"},\"labels\":{\"a\":\"x\\u0000\"}}",
                        422,
                        "format",
                        "\"/labels/a\""),
                refusal(
                        "labels of wrong shape",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\"},\"labels\":[]}",
                        422,
                        "type",
                        "\"/labels\""),
                refusal(
                        "timeout too long",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\"},\"timeout\":\"PT31S\"}",
                        422,
                        "range",
                        "PT30S"),
                refusal(
                        "timeout too short",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\"},\"timeout\":\"PT0S\"}",
                        422,
                        "range",
                        "\"/timeout\""),
                refusal(
                        "timeout no duration",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\"},\"timeout\":\"soon\"}",
                        422,
                        "range",
                        "\"/timeout\""),
                refusal("retry of wrong shape", withRetry("3"), 422, "type", "\"/retry\""),
                refusal("retry: unknown field", withRetry("{\"tries\":1}"), 422, "unknown-field", "\"/retry/tries\""),
                refusal("retry: no attempts", withRetry("{\"attempts\":0}"), 422, "range", "\"/retry/attempts\""),
                refusal("retry: more attempts", withRetry("{\"attempts\":4}"), 422, "range", "1 to 3"),
                refusal("retry: attempts in words", withRetry("{\"attempts\":\"2\"}"), 422, "range", "1 to 3"),
                refusal(
                        "retry: longer rest",
                        withRetry("{\"maxBackoff\":\"PT1H1S\"}"),
                        422,
                        "range",
                        "\"/retry/maxBackoff\""),
                refusal("retry: rest below zero", withRetry("{\"maxBackoff\":\"PT-1S\"}"), 422, "range", "PT0S"),
                Arguments.of(
                        "Latin-1",
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"é\"}}".getBytes(StandardCharsets.ISO_8859_1),
                        "application/json",
                        400,
                        "charset",
                        "offset"),
                Arguments.of("UTF-16", HELLO.getBytes(StandardCharsets.UTF_16), "application/json", 400, "charset", ""),
                Arguments.of(
                        "charset parameter",
                        HELLO.getBytes(StandardCharsets.UTF_8),
                        "application/json; charset=iso-8859-1",
                        415,
                        "unsupported-media-type",
                        "iso-8859-1"),
                Arguments.of(
                        "form",
                        "a=b".getBytes(StandardCharsets.UTF_8),
                        "application/x-www-form-urlencoded",
                        415,
                        "unsupported-media-type",
                        ""));
    }

    @Test
    void callbackIsCheckedAgainstTheContractThatTellsIt() throws Exception {
        String request = "{\"type\":\"test.echo\",\"version\":1,\"input\":{\"text\":\"a\"},\"callback\":%s}";
        String callback = "{\"url\":\"https://example.com/\"}";
        JsonNode unknown = json(facade.post("/v1/jobs", request.formatted(callback)));
        assertThat(unknown.at("/errors/0/detail").asText()).contains("no worker has announced webhook.deliver");

        ObjectNode contract = ContractFormat.write(EchoWorker.ECHO);
        contract.put("type", "webhook.deliver");
        ObjectNode schema = contract.putObject("inputSchema").put("type", "object");
        schema.putArray("required").add("url").add("body");
        schema.put("additionalProperties", false);
        schema.putObject("properties").putObject("body");
        ((ObjectNode) schema.get("properties"))
                .putObject("url")
                .put("type", "string")
                .put("pattern", "^https://");
        contract.putArray("examples")
                .addObject()
                .put("name", "n")
                .putObject("input")
                .put("url", "https://example.com/")
                .put("body", 1);
        worker.report(new WorkerEvent.Announced(Instant.now(), List.of(contract)));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> facade.get("/v1/job-types/webhook.deliver/v1").statusCode() == 200);

        for (Map.Entry<String, String> wrong : Map.of(
                        "{\"url\":\"ftp://example.com/\"}",
                        "/callback/url",
                        "{}",
                        "/callback",
                        "\"https://example.com/\"",
                        "/callback",
                        "{\"url\":\"https://example.com/\",\"body\":1}",
                        "/callback",
                        "{\"url\":\"https://example.com/\",\"secret\":1}",
                        "/callback",
                        "{\"url\":\"https://" + "x".repeat(30_000) + "\"}",
                        "/callback")
                .entrySet()) {
            HttpResponse<String> answer = facade.post("/v1/jobs", request.formatted(wrong.getKey()));
            assertThat(answer.statusCode()).isEqualTo(422);
            assertThat(json(answer).at("/errors/0/pointer").asText()).startsWith(wrong.getValue());
        }
        HttpResponse<String> accepted = facade.post("/v1/jobs", request.formatted(callback));
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        worker.echo();
        String id = json(accepted).get("id").asText();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> json(facade.get("/v1/jobs?label=callback-of:" + id))
                                .get("jobs")
                                .size()
                        == 1);
    }

    private static String withRetry(String retry) {
        return "{\"type\":\"test.echo\",\"version\":1,\"input\":{\"text\":\"a\"},\"retry\":" + retry + "}";
    }

    private static Arguments refusal(String name, String body, int status, String rule, String told) {
        return Arguments.of(name, body.getBytes(StandardCharsets.UTF_8), "application/json", status, rule, told);
    }

    /** {@link io.plainsail.facade.http.SubmitFilter} answers the usual form itself; this one goes on to Jersey. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void unusualFormIsRefusedInTheSameWords(String name, byte[] body, String type, int status, String rule, String told)
            throws Exception {
        HttpResponse<String> usual = facade.post("/v1/jobs", type, body);
        HttpResponse<String> unusual = facade.post("/v1/jobs?x", type, body);

        assertThat(unusual.statusCode()).isEqualTo(usual.statusCode());
        assertThat(unusual.body()).isEqualTo(usual.body());
        assertThat(names(unusual)).isEqualTo(names(usual));
    }

    @Test
    void unusualFormIsAcceptedInTheSameWords() throws Exception {
        String request = "{\"type\":\"test.echo\",\"version\":1,\"input\":{\"text\":\"a\"}}";
        HttpResponse<String> usual = facade.post("/v1/jobs", request);
        HttpResponse<String> unusual = facade.post("/v1/jobs?x", request);

        assertThat(unusual.statusCode()).isEqualTo(usual.statusCode()).isEqualTo(202);
        assertThat(names(unusual)).isEqualTo(names(usual));
        for (HttpResponse<String> answer : List.of(usual, unusual)) {
            assertThat(answer.headers().firstValue("Location"))
                    .contains("/v1/jobs/" + json(answer).get("id").asText());
            assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
            assertThat(json(answer).fieldNames()).toIterable().containsExactlyElementsOf(fields(usual));
        }
        assertThat(worker.echo().jobId()).hasToString(json(usual).get("id").asText());
        assertThat(worker.echo().jobId()).hasToString(json(unusual).get("id").asText());
    }

    private static List<String> fields(HttpResponse<String> answer) throws Exception {
        List<String> names = new ArrayList<>();
        json(answer).fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static Set<String> names(HttpResponse<String> answer) {
        return answer.headers().map().keySet();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void invalidRequestIsRefusedWithItsPlaceAndNothingIsStored(
            String name, byte[] body, String type, int status, String rule, String told) throws Exception {
        int before = facade.facade().jobs().list(everything()).size();
        HttpResponse<String> answer = facade.post("/v1/jobs", type, body);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.body()).contains("\"type\":\"urn:plainsail:problem:", rule, told);
        assertThat(json(answer).get("status").asInt()).isEqualTo(status);
        assertThat(facade.facade().jobs().list(everything())).hasSize(before);
    }

    @Test
    void unknownFieldsAreToldUpToABound() throws Exception {
        String many = java.util.stream.IntStream.range(0, 5_000)
                .mapToObj(number -> "\"f" + number + "\":1")
                .collect(java.util.stream.Collectors.joining(","));
        for (String body : List.of(withRetry("{" + many + "}"), "{" + many + "}")) {
            HttpResponse<String> refused = facade.post("/v1/jobs", body);
            assertThat(refused.statusCode()).isEqualTo(422);
            assertThat(json(refused).get("errors")).hasSizeBetween(20, 25);
        }
    }

    @Test
    void everyFindingIsToldAtOnce() throws Exception {
        JsonNode problem = json(facade.post(
                "/v1/jobs", "{\"type\":\"test.echo\",\"x\":1,\"timeout\":\"PT9H\",\"input\":{\"text\":1,\"y\":2}}"));

        assertThat(problem.get("errors"))
                .extracting(error -> error.get("pointer").asText())
                .containsExactlyInAnyOrder("/x", "/timeout", "/input/text", "/input/y");
    }

    // Bulk -----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"ndjson", "array"})
    void bulkAnswersEachRequestForItself(String form) throws Exception {
        String wrong = "{\"type\":\"test.echo\",\"input\":{\"text\":7}}";
        boolean array = form.equals("array");
        String body =
                array ? "[" + HELLO + "," + wrong + ",3," + HELLO + "]" : HELLO + "\n" + wrong + "\n3\n" + HELLO + "\n";
        HttpResponse<String> answer = facade.post(
                "/v1/jobs/bulk",
                array ? "application/json" : "application/x-ndjson",
                body.getBytes(StandardCharsets.UTF_8));

        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode told = json(answer);
        assertThat(told.get("accepted").asInt()).isEqualTo(2);
        assertThat(told.get("refused").asInt()).isEqualTo(2);
        assertThat(told.get("items"))
                .extracting(item -> item.get("status").asInt())
                .containsExactly(202, 422, 422, 202);
        assertThat(told.at("/items/1/problem/errors/0/pointer").asText()).isEqualTo("/input/text");
        worker.echo();
        worker.echo();
        awaitState(told.at("/items/0/id").asText(), "succeeded");
        awaitState(told.at("/items/3/id").asText(), "succeeded");
    }

    @Test
    void brokenBulkBodyIsRefusedWhole() throws Exception {
        int before = facade.facade().jobs().list(everything()).size();

        assertThat(bulk(HELLO + "\n{broken").statusCode()).isEqualTo(400);
        assertThat(bulk("[" + HELLO).statusCode()).isEqualTo(400);
        assertThat(bulk((HELLO + "\n").repeat(101)).statusCode()).isEqualTo(413);
        assertThat(facade.facade().jobs().list(everything())).hasSize(before);
    }

    private static HttpResponse<String> bulk(String body) throws Exception {
        return facade.post("/v1/jobs/bulk", "application/x-ndjson", body.getBytes(StandardCharsets.UTF_8));
    }

    // Asking ---------------------------------------------------------------------------------------------------

    @Test
    void listPagesThroughEverythingOnce() throws Exception {
        for (int i = 0; i < 7; i++) {
            accept(HELLO.replace("}}", "}, \"labels\":{\"batch\":\"pages\"}}"));
            worker.echo();
        }
        Set<String> seen = new java.util.HashSet<>();
        String next = "/v1/jobs?label=batch:pages&limit=3";
        int pages = 0;
        while (next != null) {
            JsonNode page = json(facade.get(next));
            page.get("jobs")
                    .forEach(job -> assertThat(seen.add(job.get("id").asText())).isTrue());
            next = page.hasNonNull("next") ? page.get("next").asText() : null;
            pages++;
        }

        assertThat(seen).hasSize(7);
        assertThat(pages).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "state=done, state",
        "type=Nope, type",
        "label=nocolon, label",
        "from=yesterday, from",
        "before=1, before",
        "limit=0, limit",
        "limit=201, limit",
        "limit=x, limit",
        "cursor=abc, cursor",
        "colour=red, colour",
    })
    void invalidFilterIsRefusedByName(String query, String parameter) throws Exception {
        HttpResponse<String> answer = facade.get("/v1/jobs?" + query);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).at("/errors/0/pointer").asText()).isEqualTo(parameter);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /v1/jobs/0190a5b0-0000-7000-8000-000000000001, 404, unknown-job",
        "GET, /v1/jobs/not-an-id, 404, unknown-job",
        "GET, /v1/jobs/1-1-1-1-1, 404, unknown-job",
        "GET, /v1/jobs/0190a5b0-0000-7000-8000-000000000001/result, 404, unknown-job",
        "GET, /v1/job-types/test.nope/v1, 404, not-found",
        "GET, /nowhere, 404, not-found",
        "DELETE, /v1/jobs, 405, method-not-allowed",
    })
    void whatIsNotThereIsAProblemDocument(String method, String path, int status, String kind) throws Exception {
        HttpResponse<String> answer = facade.send(
                HttpRequest.newBuilder(facade.uri(path)).method(method, HttpRequest.BodyPublishers.noBody()));

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.body()).contains("urn:plainsail:problem:" + kind);
    }

    @Test
    void whatTheServerItselfRefusesIsAProblemDocumentToo() throws Exception {
        try (Socket socket = new Socket("127.0.0.1", facade.uri("/").getPort())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            out.write("GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            String answer = new String(readAll(socket.getInputStream()), StandardCharsets.UTF_8);

            assertThat(answer).startsWith("HTTP/1.1 400").contains("application/problem+json", "urn:plainsail:problem");
        }
    }

    private static byte[] readAll(InputStream in) throws Exception {
        return in.readAllBytes();
    }

    @Test
    void jobTypesShowTheirContracts() throws Exception {
        assertThat(json(facade.get("/v1/job-types")).at("/jobTypes/0/type").asText())
                .isEqualTo("test.echo");
        assertThat(json(facade.get("/v1/job-types/test.echo/v1"))
                        .at("/inputSchema/required/0")
                        .asText())
                .isEqualTo("text");
    }

    // Results --------------------------------------------------------------------------------------------------

    @Test
    void smallFileTravelsInTheOutcome() throws Exception {
        String id = accept(HELLO);
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        byte[] content = {1, 2, 0, -1};
        succeedWith(job, new ResultFile("application/pdf", 4, "sha-256:" + hex(content), content));
        delivery.ack();

        JsonNode done = awaitState(id, "succeeded");
        assertThat(done.at("/result/mediaType").asText()).isEqualTo("application/pdf");
        HttpResponse<byte[]> file = download(id);
        assertThat(file.body()).isEqualTo(content);
        assertThat(file.headers().firstValue("Content-Type")).contains("application/pdf");
        assertThat(file.headers().firstValue("Content-Length")).contains("4");
    }

    @Test
    void largeFileIsDeliveredWithTheAttemptsTokenAndServed() throws Exception {
        String id = accept(HELLO);
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        byte[] content = "large ".repeat(10_000).getBytes(StandardCharsets.UTF_8);

        assertThat(deliver(job, job.token(), content, content).statusCode()).isEqualTo(204);
        assertThat(deliver(job, job.token(), content, content).statusCode()).isEqualTo(204);
        succeedWith(job, new ResultFile("text/plain", content.length, "sha-256:" + hex(content), null));
        delivery.ack();
        awaitState(id, "succeeded");

        assertThat(download(id).body()).isEqualTo(content);
        assertThat(deliver(job, job.token(), content, content).statusCode()).isEqualTo(409);
    }

    @Test
    void deliveryThatBreaksARuleIsRefused() throws Exception {
        String id = accept(HELLO);
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        byte[] content = {1, 2, 3};
        byte[] huge = new byte[70_000];

        assertThat(deliver(job, "wrong", content, content).statusCode()).isEqualTo(403);
        assertThat(deliver(job, "", content, content).statusCode()).isEqualTo(403);
        assertThat(deliver(job, job.token(), content, huge).statusCode()).isEqualTo(422);
        assertThat(deliver(job, job.token(), huge, huge).statusCode()).isEqualTo(413);
        assertThat(facade.facade().results().find(job.jobId(), 1)).isEmpty();
        assertThat(facade.send(HttpRequest.newBuilder(facade.uri("/v1/jobs/" + id + "/attempts/1/result"))
                                .header("Authorization", "Bearer " + job.token())
                                .PUT(HttpRequest.BodyPublishers.ofByteArray(content)))
                        .statusCode())
                .isEqualTo(400);
        succeedWith(job, null);
        delivery.ack();
        awaitState(id, "succeeded");
    }

    @Test
    void whoSendsMuchTooLargeAFileHearsSoAndMayGoOn() throws Exception {
        String id = accept(HELLO);
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        byte[] huge = new byte[600_000];
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(huge);

        try (Socket socket = new Socket("127.0.0.1", facade.port())) {
            socket.setSoTimeout(30_000);
            OutputStream out = socket.getOutputStream();
            out.write(("PUT /v1/jobs/" + id + "/attempts/1/result HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                            + "Authorization: Bearer " + job.token() + "\r\nContent-Length: " + huge.length + "\r\n"
                            + "Content-Digest: sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(huge);
            // Over the same connection: it is not broken off, which would take the answer with it.
            out.write("GET /health/alive HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            String answers = new String(readAll(socket.getInputStream()), StandardCharsets.UTF_8);

            assertThat(answers).startsWith("HTTP/1.1 413").contains("too-large", "HTTP/1.1 200");
        }
        succeedWith(job, null);
        delivery.ack();
        awaitState(id, "succeeded");
    }

    // What comes from workers ----------------------------------------------------------------------------------

    @Test
    void undecodableEventsAreParkedAndTheirNeighboursRecorded() throws Exception {
        int before = facade.facade().jobs().parked(100).size();
        worker.events()
                .publish(
                        Destination.events(),
                        new Message("application/json", Map.of("a", "b"), "garbage".getBytes(StandardCharsets.UTF_8)),
                        result -> {});
        String id = accept(HELLO);
        worker.echo();

        awaitState(id, "succeeded");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> facade.facade().jobs().parked(100).size() == before + 1);
        assertThat(facade.facade().jobs().parked(1).get(0).message().reason()).contains("not JSON");
    }

    @Test
    void rejectedJobEndsFailedWithAReason() throws Exception {
        String id = accept(HELLO);
        worker.next().reject();

        JsonNode failed = awaitState(id, "failed");
        assertThat(failed.at("/error/category").asText()).isEqualTo("undecodable");
        assertThat(failed.at("/error/message").asText()).contains("rejected");
    }

    // Operations -----------------------------------------------------------------------------------------------

    @Test
    void healthTellsAliveFromReady() throws Exception {
        assertThat(facade.get("/health/alive").statusCode()).isEqualTo(200);
        HttpResponse<String> ready = facade.get("/health/ready");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(json(ready).get("store").asText()).isEqualTo("up");
    }

    @Test
    void metricsAreScraped() throws Exception {
        HttpResponse<String> metrics = facade.send(HttpRequest.newBuilder(facade.adminUri("/prometheus")));

        assertThat(metrics.body())
                .contains("plainsail_outbox_jobs", "plainsail_jobs_finished_total{state=\"succeeded\"}", "jvm_memory");
    }

    // Help -----------------------------------------------------------------------------------------------------

    private static JobQuery everything() {
        return new JobQuery(Set.of(), null, Map.of(), null, null, null, 10_000);
    }

    private static String accept(String body) throws Exception {
        HttpResponse<String> accepted = facade.post("/v1/jobs", body);
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        return json(accepted).get("id").asText();
    }

    private static JsonNode awaitState(String id, String state) {
        return await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> json(facade.get("/v1/jobs/" + id)),
                        job -> job.get("state").asText().equals(state));
    }

    private static void succeedWith(JobMessage job, ResultFile file) {
        Instant now = Instant.now();
        worker.report(new WorkerEvent.Succeeded(job.jobId(), job.attempt(), now, now, job.input(), file));
    }

    private static HttpResponse<String> deliver(JobMessage job, String token, byte[] content, byte[] announced)
            throws Exception {
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(announced);
        return facade.send(HttpRequest.newBuilder(
                        facade.uri("/v1/jobs/" + job.jobId() + "/attempts/" + job.attempt() + "/result"))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "text/plain")
                .header("Content-Digest", "sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":")
                .PUT(HttpRequest.BodyPublishers.ofByteArray(content)));
    }

    private static HttpResponse<byte[]> download(String id) throws Exception {
        return java.net.http.HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(facade.uri("/v1/jobs/" + id + "/result"))
                                .timeout(Duration.ofSeconds(20))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String hex(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return StrictJson.read(answer.body().getBytes(StandardCharsets.UTF_8));
    }
}
