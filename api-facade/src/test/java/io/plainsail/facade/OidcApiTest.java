package io.plainsail.facade;

import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import io.plainsail.facade.access.TestIssuer;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An issuer's tokens at the API. */
@Timeout(120)
class OidcApiTest {
    private static final String HELLO = "{\"type\":\"test.echo\",\"input\":{\"text\":\"hello\"}}";

    @TempDir
    Path directory;

    private TestIssuer issuer;
    private RSAKey key;
    private RunningFacade facade;

    @BeforeEach
    void start() throws Exception {
        issuer = TestIssuer.start(Clock.systemUTC());
        key = issuer.rsa("first");
        issuer.publish(key);
        EmbeddedTransport transport = EmbeddedTransport.create();
        facade = RunningFacade.start(directory, transport, """
                access: {required: true}
                oidc: {issuer: "%s", audience: plainsail, tenantClaim: tenant, perMinute: 1000}
                """.formatted(issuer.uri()));
        new EchoWorker(transport);
        String operator = token(issuer.claims("operator").claim("tenant", "*"));
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        call("GET", "/v1/job-types/test.echo/v1", operator, "").statusCode() == 200);
    }

    @AfterEach
    void stop() throws Exception {
        facade.close();
        issuer.close();
    }

    private String token(JWTClaimsSet.Builder claims) throws Exception {
        return TestIssuer.sign(key, claims.build());
    }

    private HttpResponse<String> call(String method, String path, String token, String body) throws Exception {
        return facade.send(HttpRequest.newBuilder(facade.uri(path))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + token)
                .method(method, HttpRequest.BodyPublishers.ofString(body)));
    }

    private static void isProblem(HttpResponse<String> answer, int status, String kind) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(json(answer).get("type").asText()).isEqualTo("urn:plainsail:problem:" + kind);
    }

    @Test
    void aTokensBearerHasItsRoleItsTenantAndItsLimit() throws Exception {
        String acme = token(issuer.claims("submitter").claim("tenant", "acme"));
        String zebra = token(issuer.claims("submitter").claim("tenant", "zebra").subject("zebra"));
        HttpResponse<String> who = call("GET", "/v1/whoami", acme, "");
        assertThat(json(who).toString())
                .isEqualTo("{\"id\":\"oidc:zoe\",\"tenant\":\"acme\",\"role\":\"submitter\",\"jobTypes\":[]}");
        assertThat(who.headers().firstValue("RateLimit-Policy")).contains("\"key\";q=1000;w=60");
        HttpResponse<String> accepted = call("POST", "/v1/jobs", acme, HELLO);
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        String job = "/v1/jobs/" + json(accepted).get("id").asText();
        assertThat(call("GET", job, acme, "").statusCode()).isEqualTo(200);
        isProblem(call("GET", job, zebra, ""), 404, "unknown-job");
        isProblem(call("POST", "/v1/jobs/cancel?label=a:b", acme, ""), 403, "forbidden");
        isProblem(call("GET", "/v1/keys", acme, ""), 403, "forbidden");
        isProblem(call("GET", "/v1/jobs", token(issuer.claims("admin")), ""), 403, "forbidden");
        String admin = token(issuer.claims("admin").claim("tenant", "*").subject("ada"));
        HttpResponse<String> made =
                call("POST", "/v1/keys", admin, "{\"name\":\"made by a token\",\"role\":\"reader\"}");
        assertThat(json(made).get("createdBy").asText()).isEqualTo("oidc:ada");
        assertThat(call("GET", "/v1/jobs", json(made).get("key").asText(), "").statusCode())
                .isEqualTo(200);
    }

    @Test
    void whatIsNoGoodIsRefusedAsRfc6750Says() throws Exception {
        HttpResponse<String> none = facade.get("/v1/jobs");
        isProblem(none, 401, "unauthorized");
        assertThat(none.headers().firstValue("WWW-Authenticate")).contains("Bearer");
        String foreign = TestIssuer.sign(
                issuer.rsa("first"), issuer.claims("admin").claim("tenant", "*").build());
        HttpResponse<String> refused = call("GET", "/v1/jobs", foreign, "");
        isProblem(refused, 401, "unauthorized");
        assertThat(refused.headers().firstValue("WWW-Authenticate")).contains("Bearer error=\"invalid_token\"");
        assertThat(refused.body()).doesNotContain(foreign.split("\\.")[1]);
        // A worker's own token takes another way, on which this one is no good either; but for it the request is in
        // order.
        HttpResponse<String> asWorker = facade.send(
                HttpRequest.newBuilder(facade.uri("/v1/jobs/01900000-0000-7000-8000-000000000000/attempts/1/result"))
                        .header("Content-Type", "text/plain")
                        .header("Content-Digest", "sha-256=:LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=:")
                        .header("Authorization", "Bearer " + foreign)
                        .PUT(HttpRequest.BodyPublishers.ofString("x")));
        isProblem(asWorker, 403, "invalid-token");
    }

    @Test
    void whileTheIssuerIsAwayKnownKeysGoOnAndOthersAreAskedToComeAgain() throws Exception {
        String known = token(issuer.claims("reader").claim("tenant", "*"));
        issuer.goAway(true);
        assertThat(call("GET", "/v1/jobs", known, "").statusCode()).isEqualTo(200);
        String unknown = TestIssuer.sign(
                issuer.ec("second"),
                issuer.claims("reader").claim("tenant", "*").build());
        // Until ten seconds have passed since the facade last asked, the key counts as unknown.
        HttpResponse<String> away = await().atMost(Duration.ofSeconds(60))
                .until(() -> call("GET", "/v1/jobs", unknown, ""), answer -> answer.statusCode() == 503);
        isProblem(away, 503, "issuer-unavailable");
        assertThat(away.headers().firstValue("Retry-After")).isPresent();
        assertThat(call("GET", "/v1/jobs", known, "").statusCode()).isEqualTo(200);
    }
}
