package io.plainsail.facade;

import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.facade.access.AccessRules;
import io.plainsail.facade.access.Role;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import jakarta.ws.rs.Path;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.glassfish.jersey.server.model.Resource;
import org.glassfish.jersey.server.model.ResourceMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys, tenants, limits, and the audit log; what each role may do is in {@link ApiTableTest}. */
@Timeout(120)
class AccessApiTest {
    private static final String HELLO = "{\"type\":\"test.echo\",\"input\":{\"text\":\"hello\"}}";

    @TempDir
    java.nio.file.Path directory;

    private RunningFacade facade;
    private EchoWorker worker;
    private String admin;

    @BeforeEach
    void start() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        java.nio.file.Path keyFile = directory.resolve("admin.key");
        facade = RunningFacade.start(
                directory, transport, "access: {required: true, adminKeyFile: \"" + keyFile + "\"}\n");
        worker = new EchoWorker(transport);
        admin = Files.readString(keyFile).strip();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> call("GET", "/v1/job-types/test.echo/v1", admin).statusCode() == 200);
    }

    @AfterEach
    void stop() throws Exception {
        facade.close();
    }

    private HttpResponse<String> call(String method, String path, String key) throws Exception {
        return call(method, path, key, "");
    }

    private HttpResponse<String> call(String method, String path, String key, String body, String... headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(facade.uri(path))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return facade.send(request);
    }

    private JsonNode key(String fields) throws Exception {
        HttpResponse<String> made = call("POST", "/v1/keys", admin, "{\"name\":\"a key\"," + fields + "}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        return json(made);
    }

    private static String text(JsonNode key) {
        return key.get("key").asText();
    }

    private String accept(String key) throws Exception {
        HttpResponse<String> answer = call("POST", "/v1/jobs", key, HELLO);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return json(answer).get("id").asText();
    }

    private static void isProblem(HttpResponse<String> answer, int status, String kind) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(json(answer).get("type").asText()).isEqualTo("urn:plainsail:problem:" + kind);
    }

    // Who -----------------------------------------------------------------------------------------------------

    @Test
    void withoutAKeyNothingIsAnsweredButHealth() throws Exception {
        for (String path : List.of("/v1/jobs", "/v1/job-types", "/v1/whoami", "/v1/nonsense", "/v1/keys")) {
            HttpResponse<String> answer = call("GET", path, "");
            isProblem(answer, 401, "unauthorized");
            assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        }
        isProblem(call("POST", "/v1/jobs", "", HELLO), 401, "unauthorized");
        isProblem(call("POST", "/v1/jobs/bulk", "", "[]"), 401, "unauthorized");
        assertThat(facade.get("/health/ready").statusCode()).isEqualTo(200);
        String wrongEnd = admin.substring(0, admin.length() - 1) + (admin.endsWith("A") ? "B" : "A");
        String otherSecret = io.plainsail.facade.access.KeyText.fresh().text();
        for (String wrong : List.of(wrongEnd, otherSecret, "nonsense")) {
            isProblem(call("GET", "/v1/whoami", wrong), 401, "unauthorized");
        }
        isProblem(
                facade.send(HttpRequest.newBuilder(facade.uri("/v1/whoami")).header("Authorization", "Basic YTpi")),
                401,
                "unauthorized");
    }

    @Test
    void aKeyIsShownOnceAndKeptAsAHash() throws Exception {
        JsonNode made = key("\"role\":\"submitter\",\"tenant\":\"acme\",\"jobTypes\":[\"test.echo\"]");
        assertThat(text(made)).matches("psk_[0-9a-z]{12}_[0-9A-Za-z]{49}");
        JsonNode who = json(call("GET", "/v1/whoami", text(made)));
        assertThat(who.get("id")).isEqualTo(made.get("id"));
        assertThat(who.get("tenant").asText()).isEqualTo("acme");
        assertThat(who.get("role").asText()).isEqualTo("submitter");
        assertThat(who.get("jobTypes")).hasSize(1);
        HttpResponse<String> listed = call("GET", "/v1/keys", admin);
        assertThat(json(listed).get("keys")).hasSize(2);
        assertThat(listed.body())
                .doesNotContain(text(made))
                .contains(made.get("id").asText());
        String secret = text(made).substring(17);
        try (var files = Files.walk(directory)) {
            for (java.nio.file.Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .doesNotContain(secret);
            }
        }
        assertThat(Files.getPosixFilePermissions(directory.resolve("admin.key")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void aRotatedKeyLivesBesideItsSuccessorAndARevokedOneIsDead() throws Exception {
        JsonNode old = key("\"role\":\"reader\"");
        HttpResponse<String> rotated = call("POST", "/v1/keys/" + old.get("id").asText() + "/rotate", admin);
        assertThat(rotated.statusCode()).isEqualTo(201);
        assertThat(call("GET", "/v1/jobs", text(old)).statusCode()).isEqualTo(200);
        assertThat(call("GET", "/v1/jobs", text(json(rotated))).statusCode()).isEqualTo(200);
        assertThat(json(rotated).get("role").asText()).isEqualTo("reader");
        assertThat(call("DELETE", "/v1/keys/" + old.get("id").asText(), admin).statusCode())
                .isEqualTo(204);
        isProblem(call("GET", "/v1/jobs", text(old)), 401, "unauthorized");
        isProblem(call("DELETE", "/v1/keys/" + old.get("id").asText(), admin), 404, "unknown-key");
        isProblem(call("POST", "/v1/keys/nobody/rotate", admin), 404, "unknown-key");
        // The key of the file is not in the store.
        isProblem(call("DELETE", "/v1/keys/" + admin.substring(4, 16), admin), 422, "invalid-key");
    }

    @Test
    void whatIsNoKeyIsRefusedByItsFields() throws Exception {
        Map<String, String> wrong = Map.of(
                "{\"role\":\"reader\"}", "/name",
                "{\"name\":\"\",\"role\":\"reader\"}", "/name",
                "{\"name\":\"a\",\"role\":\"king\"}", "/role",
                "{\"name\":\"a\",\"role\":\"reader\",\"tenant\":\"A B\"}", "/tenant",
                "{\"name\":\"a\",\"role\":\"reader\",\"jobTypes\":[\"A\"]}", "/jobTypes",
                "{\"name\":\"a\",\"role\":\"reader\",\"perMinute\":0}", "/perMinute",
                "{\"name\":\"a\",\"role\":\"reader\",\"jobsPerDay\":-1}", "/jobsPerDay",
                "{\"name\":\"a\",\"role\":\"reader\",\"expiresIn\":\"-PT1S\"}", "/expiresIn",
                "{\"name\":\"a\",\"role\":\"reader\",\"colour\":\"red\"}", "/colour",
                "[]", "");
        for (Map.Entry<String, String> one : wrong.entrySet()) {
            HttpResponse<String> answer = call("POST", "/v1/keys", admin, one.getKey());
            isProblem(answer, 422, "invalid-key");
            assertThat(json(answer).at("/errors/0/pointer").asText()).isEqualTo(one.getValue());
        }
        isProblem(call("POST", "/v1/keys", admin, "{"), 400, "not-json");
        isProblem(call("POST", "/v1/keys", admin, "\"" + "x".repeat(17_000) + "\""), 413, "too-large");
    }

    // May ------------------------------------------------------------------------------------------------------

    @Test
    void everyCallHasItsLineInTheTableOfRoles() throws Exception {
        List<String> missing = new ArrayList<>();
        try (var classes = Files.list(java.nio.file.Path.of("target/classes/io/plainsail/facade/http"))) {
            for (java.nio.file.Path file : classes.toList()) {
                String name = file.getFileName().toString().replace(".class", "");
                Class<?> type = Class.forName("io.plainsail.facade.http." + name);
                Resource resource = type.isAnnotationPresent(Path.class) ? Resource.from(type) : null;
                if (resource != null && resource.getPath().startsWith("/v1")) {
                    collect(resource, "", missing);
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    private static void collect(Resource resource, String base, List<String> missing) {
        String path = (base + "/" + resource.getPath()).replaceAll("/+", "/");
        for (ResourceMethod method : resource.getResourceMethods()) {
            String call = path.replaceAll("v\\{version[^/]*", "v1").replaceAll("\\{[^}]*\\}", "some-id");
            if (!AccessRules.covers(method.getHttpMethod(), call)) {
                missing.add(method.getHttpMethod() + " " + call);
            }
        }
        resource.getChildResources().forEach(child -> collect(child, path, missing));
    }

    @Test
    void aKeyForSomeJobTypesSubmitsNoOthers() throws Exception {
        String key = text(key("\"role\":\"submitter\",\"jobTypes\":[\"other.type\"]"));
        isProblem(call("POST", "/v1/jobs", key, HELLO), 403, "forbidden");
        JsonNode bulk = json(call("POST", "/v1/jobs/bulk", key, "[" + HELLO + "]"));
        assertThat(bulk.at("/items/0/status").asInt()).isEqualTo(403);
        assertThat(json(call("GET", "/v1/jobs/count", admin)).get("total").asInt())
                .isZero();
    }

    // Tenants --------------------------------------------------------------------------------------------------

    @Test
    void anotherTenantsJobDoesNotExist() throws Exception {
        String acme = text(key("\"role\":\"operator\",\"tenant\":\"acme\""));
        String zebra = text(key("\"role\":\"operator\",\"tenant\":\"zebra\""));
        String mine = accept(acme);
        String other = accept(zebra);
        String nobodys = accept(admin);
        assertThat(call("GET", "/v1/jobs/" + mine, acme).statusCode()).isEqualTo(200);
        for (String id : List.of(other, nobodys)) {
            for (String path : List.of("", "/logs", "/result", "/events")) {
                isProblem(call("GET", "/v1/jobs/" + id + path, acme), 404, "unknown-job");
            }
            for (String path : List.of("/cancel", "/replay")) {
                isProblem(call("POST", "/v1/jobs/" + id + path, acme), 404, "unknown-job");
            }
            // What is decoded later is the same job.
            for (String spelling : List.of(
                    id.toUpperCase(java.util.Locale.ROOT),
                    "%" + Integer.toHexString(id.charAt(0)) + id.substring(1),
                    id + ";a=b",
                    id + "%20")) {
                assertThat(call("GET", "/v1/jobs/" + spelling, acme).statusCode())
                        .as(spelling)
                        .isIn(400, 404);
            }
        }
        assertThat(json(call("GET", "/v1/jobs", acme)).get("jobs"))
                .extracting(job -> job.get("id").asText())
                .containsExactly(mine);
        assertThat(json(call("GET", "/v1/jobs/count", acme)).get("total").asInt())
                .isEqualTo(1);
        assertThat(json(call("GET", "/v1/jobs/count", admin)).get("total").asInt())
                .isEqualTo(3);
        JsonNode cancelled = json(call("POST", "/v1/jobs/cancel?type=test.echo", acme));
        assertThat(cancelled.get("cancelled").asInt()).isEqualTo(1);
        assertThat(json(call("GET", "/v1/jobs/" + other, zebra)).get("state").asText())
                .isEqualTo("queued");
        for (String path : List.of("/v1/queues", "/v1/releases", "/v1/receipt", "/v1/workers", "/v1/parked-messages")) {
            isProblem(call("GET", path, acme), 403, "forbidden");
        }
    }

    @Test
    void deadJobsAndTheirReplaysStayWithTheirTenant() throws Exception {
        String acme = text(key("\"role\":\"operator\",\"tenant\":\"acme\""));
        String zebra = text(key("\"role\":\"operator\",\"tenant\":\"zebra\""));
        String mine = accept(acme);
        worker.fail();
        await().atMost(Duration.ofSeconds(20)).until(() -> json(call("GET", "/v1/jobs/" + mine, acme))
                .get("state")
                .asText()
                .equals("failed"));
        assertThat(json(call("GET", "/v1/dead-jobs", zebra)).get("groups")).isEmpty();
        assertThat(json(call("GET", "/v1/dead-jobs", acme)).get("groups")).hasSize(1);
        assertThat(json(call("POST", "/v1/dead-jobs/replay", zebra))
                        .get("replayed")
                        .asInt())
                .isZero();
        assertThat(json(call("POST", "/v1/dead-jobs/purge?type=test.echo", zebra))
                        .get("purged")
                        .asInt())
                .isZero();
        // By somebody who sees all: it is the tenant's all the same.
        String replay = json(call("POST", "/v1/jobs/" + mine + "/replay", admin))
                .get("id")
                .asText();
        assertThat(call("GET", "/v1/jobs/" + replay, acme).statusCode()).isEqualTo(200);
        isProblem(call("GET", "/v1/jobs/" + replay, zebra), 404, "unknown-job");
    }

    @Test
    void idempotencyKeysOfTwoTenantsDoNotMeet() throws Exception {
        String acme = text(key("\"role\":\"submitter\",\"tenant\":\"acme\""));
        String zebra = text(key("\"role\":\"submitter\",\"tenant\":\"zebra\""));
        String longest = "k".repeat(255);
        String first = json(call("POST", "/v1/jobs", acme, HELLO, "Idempotency-Key", longest))
                .get("id")
                .asText();
        String second = json(call("POST", "/v1/jobs", zebra, HELLO, "Idempotency-Key", longest))
                .get("id")
                .asText();
        assertThat(second).isNotEqualTo(first);
        assertThat(json(call("POST", "/v1/jobs", acme, HELLO, "Idempotency-Key", longest))
                        .get("id")
                        .asText())
                .isEqualTo(first);
    }

    // Limits ---------------------------------------------------------------------------------------------------

    @Test
    void aKeyThatHasNoRequestsLeftIsToldWhenToComeAgain() throws Exception {
        String key = text(key("\"role\":\"reader\",\"perMinute\":2"));
        HttpResponse<String> first = call("GET", "/v1/whoami", key);
        assertThat(first.headers().firstValue("RateLimit-Policy")).contains("\"key\";q=2;w=60");
        assertThat(first.headers().firstValue("RateLimit").orElseThrow()).startsWith("\"key\";r=1;t=");
        call("GET", "/v1/whoami", key);
        HttpResponse<String> refused = call("GET", "/v1/whoami", key);
        isProblem(refused, 429, "rate-limited");
        assertThat(Integer.parseInt(refused.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1, 30);
        assertThat(call("GET", "/v1/whoami", admin).statusCode()).isEqualTo(200);
    }

    /** As draft-ietf-httpapi-ratelimit-headers-10 has the two fields: lists of strings with parameters (RFC 9651). */
    @Test
    void limitsAreToldInTheFormOfTheDraft() throws Exception {
        String key = text(key("\"role\":\"submitter\",\"perMinute\":1,\"jobsPerDay\":3"));
        HttpResponse<String> answer = call("POST", "/v1/jobs", key, HELLO);
        assertThat(answer.statusCode()).isEqualTo(202);
        Map<String, Map<String, String>> policies = items(answer, "RateLimit-Policy");
        assertThat(policies)
                .isEqualTo(Map.of(
                        "key", Map.of("q", "1", "w", "60"),
                        "jobs", Map.of("q", "3", "w", "86400", "plainsail-unit", "\"jobs\"")));
        Map<String, Map<String, String>> standing = items(answer, "RateLimit");
        assertThat(standing.keySet()).isEqualTo(policies.keySet());
        standing.forEach((policy, parameters) -> {
            assertThat(parameters).containsOnlyKeys("r", "t");
            int quota = Integer.parseInt(policies.get(policy).get("q"));
            assertThat(Integer.parseInt(parameters.get("r"))).as(policy).isBetween(0, quota);
            int window = Integer.parseInt(policies.get(policy).get("w"));
            assertThat(Integer.parseInt(parameters.get("t"))).as(policy).isBetween(0, window);
        });

        HttpResponse<String> refused = call("GET", "/v1/whoami", key);
        isProblem(refused, 429, "rate-limited");
        Map<String, String> left = items(refused, "RateLimit").get("key");
        assertThat(left.get("r")).isEqualTo("0");
        assertThat(refused.headers().firstValueAsLong("Retry-After").orElseThrow())
                .as("not earlier than there is one more")
                .isGreaterThanOrEqualTo(Long.parseLong(left.get("t")));
    }

    /** By name: the parameters of each item, in whichever line of the field. */
    private static Map<String, Map<String, String>> items(HttpResponse<String> answer, String field) {
        Pattern item = Pattern.compile("\"([a-z]+)\"((?:;[a-z*][a-z0-9_.*-]*=(?:[0-9]{1,15}|\"[ !#-\\[\\]-~]*\"))+)");
        Map<String, Map<String, String>> items = new TreeMap<>();
        for (String line : answer.headers().allValues(field)) {
            for (String part : line.split(", *")) {
                Matcher parts = item.matcher(part);
                assertThat(parts.matches()).as(field + ": " + part).isTrue();
                Map<String, String> parameters = new TreeMap<>();
                for (String parameter : parts.group(2).substring(1).split(";")) {
                    parameters.put(
                            parameter.substring(0, parameter.indexOf('=')),
                            parameter.substring(parameter.indexOf('=') + 1));
                }
                items.put(parts.group(1), parameters);
            }
        }
        return items;
    }

    @Test
    void aKeyThatHasNoJobsLeftForTodayIsRefusedWhole() throws Exception {
        String key = text(key("\"role\":\"submitter\",\"jobsPerDay\":3"));
        HttpResponse<String> first = call("POST", "/v1/jobs", key, HELLO);
        assertThat(first.statusCode()).isEqualTo(202);
        assertThat(first.headers().firstValue("RateLimit-Policy"))
                .contains("\"jobs\";q=3;w=86400;plainsail-unit=\"jobs\"");
        assertThat(first.headers().firstValue("RateLimit").orElseThrow()).startsWith("\"jobs\";r=3;t=");
        HttpResponse<String> tooMany =
                call("POST", "/v1/jobs/bulk", key, "[" + HELLO + "," + HELLO + "," + HELLO + "]");
        isProblem(tooMany, 429, "rate-limited");
        assertThat(Integer.parseInt(tooMany.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1, 86_400);
        assertThat(json(call("GET", "/v1/jobs/count", key)).get("total").asInt())
                .isEqualTo(1);
        // The same request again is the same job, and costs nothing.
        for (int i = 0; i < 3; i++) {
            assertThat(call("POST", "/v1/jobs", key, HELLO, "Idempotency-Key", "once")
                            .statusCode())
                    .isEqualTo(202);
        }
        assertThat(call("POST", "/v1/jobs", key, HELLO).statusCode()).isEqualTo(202);
        HttpResponse<String> refused = call("POST", "/v1/jobs", key, HELLO);
        isProblem(refused, 429, "rate-limited");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(refused.headers().firstValue("RateLimit").orElseThrow()).startsWith("\"jobs\";r=0;t=");
        assertThat(call("GET", "/v1/jobs", key).statusCode()).isEqualTo(200);
        assertThat(call("POST", "/v1/jobs", admin, HELLO).statusCode()).isEqualTo(202);
    }

    // Audit ----------------------------------------------------------------------------------------------------

    @Test
    void changesAndRefusedOnesAreInTheAuditLog() throws Exception {
        JsonNode reader = key("\"role\":\"reader\"");
        call("POST", "/v1/jobs/cancel?label=no:thing", text(reader));
        String job = accept(admin);
        call("POST", "/v1/jobs/" + job + "/cancel", admin);
        call("DELETE", "/v1/keys/" + reader.get("id").asText(), admin);
        JsonNode entries = json(call("GET", "/v1/audit", admin)).get("entries");
        assertThat(entries)
                .extracting(entry -> entry.get("action").asText() + " " + entry.get("status"))
                .containsExactly(
                        "DELETE /v1/keys/" + reader.get("id").asText() + " 204",
                        "POST /v1/jobs/" + job + "/cancel 200",
                        "POST /v1/jobs/cancel?label=no:thing 403",
                        "POST /v1/keys 201");
        assertThat(entries.get(0).at("/detail/before/role").asText()).isEqualTo("reader");
        assertThat(entries.get(3).at("/detail/after/id")).isEqualTo(reader.get("id"));
        assertThat(entries.get(2).get("caller")).isEqualTo(reader.get("id"));
        assertThat(entries.get(0).get("from").asText()).isEqualTo("127.0.0.1");
        assertThat(entries.toString()).doesNotContain(text(reader));
        assertThat(entries.get(1).get("detail").toString())
                .isEqualTo("{\"before\":{\"state\":\"queued\"},\"after\":{\"state\":\"cancelled\"}}");
        JsonNode page = json(call("GET", "/v1/audit?limit=3", admin));
        assertThat(page.get("entries")).hasSize(3);
        assertThat(json(call("GET", page.get("next").asText(), admin)).get("entries"))
                .hasSize(1);
    }

    @Test
    void theAuditLogIsFilteredAndPagedAndExported() throws Exception {
        JsonNode operator = key("\"role\":\"operator\"");
        String who = operator.get("id").asText();
        for (int i = 0; i < 4; i++) {
            call("POST", "/v1/jobs/cancel?label=number:" + i, text(operator));
        }
        call("DELETE", "/v1/parked-messages/none", text(operator));
        call("POST", "/v1/keys/nobody/rotate", text(operator));
        Map<String, Integer> found = Map.of(
                "caller=" + who,
                6,
                "caller=nobody",
                0,
                "action=POST%20/v1/jobs/cancel",
                4,
                "action=POST%20/v1/jobs/cancel&caller=" + who + "&status=200",
                4,
                "status=403",
                1,
                "action=%25",
                0,
                "from=2020-01-01T00:00:00Z&before=2020-01-02T00:00:00Z",
                0,
                "from=2020-01-01T00:00:00Z&before=2120-01-02T00:00:00Z",
                7);
        for (Map.Entry<String, Integer> one : found.entrySet()) {
            assertThat(json(call("GET", "/v1/audit?" + one.getKey(), admin)).get("entries"))
                    .as(one.getKey())
                    .hasSize(one.getValue());
        }
        JsonNode first = json(call("GET", "/v1/audit?action=POST%20/v1/jobs/cancel&limit=3", admin));
        JsonNode second = json(call("GET", first.get("next").asText(), admin));
        assertThat(second.get("entries"))
                .extracting(entry -> entry.get("action").asText())
                .containsExactly("POST /v1/jobs/cancel?label=number:0");
        assertThat(second.has("next")).isFalse();
        HttpResponse<String> export =
                call("GET", "/v1/audit?caller=" + who, admin, "", "Accept", "application/x-ndjson");
        assertThat(export.headers().firstValue("Content-Type")).contains("application/x-ndjson");
        List<String> lines = export.body().lines().toList();
        assertThat(lines).hasSize(6);
        assertThat(StrictJson.read(lines.get(5).getBytes(StandardCharsets.UTF_8))
                        .get("action")
                        .asText())
                .isEqualTo("POST /v1/jobs/cancel?label=number:0");
        for (String wrong :
                List.of("status=abc", "status=0", "caller=", "action=" + "x".repeat(201), "from=now", "who=me")) {
            isProblem(call("GET", "/v1/audit?" + wrong, admin), 400, "invalid-parameter");
            isProblem(
                    call("GET", "/v1/audit?" + wrong, admin, "", "Accept", "application/x-ndjson"),
                    400,
                    "invalid-parameter");
        }
    }

    @Test
    void aChangeTooLongToBeKeptIsSaidToBeSo() throws Exception {
        List<String> types = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            types.add("\"t" + i + "." + "x".repeat(94) + "\"");
        }
        JsonNode key = key("\"role\":\"submitter\",\"jobTypes\":" + types);
        call("POST", "/v1/keys/" + key.get("id").asText() + "/rotate", admin);
        JsonNode entries = json(call("GET", "/v1/audit", admin)).get("entries");
        assertThat(entries.get(0).at("/detail/omitted").asText()).contains("20000 are kept");
        assertThat(entries.get(1).at("/detail/after/jobTypes")).hasSize(100);
    }

    @Test
    void whoeverIsNobodyCannotFillTheAuditLog() throws Exception {
        String limited = text(key("\"role\":\"reader\",\"perMinute\":1"));
        for (int i = 0; i < 5; i++) {
            call("DELETE", "/v1/keys/nobody", "");
            call("DELETE", "/v1/keys/nobody", "ey.no.token");
            call("DELETE", "/v1/keys/nobody", limited);
        }
        assertThat(json(call("GET", "/v1/audit?action=DELETE", admin)).get("entries"))
                .hasSize(1);
    }

    @Test
    void rolesAreOrderedAndTheWorkersIsApart() {
        assertThat(new TreeSet<>(List.of(Role.values())).stream().filter(role -> role.includes(Role.OPERATOR)))
                .containsExactly(Role.OPERATOR, Role.ADMIN);
        assertThat(List.of(Role.values()).stream().filter(role -> role.includes(Role.WORKER)))
                .containsExactly(Role.ADMIN, Role.WORKER);
    }
}
