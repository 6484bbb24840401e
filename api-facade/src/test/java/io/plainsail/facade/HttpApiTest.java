package io.plainsail.facade;

import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.ResultFile;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What HTTP has beside the calls themselves: parts of results, compression, health and metrics, other origins, and many
 * jobs in one body.
 */
@Timeout(120)
class HttpApiTest {
    private static final String HELLO = "{\"type\":\"test.echo\",\"version\":1,\"input\":{\"text\":\"hello\"}}";
    private static final String WRONG = "{\"type\":\"test.echo\",\"version\":1,\"input\":{\"text\":7}}";
    private static final String CONSOLE = "https://console.example.com";

    @TempDir
    static Path directory;

    private static final HttpClient http = HttpClient.newHttpClient();
    private static RunningFacade facade;
    private static EchoWorker worker;

    @BeforeAll
    static void start() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        facade = RunningFacade.start(
                directory,
                transport,
                "cors: {allowedOrigins: \"" + CONSOLE + ", http://localhost:5173\"}\n"
                        + "limits: {maxRequestBytes: 200000}\n");
        worker = EchoWorker.knownTo(facade, transport);
    }

    @AfterAll
    static void stop() throws Exception {
        facade.close();
    }

    private static HttpResponse<byte[]> bytes(HttpRequest.Builder request) throws Exception {
        return http.send(request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static void isProblem(HttpResponse<String> answer, int status, String kind) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.body()).contains("urn:plainsail:problem:" + kind);
    }

    // Parts of results -----------------------------------------------------------------------------------------

    private enum Kept {
        AS_OUTPUT,
        IN_THE_STORE,
        IN_A_FILE
    }

    private static final String DIGITS = "1234567890";

    /** The path of a result that is the digits, and which its store keeps in this way. */
    private static String result(Kept kept) throws Exception {
        String id = json(facade.post("/v1/jobs", HELLO)).get("id").asText();
        JobMessage job;
        do {
            Delivery delivery = worker.next();
            delivery.ack();
            job = JobMessageCodec.decode(delivery.message());
        } while (!job.jobId().toString().equals(id));
        byte[] content = DIGITS.getBytes(StandardCharsets.UTF_8);
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
        String named = "sha-256:" + HexFormat.of().formatHex(digest);
        if (kept == Kept.IN_A_FILE) {
            HttpResponse<String> put =
                    facade.send(HttpRequest.newBuilder(facade.uri("/v1/jobs/" + id + "/attempts/1/result"))
                            .header("Authorization", "Bearer " + job.token())
                            .header(
                                    "Content-Digest",
                                    "sha-256=:" + java.util.Base64.getEncoder().encodeToString(digest) + ":")
                            .PUT(HttpRequest.BodyPublishers.ofByteArray(content)));
            assertThat(put.statusCode()).isEqualTo(204);
        }
        Instant now = Instant.now();
        worker.report(
                kept == Kept.AS_OUTPUT
                        ? new WorkerEvent.Succeeded(job.jobId(), 1, now, now, content, null)
                        : new WorkerEvent.Succeeded(
                                job.jobId(),
                                1,
                                now,
                                now,
                                job.input(),
                                new ResultFile("text/plain", 10, named, kept == Kept.IN_A_FILE ? null : content)));
        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        json(facade.get("/v1/jobs/" + id)).get("state").asText().equals("succeeded"));
        return "/v1/jobs/" + id + "/result";
    }

    @ParameterizedTest
    @ValueSource(strings = {"AS_OUTPUT", "IN_THE_STORE", "IN_A_FILE"})
    void aPartOfAResultIsSentAlone(String kept) throws Exception {
        String path = result(Kept.valueOf(kept));
        String[][] table = {
            {"bytes=0-3", "206", "bytes 0-3/10", "1234"},
            {"bytes=7-", "206", "bytes 7-9/10", "890"},
            {"bytes=9-9", "206", "bytes 9-9/10", "0"},
            {"bytes=8-100", "206", "bytes 8-9/10", "90"},
            {"bytes=-2", "206", "bytes 8-9/10", "90"},
            {"bytes=-100", "206", "bytes 0-9/10", DIGITS},
            {"bytes=10-", "416", "bytes */10", null},
            {"bytes=100-200", "416", "bytes */10", null},
            {"bytes=-0", "416", "bytes */10", null},
            // What is none, or more than one, may be passed over.
            {"bytes=5-2", "200", null, DIGITS},
            {"bytes=0-1,4-5", "200", null, DIGITS},
            {"bytes=-", "200", null, DIGITS},
            {"bytes=99999999999999999999-", "200", null, DIGITS},
            {"lines=0-1", "200", null, DIGITS},
        };
        for (String[] row : table) {
            HttpResponse<String> answer =
                    facade.send(HttpRequest.newBuilder(facade.uri(path)).header("Range", row[0]));
            assertThat(answer.statusCode()).as(row[0]).isEqualTo(Integer.parseInt(row[1]));
            assertThat(answer.headers().firstValue("Content-Range").orElse(null))
                    .as(row[0])
                    .isEqualTo(row[2]);
            if (row[3] == null) {
                isProblem(answer, 416, "range-not-satisfiable");
            } else {
                assertThat(answer.body()).as(row[0]).isEqualTo(row[3]);
                assertThat(answer.headers().firstValue("Accept-Ranges")).contains("bytes");
                assertThat(answer.headers().firstValueAsLong("Content-Length")).hasValue(row[3].length());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"AS_OUTPUT", "IN_THE_STORE", "IN_A_FILE"})
    void aPartIsOfTheResultThatTheCallerKnows(String kept) throws Exception {
        String path = result(Kept.valueOf(kept));
        HttpResponse<String> head = facade.send(
                HttpRequest.newBuilder(facade.uri(path)).method("HEAD", HttpRequest.BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(10);
        assertThat(head.headers().firstValue("Accept-Ranges")).contains("bytes");
        String tag = head.headers().firstValue("ETag").orElseThrow();
        assertThat(tag).matches("\"[0-9a-f]{64}\"");
        for (String[] row : new String[][] {{tag, "206"}, {"\"other\"", "200"}, {"W/" + tag, "200"}}) {
            HttpResponse<String> answer = facade.send(HttpRequest.newBuilder(facade.uri(path))
                    .header("Range", "bytes=4-")
                    .header("If-Range", row[0]));
            assertThat(answer.statusCode()).as(row[0]).isEqualTo(Integer.parseInt(row[1]));
        }
        HttpResponse<String> same =
                facade.send(HttpRequest.newBuilder(facade.uri(path)).header("If-None-Match", tag));
        assertThat(same.statusCode()).isEqualTo(304);
        assertThat(same.body()).isEmpty();
    }

    @Test
    void aResultIsNeverCompressedForItsDigestIsItsOwn() throws Exception {
        String path = result(Kept.IN_A_FILE);
        HttpResponse<byte[]> answer =
                bytes(HttpRequest.newBuilder(facade.uri(path)).header("Accept-Encoding", "gzip"));
        assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(answer.body()).asString().isEqualTo(DIGITS);
    }

    // Compression ----------------------------------------------------------------------------------------------

    private static byte[] gzip(byte[] plain) throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    private static HttpRequest.Builder packed(String path, byte[] body) {
        return HttpRequest.newBuilder(facade.uri(path))
                .header("Content-Type", "application/json")
                .header("Content-Encoding", "gzip")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    }

    @Test
    void answersAreCompressedForThoseWhoTakeIt() throws Exception {
        facade.post("/v1/jobs", HELLO);
        HttpResponse<byte[]> answer =
                bytes(HttpRequest.newBuilder(facade.uri("/v1/jobs")).header("Accept-Encoding", "gzip"));
        assertThat(answer.headers().firstValue("Content-Encoding")).contains("gzip");
        assertThat(answer.headers().allValues("Vary").toString()).contains("Accept-Encoding");
        try (GZIPInputStream plain = new GZIPInputStream(new ByteArrayInputStream(answer.body()))) {
            assertThat(StrictJson.read(plain.readAllBytes()).get("jobs")).isNotEmpty();
        }
    }

    @Test
    void bodiesMayBeCompressed() throws Exception {
        HttpResponse<String> one = facade.send(packed("/v1/jobs", gzip(HELLO.getBytes(StandardCharsets.UTF_8))));
        assertThat(one.statusCode()).as(one.body()).isEqualTo(202);
        HttpResponse<String> many = facade.send(
                packed("/v1/jobs/bulk", gzip(("[" + HELLO + "," + HELLO + "]").getBytes(StandardCharsets.UTF_8))));
        assertThat(json(many).get("accepted").asInt()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/jobs", "/v1/jobs/bulk", "/v1/keys", "/v1/workers/a/check"})
    void aSmallBodyThatInflatesToAHugeOneIsRefused(String path) throws Exception {
        byte[] spaces = new byte[64 * 1024 * 1024];
        Arrays.fill(spaces, (byte) ' ');
        isProblem(facade.send(packed(path, gzip(spaces))), 413, "too-large");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/jobs", "/v1/jobs/bulk"})
    void aBodyThatIsCompressedBadlyIsRefused(String path) throws Exception {
        byte[] whole = gzip(HELLO.repeat(100).getBytes(StandardCharsets.UTF_8));
        byte[] broken = whole.clone();
        broken[20] ^= 0x55;
        broken[30] ^= 0x55;
        for (byte[] body :
                new byte[][] {HELLO.getBytes(StandardCharsets.UTF_8), Arrays.copyOf(whole, whole.length / 2), broken}) {
            HttpResponse<String> answer = facade.send(packed(path, body));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
            assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        }
    }

    // Health and metrics ---------------------------------------------------------------------------------------

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

    // Other origins, and what no call answers ------------------------------------------------------------------

    private static String raw(String request) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", facade.uri("/").getPort())) {
            socket.setSoTimeout(20_000);
            OutputStream out = socket.getOutputStream();
            out.write((request + "Host: localhost\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void whatTheServerItselfRefusesIsAProblemDocumentToo() throws Exception {
        assertThat(raw("GET /%zz HTTP/1.1\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("application/problem+json", "urn:plainsail:problem");
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

    private static String preflight(String origin) throws Exception {
        return raw("OPTIONS /v1/jobs HTTP/1.1\r\nOrigin: " + origin + "\r\nAccess-Control-Request-Method: POST\r\n"
                + "Access-Control-Request-Headers: authorization, content-type, idempotency-key\r\n");
    }

    @Test
    void pagesOfTheListedOriginsMayCallAndNoOthers() throws Exception {
        for (String origin : new String[] {CONSOLE, "http://localhost:5173"}) {
            assertThat(preflight(origin))
                    .startsWith("HTTP/1.1 20")
                    .contains("Access-Control-Allow-Origin: " + origin)
                    .containsPattern("Access-Control-Allow-Methods: .*POST")
                    .containsPattern("(?i)Access-Control-Allow-Headers: .*authorization")
                    .doesNotContain("Access-Control-Allow-Credentials");
            assertThat(raw("GET /v1/jobs HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\nOrigin: " + origin + "\r\n"))
                    .startsWith("HTTP/1.1 200")
                    .contains("Access-Control-Allow-Origin: " + origin)
                    .containsPattern("(?i)Access-Control-Expose-Headers: .*ETag")
                    .containsPattern("(?i)Vary: .*Origin");
        }
        for (String origin :
                new String[] {"https://evil.example", "https://console.example.com.evil.example", "null"}) {
            assertThat(preflight(origin)).doesNotContain("Access-Control-Allow");
            assertThat(raw("GET /v1/jobs HTTP/1.1\r\nOrigin: " + origin + "\r\n"))
                    .doesNotContain("Access-Control-Allow");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "https://*.example.com", "https://a.example/path", "console.example.com", "null"})
    void whatIsNoOriginIsRefusedAtStart(String origin) {
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> FacadeConfiguration.Cors.configured(origin))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cors.allowedOrigins has \"" + origin + "\"");
        assertThat(FacadeConfiguration.Cors.configured(null).allowedOrigins()).isEmpty();
    }

    // Bounds ---------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"/v1/jobs?label=a:, 414", "/health/alive?, 414"})
    void aLongAddressIsRefused(String path, int status) throws Exception {
        HttpResponse<String> answer = facade.get(path + "x".repeat(10_000));
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        // Else the client's next request goes over this connection, which ends.
        assertThat(answer.headers().allValues("Connection")).containsExactly("close");
    }

    @Test
    void longHeadersAreRefused() throws Exception {
        HttpResponse<String> answer = facade.send(
                HttpRequest.newBuilder(facade.uri("/v1/jobs")).header("Idempotency-Key", "x".repeat(10_000)));
        assertThat(answer.statusCode()).isEqualTo(431);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        assertThat(answer.headers().allValues("Connection")).containsExactly("close");
    }

    // Many in one body -----------------------------------------------------------------------------------------

    private static final int MANY = 10_000;

    /** Every tenth is wrong, in one of three ways. */
    private static String many(String label, boolean some, boolean array) {
        StringBuilder body = new StringBuilder(array ? "[" : "");
        for (int i = 0; i < MANY; i++) {
            String right = HELLO.replace("}}", "},\"labels\":{\"batch\":\"" + label + "\",\"number\":\"" + i + "\"}}");
            String wrong = i % 30 == 0 ? WRONG : i % 30 == 10 ? HELLO.replace("echo", "nope") : "[1]";
            body.append(array && i > 0 ? "," : "")
                    .append(some && i % 10 == 0 ? wrong : right)
                    .append(array ? "" : "\n");
        }
        return body.append(array ? "]" : "").toString();
    }

    private static HttpResponse<String> bulk(String query, String body, boolean array) throws Exception {
        return facade.send(HttpRequest.newBuilder(facade.uri("/v1/jobs/bulk" + query))
                .header("Content-Type", array ? "application/json" : "application/x-ndjson")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private static long count(String label) throws Exception {
        return json(facade.get("/v1/jobs/count?label=batch:" + label))
                .get("total")
                .asLong();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void tenThousandInOneBodyAreAnsweredEachForItself(boolean array) throws Exception {
        String label = "some-" + array;
        JsonNode answer = json(bulk("", many(label, true, array), array));
        assertThat(answer.get("accepted").asInt()).isEqualTo(9_000);
        assertThat(answer.get("refused").asInt()).isEqualTo(1_000);
        JsonNode items = answer.get("items");
        assertThat(items).hasSize(MANY);
        for (int i = 0; i < MANY; i++) {
            JsonNode item = items.get(i);
            assertThat(item.get("status").asInt()).as("request %d", i).isEqualTo(i % 10 == 0 ? 422 : 202);
            if (i % 10 == 0) {
                String kind = i % 30 == 10 ? "unknown-job-type" : "invalid-job";
                assertThat(item.at("/problem/type").asText()).endsWith(kind);
                assertThat(item.has("id")).isFalse();
            }
        }
        assertThat(count(label)).isEqualTo(9_000);
        String last = items.get(MANY - 1).get("id").asText();
        assertThat(json(facade.get("/v1/jobs/" + last)).at("/labels/number").asText())
                .isEqualTo("9999");
    }

    @Test
    void allOrNothingIsWhatIsAskedFor() throws Exception {
        HttpResponse<String> refused = bulk("?atomic=true", many("atomic", true, true), true);
        isProblem(refused, 422, "refused-together");
        JsonNode told = json(refused);
        assertThat(told.get("detail").asText()).contains("1000 of 10000");
        assertThat(told.get("accepted").asInt()).isZero();
        assertThat(told.get("items")).hasSize(MANY);
        assertThat(told.at("/items/0/problem/errors/0/pointer").asText()).isEqualTo("/input/text");
        assertThat(told.at("/items/1/status").asInt()).isEqualTo(424);
        assertThat(count("atomic")).isZero();

        JsonNode accepted = json(bulk("?atomic=true", many("atomic", false, true), true));
        assertThat(accepted.get("accepted").asInt()).isEqualTo(MANY);
        assertThat(count("atomic")).isEqualTo(MANY);
        HttpResponse<String> tooMany = bulk("?atomic=true", (HELLO + "\n").repeat(MANY + 1), false);
        isProblem(tooMany, 413, "too-large");
    }
}
