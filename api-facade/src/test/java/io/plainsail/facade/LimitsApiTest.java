package io.plainsail.facade;

import static io.plainsail.facade.KeyedFacade.HELLO;
import static io.plainsail.facade.KeyedFacade.isProblem;
import static io.plainsail.facade.KeyedFacade.text;
import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How many requests and jobs a key has left. */
@Timeout(120)
class LimitsApiTest {
    @TempDir
    Path directory;

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

    @Test
    void aKeyThatHasNoRequestsLeftIsToldWhenToComeAgain() throws Exception {
        String key = text(facade.key("\"role\":\"reader\",\"perMinute\":2"));
        HttpResponse<String> first = facade.call("GET", "/v1/whoami", key);
        assertThat(first.headers().firstValue("RateLimit-Policy")).contains("\"key\";q=2;w=60");
        assertThat(first.headers().firstValue("RateLimit").orElseThrow()).startsWith("\"key\";r=1;t=");
        facade.call("GET", "/v1/whoami", key);
        HttpResponse<String> refused = facade.call("GET", "/v1/whoami", key);
        isProblem(refused, 429, "rate-limited");
        assertThat(Integer.parseInt(refused.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1, 30);
        assertThat(facade.call("GET", "/v1/whoami", admin).statusCode()).isEqualTo(200);
    }

    /** As draft-ietf-httpapi-ratelimit-headers-10 has the two fields: lists of strings with parameters (RFC 9651). */
    @Test
    void limitsAreToldInTheFormOfTheDraft() throws Exception {
        String key = text(facade.key("\"role\":\"submitter\",\"perMinute\":1,\"jobsPerDay\":3"));
        HttpResponse<String> answer = facade.call("POST", "/v1/jobs", key, HELLO);
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

        HttpResponse<String> refused = facade.call("GET", "/v1/whoami", key);
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
        String key = text(facade.key("\"role\":\"submitter\",\"jobsPerDay\":3"));
        HttpResponse<String> first = facade.call("POST", "/v1/jobs", key, HELLO);
        assertThat(first.statusCode()).isEqualTo(202);
        assertThat(first.headers().firstValue("RateLimit-Policy"))
                .contains("\"jobs\";q=3;w=86400;plainsail-unit=\"jobs\"");
        assertThat(first.headers().firstValue("RateLimit").orElseThrow()).startsWith("\"jobs\";r=3;t=");
        HttpResponse<String> tooMany =
                facade.call("POST", "/v1/jobs/bulk", key, "[" + HELLO + "," + HELLO + "," + HELLO + "]");
        isProblem(tooMany, 429, "rate-limited");
        assertThat(Integer.parseInt(tooMany.headers().firstValue("Retry-After").orElseThrow()))
                .isBetween(1, 86_400);
        assertThat(json(facade.call("GET", "/v1/jobs/count", key)).get("total").asInt())
                .isEqualTo(1);
        // The same request again is the same job, and costs nothing.
        for (int i = 0; i < 3; i++) {
            assertThat(facade.call("POST", "/v1/jobs", key, HELLO, "Idempotency-Key", "once")
                            .statusCode())
                    .isEqualTo(202);
        }
        assertThat(facade.call("POST", "/v1/jobs", key, HELLO).statusCode()).isEqualTo(202);
        HttpResponse<String> refused = facade.call("POST", "/v1/jobs", key, HELLO);
        isProblem(refused, 429, "rate-limited");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(refused.headers().firstValue("RateLimit").orElseThrow()).startsWith("\"jobs\";r=0;t=");
        assertThat(facade.call("GET", "/v1/jobs", key).statusCode()).isEqualTo(200);
        assertThat(facade.call("POST", "/v1/jobs", admin, HELLO).statusCode()).isEqualTo(202);
    }
}
