package io.plainsail.facade;

import static io.plainsail.facade.EchoWorker.HELLO;
import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is accepted, alone or in bulk, and what is refused with its reasons. */
class SubmitApiTest {
    @TempDir
    static Path directory;

    private static RunningFacade facade;
    private static EchoWorker worker;

    @BeforeAll
    static void start() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        facade = RunningFacade.start(
                directory, transport, "limits: {maxRequestBytes: 200000, maxBulkBytes: 1000000, maxBulkItems: 100}\n");
        worker = EchoWorker.knownTo(facade, transport);
    }

    @AfterAll
    static void stop() throws Exception {
        facade.close();
    }

    // Accepting ------------------------------------------------------------------------------------------------

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

    /** Without what is said of the connection: it ends if the answer was faster than the request's body. */
    private static Set<String> names(HttpResponse<String> answer) {
        Set<String> names = new TreeSet<>(answer.headers().map().keySet());
        names.remove("connection");
        return names;
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

    // Refusing -------------------------------------------------------------------------------------------------

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

    private static String withRetry(String retry) {
        return "{\"type\":\"test.echo\",\"version\":1,\"input\":{\"text\":\"a\"},\"retry\":" + retry + "}";
    }

    private static Arguments refusal(String name, String body, int status, String rule, String told) {
        return Arguments.of(name, body.getBytes(StandardCharsets.UTF_8), "application/json", status, rule, told);
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
        facade.awaitState(told.at("/items/0/id").asText(), "succeeded");
        facade.awaitState(told.at("/items/3/id").asText(), "succeeded");
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

    private static JobQuery everything() {
        return new JobQuery(Set.of(), null, Map.of(), null, null, null, 10_000);
    }
}
