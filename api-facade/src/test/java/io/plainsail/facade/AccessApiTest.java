package io.plainsail.facade;

import static io.plainsail.facade.KeyedFacade.HELLO;
import static io.plainsail.facade.KeyedFacade.isProblem;
import static io.plainsail.facade.KeyedFacade.text;
import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.facade.access.AccessRules;
import io.plainsail.facade.access.Role;
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
import java.util.TreeSet;
import org.glassfish.jersey.server.model.Resource;
import org.glassfish.jersey.server.model.ResourceMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys, and what they show of tenants; what each role may do is in {@link ApiTableTest}. */
@Timeout(120)
class AccessApiTest {
    @TempDir
    java.nio.file.Path directory;

    private KeyedFacade facade;
    private String admin;

    @BeforeEach
    void start() throws Exception {
        facade = KeyedFacade.start(directory);
        admin = facade.admin();
    }

    @AfterEach
    void stop() throws Exception {
        facade.close();
    }

    // Who -----------------------------------------------------------------------------------------------------

    @Test
    void withoutAKeyNothingIsAnsweredButHealth() throws Exception {
        for (String path : List.of("/v1/jobs", "/v1/job-types", "/v1/whoami", "/v1/nonsense", "/v1/keys")) {
            HttpResponse<String> answer = facade.call("GET", path, "");
            isProblem(answer, 401, "unauthorized");
            assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        }
        isProblem(facade.call("POST", "/v1/jobs", "", HELLO), 401, "unauthorized");
        isProblem(facade.call("POST", "/v1/jobs/bulk", "", "[]"), 401, "unauthorized");
        assertThat(facade.running().get("/health/ready").statusCode()).isEqualTo(200);
        String wrongEnd = admin.substring(0, admin.length() - 1) + (admin.endsWith("A") ? "B" : "A");
        String otherSecret = io.plainsail.facade.access.KeyText.fresh().text();
        for (String wrong : List.of(wrongEnd, otherSecret, "nonsense")) {
            isProblem(facade.call("GET", "/v1/whoami", wrong), 401, "unauthorized");
        }
        isProblem(
                facade.running()
                        .send(HttpRequest.newBuilder(facade.running().uri("/v1/whoami"))
                                .header("Authorization", "Basic YTpi")),
                401,
                "unauthorized");
    }

    @Test
    void aKeyIsShownOnceAndKeptAsAHash() throws Exception {
        JsonNode made = facade.key("\"role\":\"submitter\",\"tenant\":\"acme\",\"jobTypes\":[\"test.echo\"]");
        assertThat(text(made)).matches("psk_[0-9a-z]{12}_[0-9A-Za-z]{49}");
        JsonNode who = json(facade.call("GET", "/v1/whoami", text(made)));
        assertThat(who.get("id")).isEqualTo(made.get("id"));
        assertThat(who.get("tenant").asText()).isEqualTo("acme");
        assertThat(who.get("role").asText()).isEqualTo("submitter");
        assertThat(who.get("jobTypes")).hasSize(1);
        HttpResponse<String> listed = facade.call("GET", "/v1/keys", admin);
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
        JsonNode old = facade.key("\"role\":\"reader\"");
        HttpResponse<String> rotated =
                facade.call("POST", "/v1/keys/" + old.get("id").asText() + "/rotate", admin);
        assertThat(rotated.statusCode()).isEqualTo(201);
        assertThat(facade.call("GET", "/v1/jobs", text(old)).statusCode()).isEqualTo(200);
        assertThat(facade.call("GET", "/v1/jobs", text(json(rotated))).statusCode())
                .isEqualTo(200);
        assertThat(json(rotated).get("role").asText()).isEqualTo("reader");
        assertThat(facade.call("DELETE", "/v1/keys/" + old.get("id").asText(), admin)
                        .statusCode())
                .isEqualTo(204);
        isProblem(facade.call("GET", "/v1/jobs", text(old)), 401, "unauthorized");
        isProblem(facade.call("DELETE", "/v1/keys/" + old.get("id").asText(), admin), 404, "unknown-key");
        isProblem(facade.call("POST", "/v1/keys/nobody/rotate", admin), 404, "unknown-key");
        // The key of the file is not in the store.
        isProblem(facade.call("DELETE", "/v1/keys/" + admin.substring(4, 16), admin), 422, "invalid-key");
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
            HttpResponse<String> answer = facade.call("POST", "/v1/keys", admin, one.getKey());
            isProblem(answer, 422, "invalid-key");
            assertThat(json(answer).at("/errors/0/pointer").asText()).isEqualTo(one.getValue());
        }
        isProblem(facade.call("POST", "/v1/keys", admin, "{"), 400, "not-json");
        isProblem(facade.call("POST", "/v1/keys", admin, "\"" + "x".repeat(17_000) + "\""), 413, "too-large");
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
        String key = text(facade.key("\"role\":\"submitter\",\"jobTypes\":[\"other.type\"]"));
        isProblem(facade.call("POST", "/v1/jobs", key, HELLO), 403, "forbidden");
        JsonNode bulk = json(facade.call("POST", "/v1/jobs/bulk", key, "[" + HELLO + "]"));
        assertThat(bulk.at("/items/0/status").asInt()).isEqualTo(403);
        assertThat(json(facade.call("GET", "/v1/jobs/count", admin))
                        .get("total")
                        .asInt())
                .isZero();
    }

    // Tenants --------------------------------------------------------------------------------------------------

    @Test
    void anotherTenantsJobDoesNotExist() throws Exception {
        String acme = text(facade.key("\"role\":\"operator\",\"tenant\":\"acme\""));
        String zebra = text(facade.key("\"role\":\"operator\",\"tenant\":\"zebra\""));
        String mine = facade.accept(acme);
        String other = facade.accept(zebra);
        String nobodys = facade.accept(admin);
        assertThat(facade.call("GET", "/v1/jobs/" + mine, acme).statusCode()).isEqualTo(200);
        for (String id : List.of(other, nobodys)) {
            for (String path : List.of("", "/logs", "/result", "/events")) {
                isProblem(facade.call("GET", "/v1/jobs/" + id + path, acme), 404, "unknown-job");
            }
            for (String path : List.of("/cancel", "/replay")) {
                isProblem(facade.call("POST", "/v1/jobs/" + id + path, acme), 404, "unknown-job");
            }
            // What is decoded later is the same job.
            for (String spelling : List.of(
                    id.toUpperCase(java.util.Locale.ROOT),
                    "%" + Integer.toHexString(id.charAt(0)) + id.substring(1),
                    id + ";a=b",
                    id + "%20")) {
                assertThat(facade.call("GET", "/v1/jobs/" + spelling, acme).statusCode())
                        .as(spelling)
                        .isIn(400, 404);
            }
        }
        assertThat(json(facade.call("GET", "/v1/jobs", acme)).get("jobs"))
                .extracting(job -> job.get("id").asText())
                .containsExactly(mine);
        assertThat(json(facade.call("GET", "/v1/jobs/count", acme)).get("total").asInt())
                .isEqualTo(1);
        assertThat(json(facade.call("GET", "/v1/jobs/count", admin))
                        .get("total")
                        .asInt())
                .isEqualTo(3);
        JsonNode cancelled = json(facade.call("POST", "/v1/jobs/cancel?type=test.echo", acme));
        assertThat(cancelled.get("cancelled").asInt()).isEqualTo(1);
        assertThat(json(facade.call("GET", "/v1/jobs/" + other, zebra))
                        .get("state")
                        .asText())
                .isEqualTo("queued");
        for (String path : List.of("/v1/queues", "/v1/releases", "/v1/receipt", "/v1/workers", "/v1/parked-messages")) {
            isProblem(facade.call("GET", path, acme), 403, "forbidden");
        }
    }

    @Test
    void deadJobsAndTheirReplaysStayWithTheirTenant() throws Exception {
        String acme = text(facade.key("\"role\":\"operator\",\"tenant\":\"acme\""));
        String zebra = text(facade.key("\"role\":\"operator\",\"tenant\":\"zebra\""));
        String mine = facade.accept(acme);
        facade.worker().fail();
        await().atMost(Duration.ofSeconds(20)).until(() -> json(facade.call("GET", "/v1/jobs/" + mine, acme))
                .get("state")
                .asText()
                .equals("failed"));
        assertThat(json(facade.call("GET", "/v1/dead-jobs", zebra)).get("groups"))
                .isEmpty();
        assertThat(json(facade.call("GET", "/v1/dead-jobs", acme)).get("groups"))
                .hasSize(1);
        assertThat(json(facade.call("POST", "/v1/dead-jobs/replay", zebra))
                        .get("replayed")
                        .asInt())
                .isZero();
        assertThat(json(facade.call("POST", "/v1/dead-jobs/purge?type=test.echo", zebra))
                        .get("purged")
                        .asInt())
                .isZero();
        // By somebody who sees all: it is the tenant's all the same.
        String replay = json(facade.call("POST", "/v1/jobs/" + mine + "/replay", admin))
                .get("id")
                .asText();
        assertThat(facade.call("GET", "/v1/jobs/" + replay, acme).statusCode()).isEqualTo(200);
        isProblem(facade.call("GET", "/v1/jobs/" + replay, zebra), 404, "unknown-job");
    }

    @Test
    void idempotencyKeysOfTwoTenantsDoNotMeet() throws Exception {
        String acme = text(facade.key("\"role\":\"submitter\",\"tenant\":\"acme\""));
        String zebra = text(facade.key("\"role\":\"submitter\",\"tenant\":\"zebra\""));
        String longest = "k".repeat(255);
        String first = json(facade.call("POST", "/v1/jobs", acme, HELLO, "Idempotency-Key", longest))
                .get("id")
                .asText();
        String second = json(facade.call("POST", "/v1/jobs", zebra, HELLO, "Idempotency-Key", longest))
                .get("id")
                .asText();
        assertThat(second).isNotEqualTo(first);
        assertThat(json(facade.call("POST", "/v1/jobs", acme, HELLO, "Idempotency-Key", longest))
                        .get("id")
                        .asText())
                .isEqualTo(first);
    }

    @Test
    void rolesAreOrderedAndTheWorkersIsApart() {
        assertThat(new TreeSet<>(List.of(Role.values())).stream().filter(role -> role.includes(Role.OPERATOR)))
                .containsExactly(Role.OPERATOR, Role.ADMIN);
        assertThat(List.of(Role.values()).stream().filter(role -> role.includes(Role.WORKER)))
                .containsExactly(Role.ADMIN, Role.WORKER);
    }
}
