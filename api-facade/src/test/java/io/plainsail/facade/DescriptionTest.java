package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.TimeLimits;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.Message;
import io.plainsail.contracts.wire.ResultFile;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.http.Problem;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The documents, held against contracts, messages and what the code has. The calls themselves: {@link ApiTableTest}. */
@Timeout(120)
class DescriptionTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123456Z");
    private static final UUID ID = UUID.fromString("0190a5b0-0000-7000-8000-000000000001");

    @TempDir
    static Path directory;

    private static RunningFacade facade;
    private static EchoWorker worker;

    @BeforeAll
    static void start() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        facade = RunningFacade.start(directory, transport, """
                access: {required: true, adminKeyFile: "%s"}
                oidc: {issuer: "https://login.example.com/realm", audience: plainsail}
                limits: {maxRequestBytes: 2000, maxBulkBytes: 4000, maxBulkItems: 20}
                """.formatted(directory.resolve("admin.key")));
        worker = new EchoWorker(transport);
        awaitType("test.echo.v1");
    }

    @AfterAll
    static void stop() throws Exception {
        facade.close();
    }

    private static JsonNode get(String path) throws Exception {
        HttpResponse<String> answer = facade.get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return RunningFacade.json(answer);
    }

    private static void awaitType(String key) {
        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        get("/openapi.json").get("components").get("schemas").has(key + ".request"));
    }

    private static void announce(ObjectNode contract) {
        worker.report(new WorkerEvent.Announced(Instant.now(), List.of(contract)));
    }

    private static ObjectNode contract(String type, int version) {
        ObjectNode contract = ContractFormat.write(EchoWorker.ECHO).deepCopy();
        return contract.put("type", type).put("version", version);
    }

    @Test
    void everybodyMayReadThemAndAsksOnlyForWhatIsNew() throws Exception {
        for (String path : List.of("/openapi.json", "/asyncapi.json")) {
            HttpResponse<String> first = facade.get(path);
            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(first.headers().firstValue("Content-Type")).contains("application/json");
            String tag = first.headers().firstValue("ETag").orElseThrow();
            HttpResponse<String> again =
                    facade.send(HttpRequest.newBuilder(facade.uri(path)).header("If-None-Match", tag));
            assertThat(again.statusCode()).isEqualTo(304);
            assertThat(again.body()).isEmpty();
            assertThat(again.headers().firstValue("ETag")).contains(tag);
        }
    }

    @Test
    void whatIsAnnouncedIsDescribed() throws Exception {
        String before = facade.get("/openapi.json").headers().firstValue("ETag").orElseThrow();
        announce(contract("test.added", 1));
        awaitType("test.added.v1");
        announce(contract("test.added", 2).put("deprecated", "2026-01-01"));
        awaitType("test.added.v2");
        JsonNode openApi = get("/openapi.json");
        assertThat(facade.get("/openapi.json").headers().firstValue("ETag").orElseThrow())
                .isNotEqualTo(before);
        JsonNode schemas = openApi.get("components").get("schemas");
        // Without a version a request is one of the newest.
        assertThat(schemas.at("/test.added.v1.request/required").toString()).contains("version");
        assertThat(schemas.at("/test.added.v2.request/required").toString()).doesNotContain("version");
        assertThat(schemas.at("/test.added.v2.request/deprecated").asBoolean()).isTrue();
        assertThat(schemas.at("/JobRequest/oneOf").findValuesAsText("$ref"))
                .contains("#/components/schemas/test.added.v1.request", "#/components/schemas/test.added.v2.request");
        assertThat(schemas.at("/test.added.v1.request/examples/0/input").toString())
                .isEqualTo("{\"text\":\"hello\"}");
        JsonNode asyncApi = get("/asyncapi.json");
        assertThat(asyncApi.at("/channels/test.added.v2/address").asText()).isEqualTo("plainsail.jobs.test.added.v2");
        assertThat(asyncApi.at("/channels/test.added.v2/bindings/amqp/queue/name")
                        .asText())
                .isEqualTo("plainsail.jobs.test.added.v2");
        assertThat(asyncApi.at("/channels/test.added.v2/x-queue-arguments/x-queue-type")
                        .asText())
                .isEqualTo("quorum");
    }

    @Test
    void noNewJobsAreDescribedAfterTheSunset() throws Exception {
        announce(contract("test.ended", 1).put("sunset", "2026-01-01"));
        await().atMost(Duration.ofSeconds(20))
                .until(() -> get("/openapi.json").at("/components/schemas").has("test.ended.v1.job"));
        assertThat(get("/openapi.json").at("/components/schemas").has("test.ended.v1.request"))
                .isFalse();
    }

    /** As this facade is set up. */
    @Test
    void boundsIssuerAndRolesAreThoseOfTheFacade() throws Exception {
        JsonNode openApi = get("/openapi.json");
        assertThat(openApi.at("/paths/~1v1~1jobs/post/requestBody/description").asText())
                .contains("2000 bytes");
        assertThat(openApi.at("/paths/~1v1~1jobs~1bulk/post/requestBody/content/application~1json/schema/maxItems")
                        .asInt())
                .isEqualTo(20);
        assertThat(openApi.at("/components/securitySchemes/token/openIdConnectUrl")
                        .asText())
                .isEqualTo("https://login.example.com/realm/.well-known/openid-configuration");
        assertThat(openApi.at("/paths/~1v1~1jobs/post/security").toString())
                .isEqualTo("[{\"apiKey\":[]},{\"token\":[]}]");
        assertThat(openApi.at("/paths/~1v1~1audit/get/description").asText())
                .endsWith("Takes the role admin, of a caller that sees all tenants.");
        assertThat(openApi.at("/paths/~1v1~1jobs~1{id}~1attempts~1{attempt}~1claim/post/security")
                        .toString())
                .isEqualTo("[{\"attemptToken\":[]}]");
    }

    @Test
    void eachKindOfProblemIsTheAnswerOfSomeCall() throws Exception {
        Set<String> described = new TreeSet<>();
        get("/openapi.json")
                .get("paths")
                .findValues("enum")
                .forEach(words -> words.forEach(word -> described.add(word.asText())));
        Set<String> there = Problem.kinds().stream()
                .map(kind -> "urn:plainsail:problem:" + kind.word())
                .collect(Collectors.toCollection(TreeSet::new));
        // Of no call that is described.
        there.remove("urn:plainsail:problem:method-not-allowed");
        assertThat(described).containsAll(there);
        described.removeIf(word -> !word.startsWith("urn:"));
        assertThat(described).isEqualTo(there);
    }

    // The wire ------------------------------------------------------------------------------------------------

    private static final JobMessage FULL = new JobMessage(
            ID,
            new JobType("test.echo", 1),
            3,
            NOW,
            Duration.ofSeconds(30),
            "token",
            true,
            new RetryBounds(4, Duration.ofMinutes(2)),
            2,
            NOW.plusSeconds(90),
            new TimeLimits(NOW.plusSeconds(600), NOW.plusSeconds(6000)),
            List.of(new UUID(1, 2), new UUID(3, 4)),
            new TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=1"),
            "{\"text\":\"hello\"}".getBytes(StandardCharsets.UTF_8));

    private static final JobMessage SCANTY = JobMessage.builder(
                    ID,
                    new JobType("test.echo", 1),
                    NOW,
                    Duration.ofSeconds(30),
                    "token",
                    "{\"text\":\"hello\"}".getBytes(StandardCharsets.UTF_8))
            .build();

    @Test
    void jobMessagesAreAsTheyAreDescribed() throws Exception {
        JsonNode asyncApi = get("/asyncapi.json");
        SchemaCheck headers = wireCheck(asyncApi, "test.echo.v1.headers");
        for (JobMessage job : List.of(FULL, SCANTY)) {
            Message message = JobMessageCodec.encode(job);
            JsonNode encoded = StrictJson.mapper().valueToTree(message.headers());
            assertThat(headers.violations(encoded)).isEmpty();
            assertThat(asyncApi.at("/components/messages/test.echo.v1.job/contentType")
                            .asText())
                    .isEqualTo(message.contentType());
        }
        assertThat(new TreeSet<>(JobMessageCodec.encode(FULL).headers().keySet()))
                .isEqualTo(names(asyncApi.at("/components/schemas/JobHeaders/properties")));
        assertThat(new TreeSet<>(JobMessageCodec.encode(SCANTY).headers().keySet()))
                .isEqualTo(new TreeSet<>(texts(asyncApi.at("/components/schemas/JobHeaders/required"))));
        JsonNode payload = asyncApi.at("/components/schemas/test.echo.v1.input/schema");
        assertThat(SchemaCheck.of(payload, "payload").violations(StrictJson.read(FULL.input())))
                .isEmpty();
    }

    @Test
    void eventsAreAsTheyAreDescribed() throws Exception {
        JsonNode asyncApi = get("/asyncapi.json");
        SchemaCheck batches = wireCheck(asyncApi, "EventBatch");
        Failure failure = new Failure(ErrorCategory.TIMEOUT, "late", "too late", "java.lang.Error", "ab12");
        byte[] output = "{\"a\":1}".getBytes(StandardCharsets.UTF_8);
        ResultFile file = new ResultFile("application/pdf", 3, "sha-256:" + "0f".repeat(32), new byte[] {1, 2, 3});
        List<WorkerEvent> full = List.of(
                new WorkerEvent.Announced(NOW, List.of(ContractFormat.write(EchoWorker.ECHO))),
                new WorkerEvent.Started(ID, 1, NOW),
                new WorkerEvent.Progress(ID, 1, NOW, 40.5, "page 2"),
                new WorkerEvent.LogLine(ID, 1, NOW, 0, "a line"),
                new WorkerEvent.Succeeded(ID, 1, NOW, NOW, output, file),
                new WorkerEvent.Retrying(ID, 1, NOW, NOW, NOW, failure, "again"),
                new WorkerEvent.Failed(ID, 1, NOW, NOW, failure),
                new WorkerEvent.HandedBack(ID, 1, NOW, NOW),
                new WorkerEvent.Mark(NOW));
        assertThat(full.stream().map(Object::getClass).collect(Collectors.toSet()))
                .isEqualTo(Arrays.stream(WorkerEvent.class.getPermittedSubclasses())
                        .flatMap(kind -> kind.isInterface()
                                ? Arrays.stream(kind.getPermittedSubclasses())
                                : java.util.stream.Stream.of(kind))
                        .collect(Collectors.toSet()));
        List<WorkerEvent> scanty = List.of(
                new WorkerEvent.Progress(ID, 1, NOW, null, null),
                new WorkerEvent.Succeeded(ID, 1, NOW, NOW, output, null),
                new WorkerEvent.Succeeded(
                        ID, 1, NOW, NOW, output, new ResultFile("text/plain", 3, "sha-256:" + "0f".repeat(32), null)),
                new WorkerEvent.Retrying(ID, 1, NOW, NOW, NOW, null, "put off"),
                new WorkerEvent.Failed(ID, 1, NOW, NOW, Failure.of(ErrorCategory.INTERNAL, "broken", "broken")));
        for (List<WorkerEvent> events : List.of(full, scanty, List.<WorkerEvent>of())) {
            Message message = EventBatchCodec.encode(new EventBatch(EchoWorker.SELF, events));
            assertThat(batches.violations(StrictJson.read(message.body()))).isEmpty();
            assertThat(asyncApi.at("/components/messages/events/contentType").asText())
                    .isEqualTo(message.contentType());
        }
        // And nothing is described that is never sent. What is said of an attempt may be said in its trace.
        Map<Integer, TraceContext> traces = new HashMap<>();
        for (int place = 1; place < full.size() - 1; place++) {
            traces.put(place, FULL.trace());
        }
        JsonNode sent = StrictJson.read(EventBatchCodec.encode(new EventBatch(EchoWorker.SELF, full, traces))
                .body());
        assertThat(batches.violations(sent)).isEmpty();
        for (JsonNode event : sent.get("events")) {
            String kind = event.get("kind").asText();
            JsonNode schema = described(asyncApi, kind);
            assertThat(names(schema.get("properties"))).as(kind).isEqualTo(names(event));
        }
        for (String category : texts(asyncApi.at("/components/schemas/ErrorCategory/enum"))) {
            assertThat(StrictJson.mapper().convertValue(category, ErrorCategory.class))
                    .isNotNull();
        }
        assertThat(asyncApi.at("/components/schemas/ErrorCategory/enum")).hasSize(ErrorCategory.values().length);
    }

    private static JsonNode described(JsonNode asyncApi, String kind) {
        for (JsonNode schema : asyncApi.at("/components/schemas")) {
            if (schema.at("/properties/kind/const").asText().equals(kind)) {
                return schema;
            }
        }
        throw new AssertionError("no event of the kind " + kind + " is described");
    }

    private static SchemaCheck wireCheck(JsonNode asyncApi, String schema) throws Exception {
        return new DescribedApi(asyncApi.toString())
                .check(StrictJson.mapper().createObjectNode().put("$ref", "#/components/schemas/" + schema), schema);
    }

    private static Set<String> names(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
