package io.plainsail.facade;

import static io.plainsail.facade.ApiTableTest.Whose.ALL;
import static io.plainsail.facade.ApiTableTest.Whose.ANY_KEY;
import static io.plainsail.facade.ApiTableTest.Whose.EVERYBODY;
import static io.plainsail.facade.ApiTableTest.Whose.TENANT;
import static io.plainsail.facade.ApiTableTest.Whose.TOKEN;
import static io.plainsail.facade.access.Role.ADMIN;
import static io.plainsail.facade.access.Role.OPERATOR;
import static io.plainsail.facade.access.Role.READER;
import static io.plainsail.facade.access.Role.SUBMITTER;
import static io.plainsail.facade.access.Role.WORKER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.access.Role;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.ParkedMessage;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.glassfish.jersey.server.model.Resource;
import org.glassfish.jersey.server.model.ResourceMethod;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole API as one table: what each call answers, to whom, and what it refuses. A call that is not in it fails
 * {@link #everyCallIsInTheTable}.
 */
@Timeout(300)
class ApiTableTest {
    private static final String HELLO = "{\"type\":\"test.echo\",\"version\":1,\"input\":{\"text\":\"hello\"}}";
    private static final String WRONG = "{\"type\":\"test.echo\",\"version\":1,\"input\":{\"text\":7}}";
    private static final String NO_SUCH = "01900000-0000-7000-8000-000000000000";
    private static final String LONG = "x".repeat(2_100);

    /** Who may make a call. */
    enum Whose {
        /** Also those without a key. */
        EVERYBODY,
        /** Whoever has a key, of any role. */
        ANY_KEY,
        /** By role; a tenant's key sees and changes the jobs of its tenant alone. */
        TENANT,
        /** By role; a tenant's key may not. */
        ALL,
        /** Whoever has the token of the job's attempt, which its worker has. */
        TOKEN
    }

    /** How {@link #rows} reads: the call; the least role, and whose it is; what it needs; what it answers; its refusals. */
    private Stream<Row> rows() {
        return Stream.of(
                // Submitting
                row("POST /v1/jobs", SUBMITTER, TENANT)
                        .body(HELLO)
                        .answers(202)
                        .also(200, 409)
                        .refuses(400, "not-json", sent -> sent.body = "{")
                        .refuses(400, "invalid-parameter", sent -> sent.header("Idempotency-Key", "a b"))
                        .refuses(413, "too-large", sent -> sent.body = HELLO.replace("hello", LONG))
                        .refuses(415, "unsupported-media-type", sent -> sent.header("Content-Type", "text/plain"))
                        .refuses(415, "unsupported-media-type", sent -> sent.header("Content-Encoding", "br"))
                        .refuses(422, "unknown-job-type", sent -> sent.body = HELLO.replace("echo", "nope"))
                        .refuses(422, "invalid-job", sent -> sent.body = WRONG),
                row("POST /v1/jobs/bulk", SUBMITTER, TENANT)
                        .body("[" + HELLO + "," + WRONG + "]")
                        .answers(200)
                        .also(409)
                        .refuses(400, "not-json", sent -> sent.body = "[" + HELLO)
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?atomic=perhaps")
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?colour=red")
                        .refuses(413, "too-large", sent -> sent.body = "[" + HELLO + ("," + HELLO).repeat(20) + "]")
                        .refuses(413, "too-large", sent -> sent.body = "[" + HELLO.replace("hello", LONG + LONG) + "]")
                        .refuses(415, "unsupported-media-type", sent -> sent.header("Content-Type", "text/csv"))
                        .refuses(422, "refused-together", sent -> sent.query = "?atomic=true"),
                // Looking
                row("GET /v1/jobs", READER, TENANT)
                        .answers(200)
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?limit=0")
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?state=done")
                        .refuses(
                                400, "invalid-parameter", sent -> sent.query = "?label=a:b".replace("?", "?" + many())),
                row("GET /v1/jobs/count", READER, TENANT)
                        .answers(200)
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?limit=1"),
                row("GET /v1/events", READER, TENANT)
                        .answers(200)
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?type=Nope")
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?limit=1")
                        .refuses(400, "invalid-parameter", sent -> sent.header("Last-Event-ID", "1"))
                        .refuses(
                                400,
                                "invalid-parameter",
                                sent -> sent.header("Last-Event-ID", "999999999999999999." + NO_SUCH)),
                row("GET /v1/jobs/{id}", READER, TENANT)
                        .of(this::queued)
                        .answers(200)
                        .also(304)
                        .refuses(404, "unknown-job", sent -> sent.id = NO_SUCH)
                        .refuses(404, "unknown-job", sent -> sent.id = "not-an-id")
                        .refuses(404, "unknown-job", sent -> sent.id = "1-1-1-1-1"),
                row("GET /v1/jobs/{id}/events", READER, TENANT)
                        .of(this::succeeded)
                        .answers(200)
                        .also(204)
                        .refuses(400, "invalid-parameter", sent -> sent.header("Last-Event-ID", "x"))
                        .refuses(404, "unknown-job", sent -> sent.id = NO_SUCH),
                row("GET /v1/jobs/{id}/logs", READER, TENANT)
                        .of(this::queued)
                        .answers(200)
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?after=1")
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?colour=red")
                        .refuses(404, "unknown-job", sent -> sent.id = NO_SUCH),
                row("GET /v1/jobs/{id}/result", READER, TENANT)
                        .of(this::succeeded)
                        .answers(200)
                        .also(206, 304)
                        .refuses(404, "unknown-job", sent -> sent.id = NO_SUCH)
                        .refuses(404, "no-result", sent -> sent.id = queued(admin).id)
                        .refuses(416, "range-not-satisfiable", sent -> sent.header("Range", "bytes=1000-")),
                // Changing
                row("POST /v1/jobs/{id}/cancel", SUBMITTER, TENANT)
                        .of(this::queued)
                        .answers(200)
                        .refuses(404, "unknown-job", sent -> sent.id = NO_SUCH)
                        .refuses(409, "already-ended", sent -> sent.id = succeeded(admin).id),
                row("POST /v1/jobs/cancel", OPERATOR, TENANT)
                        .query("?label=no:thing")
                        .answers(200)
                        .refuses(400, "invalid-parameter", sent -> sent.query = "")
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?state=failed")
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?type=test.echo&limit=1001"),
                row("POST /v1/jobs/release", OPERATOR, ALL).answers(200),
                row("POST /v1/jobs/{id}/replay", SUBMITTER, TENANT)
                        .of(this::dead)
                        .answers(200)
                        .refuses(404, "unknown-job", sent -> sent.id = NO_SUCH)
                        .refuses(409, "not-dead", sent -> sent.id = queued(admin).id)
                        .refuses(409, "release-absent", sent -> sent.query = "?onRelease=9.9")
                        .refuses(400, "not-json", sent -> sent.body = "{")
                        .refuses(413, "too-large", sent -> sent.body = LONG)
                        .refuses(415, "unsupported-media-type", sent -> sent.header("Content-Encoding", "br"))
                        .refuses(422, "invalid-job", sent -> sent.body = HELLO),
                row("GET /v1/dead-jobs", READER, TENANT)
                        .answers(200)
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?state=failed"),
                row("POST /v1/dead-jobs/replay", OPERATOR, TENANT)
                        .query("?label=no:thing")
                        .answers(200)
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?rate=0")
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?dryRun=maybe"),
                row("POST /v1/dead-jobs/purge", OPERATOR, TENANT)
                        .query("?label=no:thing")
                        .answers(200)
                        .refuses(400, "invalid-parameter", sent -> sent.query = ""),
                // What workers ask
                row("POST /v1/jobs/{id}/attempts/{attempt}/claim", WORKER, TOKEN)
                        .of(this::claimed)
                        .answers(200)
                        .refuses(403, "invalid-token", sent -> sent.header("Authorization", "Bearer of-another-job"))
                        .refuses(400, "bad-request", sent -> sent.body = "{")
                        .refuses(404, "unknown-job", sent -> sent.id = "1-1-1-1-1")
                        .refuses(413, "too-large", sent -> sent.body = "x".repeat(AttemptClaim.MAX_BYTES + 1))
                        .refuses(415, "unsupported-media-type", sent -> sent.header("Content-Type", "text/plain")),
                row("PUT /v1/jobs/{id}/attempts/{attempt}/result", WORKER, TOKEN)
                        .of(this::delivered)
                        .answers(204)
                        .also(409, 413)
                        .refuses(403, "invalid-token", sent -> sent.header("Authorization", "Bearer of-another-job"))
                        .refuses(400, "bad-request", sent -> sent.header("Content-Digest", "md5=:AAAA:"))
                        .refuses(404, "unknown-job", sent -> sent.id = "1-1-1-1-1")
                        .refuses(422, "wrong-digest", sent -> sent.body = "another result"),
                row("POST /v1/workers/{instance}/check", WORKER, ALL)
                        .of(this::instance)
                        .body("{\"types\":[],\"running\":[]}")
                        .answers(200)
                        .refuses(400, "bad-request", sent -> sent.body = "{")
                        .refuses(413, "too-large", sent -> sent.body = "x".repeat(RunningCheck.MAX_BYTES + 1))
                        .refuses(415, "unsupported-media-type", sent -> sent.header("Content-Type", "text/plain")),
                // The fleet
                row("GET /v1/workers", READER, ALL).answers(200),
                row("GET /v1/workers/{instance}", READER, ALL)
                        .of(this::instance)
                        .answers(200)
                        .refuses(404, "unknown-worker", sent -> sent.id = "nobody"),
                row("POST /v1/workers/{instance}/drain", OPERATOR, ALL)
                        .of(this::instance)
                        .answers(200)
                        .refuses(404, "unknown-worker", sent -> sent.id = "nobody"),
                row("DELETE /v1/workers/{instance}/drain", OPERATOR, ALL)
                        .of(this::instance)
                        .answers(200)
                        .refuses(404, "unknown-worker", sent -> sent.id = "nobody"),
                row("GET /v1/queues", READER, ALL).answers(200),
                row("GET /v1/releases", READER, ALL)
                        .answers(200)
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?from=yesterday"),
                row("GET /v1/receipt", READER, ALL)
                        .answers(200)
                        .refuses(
                                400,
                                "invalid-parameter",
                                sent -> sent.query = "?from=2026-01-02T00:00:00Z&before=2026-01-01T00:00:00Z")
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?type=test.echo"),
                row("GET /v1/parked-messages", OPERATOR, ALL)
                        .answers(200)
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?limit=201"),
                row("POST /v1/parked-messages/{id}/release", OPERATOR, ALL)
                        .of(this::parked)
                        .answers(204)
                        .refuses(404, "unknown-message", sent -> sent.id = NO_SUCH)
                        .refuses(409, "not-releasable", sent -> sent.id = unreadable()),
                row("DELETE /v1/parked-messages/{id}", OPERATOR, ALL)
                        .of(this::parked)
                        .answers(204)
                        .refuses(404, "unknown-message", sent -> sent.id = "nope"),
                // Contracts
                row("GET /v1/job-types", READER, ANY_KEY).answers(200),
                row("GET /v1/job-types/{type}/v{version}", READER, ANY_KEY)
                        .of(key -> new Thing("test.echo"))
                        .answers(200)
                        .refuses(404, "not-found", sent -> sent.id = "test.nope"),
                row("GET /v1/job-types/{type}/v{version}/callers", OPERATOR, ALL)
                        .of(key -> new Thing("test.echo"))
                        .answers(200)
                        .refuses(404, "not-found", sent -> sent.id = "test.nope"),
                row("POST /v1/job-types/{type}/check", OPERATOR, ALL)
                        .of(this::contract)
                        .answers(200)
                        .refuses(400, "not-json", sent -> sent.body = "{")
                        .refuses(413, "too-large", sent -> sent.body = "x".repeat(1024 * 1024 + 1))
                        .refuses(415, "unsupported-media-type", sent -> sent.header("Content-Type", "text/plain"))
                        .refuses(422, "invalid-contract", sent -> sent.body = "{}")
                        .refuses(422, "invalid-contract", sent -> sent.id = "test.nope"),
                // Keys
                row("GET /v1/whoami", READER, ANY_KEY).answers(200),
                row("GET /v1/keys", ADMIN, ALL).answers(200),
                row("POST /v1/keys", ADMIN, ALL)
                        .body("{\"name\":\"of the table\",\"role\":\"reader\"}")
                        .answers(201)
                        .refuses(400, "not-json", sent -> sent.body = "{")
                        .refuses(413, "too-large", sent -> sent.body = "\"" + "x".repeat(17_000) + "\"")
                        .refuses(415, "unsupported-media-type", sent -> sent.header("Content-Type", "text/plain"))
                        .refuses(422, "invalid-key", sent -> sent.body = "{\"name\":\"a\",\"role\":\"king\"}"),
                row("POST /v1/keys/{id}/rotate", ADMIN, ALL)
                        .of(key -> new Thing(newKey("reader", null).get("id").asText()))
                        .answers(201)
                        .refuses(404, "unknown-key", sent -> sent.id = "nobody"),
                row("DELETE /v1/keys/{id}", ADMIN, ALL)
                        .of(key -> new Thing(newKey("reader", null).get("id").asText()))
                        .answers(204)
                        .refuses(404, "unknown-key", sent -> sent.id = "nobody")
                        .refuses(422, "invalid-key", sent -> sent.id = admin.substring(4, 16)),
                row("GET /v1/audit", ADMIN, ALL)
                        .answers(200)
                        .refuses(400, "invalid-parameter", sent -> sent.query = "?limit=x"),
                // Health
                row("GET /health/alive", READER, EVERYBODY).answers(200).also(503),
                row("GET /health/ready", READER, EVERYBODY).answers(200).also(503),
                // Descriptions
                row("GET /openapi.json", READER, EVERYBODY).answers(200).also(304),
                row("GET /asyncapi.json", READER, EVERYBODY).answers(200).also(304));
    }

    /** More labels than a job has. */
    private static String many() {
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < 17; i++) {
            many.append("label=l").append(i).append(":x&");
        }
        return many.toString();
    }

    // The table's words ---------------------------------------------------------------------------------------

    /** What a call is about, as it was made for it. */
    private static final class Thing {
        final String id;
        private Consumer<Sent> sending = sent -> {};

        Thing(String id) {
            this.id = id;
        }

        Thing sentWith(Consumer<Sent> sending) {
            this.sending = sending;
            return this;
        }
    }

    /** Makes a thing, with the key of whoever it is to belong to. */
    private interface Maker {
        Thing with(String key) throws Exception;
    }

    /** A request before it is sent. */
    private static final class Sent {
        String id = "";
        String query = "";
        String body = "";
        private final Map<String, String> headers = new LinkedHashMap<>();

        void header(String name, String value) {
            headers.put(name, value);
        }
    }

    private interface Change {
        void to(Sent sent) throws Exception;
    }

    private record Refusal(int status, String kind, Change change) {}

    private static Row row(String call, Role least, Whose whose) {
        return new Row(call, least, whose);
    }

    private static final class Row {
        final String method;
        final String path;
        final Role least;
        final Whose whose;
        final List<Refusal> refusals = new ArrayList<>();
        final Set<Integer> also = new TreeSet<>();
        private Maker maker = key -> new Thing("");
        private String body = "";
        private String query = "";
        int status;

        Row(String call, Role least, Whose whose) {
            this.method = call.split(" ")[0];
            this.path = call.split(" ")[1];
            this.least = least;
            this.whose = whose;
        }

        Row of(Maker made) {
            maker = made;
            return this;
        }

        Row body(String sent) {
            body = sent;
            return this;
        }

        Row query(String sent) {
            query = sent;
            return this;
        }

        Row answers(int happy) {
            status = happy;
            return this;
        }

        /** Answers that other tests show. */
        Row also(int... others) {
            Arrays.stream(others).forEach(also::add);
            return this;
        }

        Row refuses(int refused, String kind, Change change) {
            refusals.add(new Refusal(refused, kind, change));
            return this;
        }

        boolean isOfOneJob() {
            return path.startsWith("/v1/jobs/{id}");
        }

        /** The usual request, about a thing that belongs to a key. */
        Sent about(String ownersKey) throws Exception {
            Sent sent = new Sent();
            sent.query = query;
            sent.body = body;
            sent.header("Content-Type", "application/json");
            Thing thing = maker.with(ownersKey);
            sent.id = thing.id;
            thing.sending.accept(sent);
            return sent;
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    private record Answer(int status, String type, String body, HttpResponse<InputStream> response) {
        JsonNode json() {
            return StrictJson.read(body.getBytes(StandardCharsets.UTF_8));
        }

        void isProblem(int expected, String kind) {
            assertThat(status).as(body).isEqualTo(expected);
            assertThat(type).isEqualTo("application/problem+json");
            assertThat(json().get("type").asText()).isEqualTo("urn:plainsail:problem:" + kind);
            assertThat(json().get("status").asInt()).isEqualTo(expected);
        }
    }

    /** @param key none if empty */
    private static Answer send(Row row, Sent sent, String key) throws Exception {
        Answer answer = send(row.method, row.path, sent, key);
        described.check(
                row.method,
                row.path,
                answer.status(),
                answer.type(),
                answer.body().getBytes(StandardCharsets.UTF_8));
        return answer;
    }

    private static Answer send(String method, String template, Sent sent, String key) throws Exception {
        String path =
                template.replace("{attempt}", "1").replace("v{version}", "v1").replaceAll("\\{[a-z]+}", sent.id);
        HttpRequest.Builder request = HttpRequest.newBuilder(facade.uri(path + sent.query))
                .timeout(Duration.ofSeconds(60))
                .method(method, HttpRequest.BodyPublishers.ofString(sent.body));
        sent.headers.forEach(request::setHeader);
        if (!key.isEmpty() && !sent.headers.containsKey("Authorization")) {
            request.header("Authorization", "Bearer " + key);
        }
        HttpResponse<InputStream> response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        String type = response.headers().firstValue("Content-Type").orElse("");
        try (InputStream body = response.body()) {
            // A stream of all jobs has no end.
            String read =
                    type.equals("text/event-stream") ? "" : new String(body.readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(response.statusCode(), type, read, response);
        }
    }

    /** As it was announced. */
    private Thing contract(String key) {
        String contract = ContractFormat.write(EchoWorker.ECHO).toString();
        return new Thing("test.echo").sentWith(sent -> sent.body = contract);
    }

    // What it runs against ------------------------------------------------------------------------------------

    @TempDir
    static java.nio.file.Path directory;

    private static final HttpClient http = HttpClient.newHttpClient();
    private static RunningFacade facade;
    private static EchoWorker worker;
    private static String admin;
    private static DescribedApi described;
    private static final Map<Role, String> keys = new EnumMap<>(Role.class);

    @BeforeAll
    static void start() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        java.nio.file.Path keyFile = directory.resolve("admin.key");
        facade = RunningFacade.start(directory, transport, """
                access: {required: true, adminKeyFile: "%s"}
                limits: {maxRequestBytes: 2000, maxBulkBytes: 4000, maxBulkItems: 20}
                """.formatted(keyFile));
        worker = new EchoWorker(transport);
        admin = Files.readString(keyFile).strip();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> send("GET", "/v1/job-types/test.echo/v1", new Sent(), admin)
                                .status()
                        == 200);
        described = new DescribedApi(facade.get("/openapi.json").body());
        for (Role role : Role.values()) {
            keys.put(role, newKey(role.word(), null).get("key").asText());
        }
    }

    @AfterAll
    static void stop() throws Exception {
        facade.close();
    }

    private static JsonNode newKey(String role, String tenant) throws Exception {
        Sent sent = new Sent();
        sent.header("Content-Type", "application/json");
        sent.body = "{\"name\":\"a key\",\"role\":\"" + role + "\""
                + (tenant == null ? "" : ",\"tenant\":\"" + tenant + "\"") + "}";
        Answer made = send("POST", "/v1/keys", sent, admin);
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        return made.json();
    }

    private Thing queued(String key) throws Exception {
        Sent sent = new Sent();
        sent.header("Content-Type", "application/json");
        sent.body = HELLO;
        Answer answer = send("POST", "/v1/jobs", sent, key);
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
        return new Thing(answer.json().get("id").asText());
    }

    /** The message of a job; those of others before it stay as they are. */
    private Delivery deliveryOf(String id) throws Exception {
        while (true) {
            Delivery delivery = worker.next();
            // Or the transport would hold further ones back.
            delivery.ack();
            if (JobMessageCodec.decode(delivery.message()).jobId().toString().equals(id)) {
                return delivery;
            }
        }
    }

    private JobMessage messageOf(String id) throws Exception {
        return JobMessageCodec.decode(deliveryOf(id).message());
    }

    private void awaitState(String id, String state) {
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> {
                    Sent sent = new Sent();
                    return send("GET", "/v1/jobs/" + id, sent, admin)
                            .json()
                            .get("state")
                            .asText()
                            .equals(state);
                });
    }

    private Thing succeeded(String key) throws Exception {
        Thing job = queued(key);
        JobMessage message = messageOf(job.id);
        Instant now = Instant.now();
        worker.report(new WorkerEvent.Succeeded(message.jobId(), 1, now, now, message.input(), null));
        awaitState(job.id, "succeeded");
        return job;
    }

    private Thing dead(String key) throws Exception {
        Thing job = queued(key);
        JobMessage message = messageOf(job.id);
        Instant now = Instant.now();
        worker.report(new WorkerEvent.Failed(
                message.jobId(), 1, now, now, Failure.of(ErrorCategory.INTERNAL, "broken", "broken")));
        awaitState(job.id, "failed");
        return job;
    }

    /** A job whose message a worker has, who would claim it. */
    private Thing claimed(String key) throws Exception {
        Thing job = queued(key);
        JobMessage message = messageOf(job.id);
        String claim =
                new String(AttemptClaim.of(EchoWorker.SELF, message, true, true).encode(), StandardCharsets.UTF_8);
        return job.sentWith(sent -> {
            sent.body = claim;
            sent.header("Authorization", "Bearer " + message.token());
        });
    }

    /** The same, who would deliver its result. */
    private Thing delivered(String key) throws Exception {
        Thing job = queued(key);
        JobMessage message = messageOf(job.id);
        String digest = Base64.getEncoder()
                .encodeToString(
                        MessageDigest.getInstance("SHA-256").digest("a result".getBytes(StandardCharsets.UTF_8)));
        return job.sentWith(sent -> {
            sent.body = "a result";
            sent.header("Content-Digest", "sha-256=:" + digest + ":");
            sent.header("Authorization", "Bearer " + message.token());
        });
    }

    private Thing instance(String key) throws Exception {
        RunningCheck check = new RunningCheck(
                List.of(),
                List.of(),
                new RunningCheck.Presence(EchoWorker.SELF, "ready", 4, Instant.parse("2026-11-22T10:00:00Z")));
        Sent sent = new Sent();
        sent.header("Content-Type", "application/json");
        sent.body = new String(check.encode(), StandardCharsets.UTF_8);
        assertThat(send("POST", "/v1/workers/echo-1/check", sent, admin).status())
                .isEqualTo(200);
        return new Thing("echo-1");
    }

    private Thing parked(String key) throws Exception {
        Delivery delivery = deliveryOf(queued(admin).id);
        return new Thing(park(delivery.message().headers(), delivery.message().body()));
    }

    private String unreadable() {
        return park(Map.of(), new byte[0]);
    }

    private static String park(Map<String, String> headers, byte[] body) {
        UUID id = JobIds.next();
        facade.facade().jobs().park(new ParkedMessage(id, "dead", "by hand", headers, body, Instant.now()));
        return id.toString();
    }

    // The tests -----------------------------------------------------------------------------------------------

    @Test
    void everyCallIsInTheTable() {
        Set<String> served = new TreeSet<>();
        facade.resources().forEach(type -> collect(Resource.from(type), "", served));
        assertThat(rows().map(Row::toString)).doesNotHaveDuplicates();
        assertThat(new TreeSet<>(rows().map(Row::toString).toList())).isEqualTo(served);
    }

    /** What each answer looks like is held against the document by {@link #send(Row, Sent, String)}. */
    @Test
    void theDocumentHasTheseCallsAndNoOthers() {
        assertThat(described.calls())
                .isEqualTo(new TreeSet<>(rows().map(Row::toString).toList()));
    }

    @TestFactory
    Stream<DynamicTest> theDocumentHasTheStatusesThatThereAreAndNoOthers() {
        return rows().map(row -> dynamicTest(row.toString(), () -> {
            Set<Integer> there = new TreeSet<>(row.also);
            there.add(row.status);
            row.refusals.forEach(refusal -> there.add(refusal.status()));
            if (row.path.startsWith("/v1/")) {
                there.addAll(row.whose == TOKEN ? List.of(403, 500, 503) : List.of(401, 403, 429, 500, 503));
            }
            if (!row.path.endsWith("/result")) {
                there.add(406);
            }
            assertThat(described.statuses(row.method, row.path)).isEqualTo(there);
        }));
    }

    @TestFactory
    Stream<DynamicTest> theDocumentHasTheQueryParametersThatThereAreAndNoOthers() {
        return rows().filter(row -> row.whose != TOKEN)
                .map(row -> dynamicTest(row.toString(), () -> {
                    Sent sent = row.about(admin);
                    sent.query += (sent.query.isEmpty() ? "?" : "&") + "colour=red";
                    Answer answer = send(row.method, row.path, sent, admin);
                    Set<String> names = new TreeSet<>();
                    described
                            .parameters(row.method, row.path, "query")
                            .forEach(
                                    parameter -> names.add(parameter.get("name").asText()));
                    if (names.isEmpty() && answer.status() == row.status) {
                        return; // It looks at none.
                    }
                    answer.isProblem(400, "invalid-parameter");
                    assertThat(answer.json().at("/errors/0/pointer").asText()).isEqualTo("colour");
                    String known = answer.json().at("/errors/0/detail").asText();
                    assertThat(known).startsWith("known are [");
                    assertThat(new TreeSet<>(List.of(
                                    known.substring(11, known.length() - 1).split(", "))))
                            .isEqualTo(names);
                }));
    }

    /** Each bound of a query parameter, by what is just beyond it. */
    @TestFactory
    Stream<DynamicTest> theDocumentHasTheBoundsThatThereAre() {
        return rows().flatMap(row -> described.parameters(row.method, row.path, "query").stream()
                .map(parameter -> dynamicTest(row + " " + parameter.get("name").asText(), () -> {
                    JsonNode schema = described.resolved(parameter.get("schema"));
                    String name = parameter.get("name").asText();
                    for (String wrong : beyond(name, schema)) {
                        Sent sent = row.about(admin);
                        sent.query = "?" + wrong;
                        Answer answer = send(row.method, row.path, sent, admin);
                        answer.isProblem(400, "invalid-parameter");
                        assertThat(answer.json().get("errors").findValuesAsText("pointer"))
                                .as(wrong + ": " + answer.body())
                                .contains(name);
                    }
                    if (schema.has("maximum")) {
                        Sent sent = row.about(admin);
                        sent.query += (sent.query.isEmpty() ? "?" : "&") + name + "="
                                + schema.get("maximum").asText();
                        assertThat(send(row.method, row.path, sent, admin).status())
                                .isEqualTo(row.status);
                    }
                })));
    }

    private List<String> beyond(String name, JsonNode schema) {
        List<String> wrong = new ArrayList<>();
        JsonNode type = schema.has("items") ? described.resolved(schema.get("items")) : schema;
        if (schema.has("maximum")) {
            wrong.add(name + "=" + (schema.get("maximum").asLong() + 1));
            wrong.add(name + "=" + (schema.get("minimum").asLong() - 1));
        }
        if (schema.has("maxLength")) {
            wrong.add(name + "=" + "x".repeat(schema.get("maxLength").asInt() + 1));
        }
        if (schema.has("maxItems")) {
            wrong.add(many() + name + "=one:more");
        }
        if (type.has("enum") || type.has("pattern") || type.has("format")) {
            wrong.add(name + "=nonsense");
        }
        if (Set.of("boolean", "integer").contains(type.path("type").asText())) {
            wrong.add(name + "=nonsense");
        }
        if (!schema.has("items")) {
            wrong.add(name + "=a&" + name + "=b"); // One value, if it is no list.
        }
        return wrong;
    }

    private static void collect(Resource resource, String base, Set<String> calls) {
        String path = (base + "/" + resource.getPath()).replaceAll("/+", "/").replaceAll("\\{(\\w+):.*}", "{$1}");
        resource.getResourceMethods().stream()
                .map(ResourceMethod::getHttpMethod)
                .forEach(method -> calls.add(method + " " + path));
        resource.getChildResources().forEach(child -> collect(child, path, calls));
    }

    @TestFactory
    Stream<DynamicTest> answersWhatItShould() {
        return rows().map(row -> dynamicTest(row.toString(), () -> {
            Answer answer = send(row, row.about(admin), admin);
            assertThat(answer.status()).as(answer.body()).isEqualTo(row.status);
        }));
    }

    @TestFactory
    Stream<DynamicTest> refusesWithAReason() {
        return rows().flatMap(row -> row.refusals.stream()
                .map(refusal -> dynamicTest(row + ": " + refusal.status() + " " + refusal.kind(), () -> {
                    Sent sent = row.about(admin);
                    refusal.change().to(sent);
                    send(row, sent, admin).isProblem(refusal.status(), refusal.kind());
                })));
    }

    @TestFactory
    Stream<DynamicTest> answersThoseAloneWhoMay() {
        return rows().flatMap(row -> Stream.concat(Stream.of("nobody"), Arrays.stream(Role.values()))
                .map(caller -> dynamicTest(row + " by " + caller, () -> {
                    Sent sent = row.about(admin);
                    if (row.whose == TOKEN) {
                        sent.headers.remove("Authorization");
                    }
                    Answer answer = send(row, sent, caller instanceof Role role ? keys.get(role) : "");
                    if (row.whose == TOKEN) {
                        answer.isProblem(403, "invalid-token");
                    } else if (row.whose != EVERYBODY && !(caller instanceof Role)) {
                        answer.isProblem(401, "unauthorized");
                    } else if (caller instanceof Role role && !may(role, row)) {
                        answer.isProblem(403, "forbidden");
                    } else {
                        assertThat(answer.status()).as(answer.body()).isEqualTo(row.status);
                    }
                })));
    }

    private static boolean may(Role role, Row row) {
        return row.whose == EVERYBODY || row.whose == ANY_KEY || role.includes(row.least);
    }

    @TestFactory
    Stream<DynamicTest> keepsTenantsApart() throws Exception {
        return rows().filter(row -> row.whose == TENANT || row.whose == ALL)
                .map(row -> dynamicTest(row.toString(), () -> {
                    String acme = newKey(row.least.word(), "acme").get("key").asText();
                    String owner = newKey("submitter", "acme").get("key").asText();
                    String foreign = newKey("submitter", "zebra").get("key").asText();
                    if (row.whose == ALL) {
                        send(row, row.about(admin), acme).isProblem(403, "forbidden");
                        return;
                    }
                    if (row.isOfOneJob()) {
                        assertThat(send(row, row.about(owner), acme).status()).isEqualTo(row.status);
                        send(row, row.about(foreign), acme).isProblem(404, "unknown-job");
                        return;
                    }
                    String queued = queued(foreign).id;
                    String dead = dead(foreign).id;
                    Sent sent = row.about(owner);
                    if (sent.query.equals("?label=no:thing")) {
                        sent.query = "?type=test.echo";
                    }
                    Answer answer = send(row, sent, acme);
                    assertThat(answer.status()).as(answer.body()).isEqualTo(row.status);
                    assertThat(answer.body()).doesNotContain(queued, dead);
                    awaitState(queued, "queued");
                    awaitState(dead, "failed");
                }));
    }

    @TestFactory
    Stream<DynamicTest> saysWhichMethodsThereAre() {
        return rows().map(row -> row.path)
                .distinct()
                .map(path -> dynamicTest(path, () -> {
                    Set<String> methods = new TreeSet<>(rows().filter(row -> row.path.equals(path))
                            .map(row -> row.method)
                            .toList());
                    methods.add("OPTIONS");
                    if (methods.contains("GET")) {
                        methods.add("HEAD");
                    }
                    Sent sent = new Sent();
                    sent.id = NO_SUCH;
                    for (String key : List.of(admin, keys.get(READER))) {
                        Answer refused = send("PATCH", path, sent, key);
                        refused.isProblem(405, "method-not-allowed");
                        Answer told = send("OPTIONS", path, sent, key);
                        assertThat(told.status()).isBetween(200, 204);
                        for (Answer answer : List.of(refused, told)) {
                            assertThat(answer.response().headers().allValues("Allow"))
                                    .flatExtracting(allowed -> List.of(allowed.split(",\\s*")))
                                    .containsExactlyInAnyOrderElementsOf(methods);
                        }
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> answersHeadAsGetWithoutTheBody() {
        return rows().filter(row -> row.method.equals("GET"))
                .map(row -> dynamicTest(row.toString(), () -> {
                    Answer answer = send("HEAD", row.path, row.about(admin), admin);
                    assertThat(answer.status()).isEqualTo(row.status);
                    assertThat(answer.body()).isEmpty();
                }));
    }

    @TestFactory
    Stream<DynamicTest> hasNothingElseThanWhatItHas() {
        return rows().filter(row -> row.method.equals("GET") && !row.path.endsWith("/result"))
                .map(row -> dynamicTest(row.toString(), () -> {
                    Sent sent = row.about(admin);
                    sent.header("Accept", "text/csv");
                    send(row, sent, admin).isProblem(406, "not-acceptable");
                }));
    }

    @Test
    void whatIsNowhereIsNotThereForAnybody() throws Exception {
        for (Role role : Role.values()) {
            send("GET", "/v1/nonsense", new Sent(), keys.get(role)).isProblem(404, "not-found");
        }
    }

    @Test
    void pagesOfNoOtherOriginMayCallUnlessTheyAreListed() throws Exception {
        Sent sent = new Sent();
        sent.header("Origin", "https://console.example.com");
        Answer answer = send("GET", "/v1/jobs", sent, admin);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.response().headers().map().keySet())
                .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("access-control"));
    }
}
