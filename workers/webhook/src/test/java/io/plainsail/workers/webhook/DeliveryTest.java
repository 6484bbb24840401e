package io.plainsail.workers.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.opentelemetry.context.Scope;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.messaging.trace.Tracing;
import io.plainsail.worker.JobFailedException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DeliveryTest {
    private final Deliveries deliveries = Deliveries.open();

    @AfterEach
    void close() {
        deliveries.close();
    }

    @Test
    void receiverVerifiesTheSignatureOverTheBytesItGot() throws Exception {
        try (Receiver receiver = Receiver.answering(200)) {
            FakeJob job = FakeJob.of(receiver.url("/hooks?a=%20b&c"), "{\"z\": 1, \"a\": [true, null]}");
            deliveries.deliver(job);

            Receiver.Request request = receiver.requests.get(0);
            assertThat(request.method).isEqualTo("POST");
            assertThat(request.uri).isEqualTo("/hooks?a=%20b&c");
            assertThat(request.body).asString(StandardCharsets.UTF_8).isEqualTo("{\"z\":1,\"a\":[true,null]}");
            assertThat(verifiedId(request)).isEqualTo(job.jobId().toString());
            assertThat(request.headers.get("webhook-timestamp"))
                    .containsExactly(Long.toString(FakeJob.NOW.getEpochSecond()));
            assertThat(request.headers.get("content-type")).containsExactly("application/json");
            assertThat(request.headers.get("user-agent")).containsExactly("Plainsail-Webhook/1");
            assertThat(request.headers.get("content-length")).containsExactly(Integer.toString(request.body.length));
        }
    }

    @Test
    void nothingIsSentThatNobodyAskedFor() throws Exception {
        try (RawReceiver receiver = RawReceiver.saying("HTTP/1.1 204 No Content\r\n\r\n")) {
            deliveries.deliver(FakeJob.of(receiver.url("//double/slash"), "1"));
            List<String> lines = receiver.head.get().strip().lines().toList();
            assertThat(lines.get(0)).isEqualTo("POST //double/slash HTTP/1.1");
            assertThat(lines.stream().skip(1).map(line -> line.substring(0, line.indexOf(':'))))
                    .containsExactlyInAnyOrder(
                            "webhook-id",
                            "webhook-timestamp",
                            "webhook-signature",
                            "Content-Type",
                            "Content-Length",
                            "Host",
                            "Connection",
                            "User-Agent");
            assertThat(lines).contains("Host: " + receiver.url("").substring("http://".length()));
        }
    }

    @Test
    void everyAttemptHasTheSameId() throws Exception {
        try (Receiver receiver = Receiver.answering(503)) {
            FakeJob job = FakeJob.of(receiver.url("/"), "{}");
            deliveries.failureOf(job);
            deliveries.failureOf(job.nextAttempt());
            assertThat(receiver.requests)
                    .hasSize(2)
                    .extracting(DeliveryTest::verifiedId)
                    .containsOnly(job.jobId().toString());
        }
    }

    @Test
    void namedKeySignsAndTwoSecretsSignTwice() throws Exception {
        SigningKey old = SigningKey.of("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        SigningKey both = SigningKey.of(Deliveries.SECRET + " whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        WebhookConfig config =
                WebhookConfig.withKeys(Map.of("billing", both)).openTo(Deliveries.OPEN.allowedAddresses());
        try (Receiver receiver = Receiver.answering(200);
                Deliveries rotating = Deliveries.with(config)) {
            FakeJob job = FakeJob.of(receiver.url("/"), "{}");
            ((ObjectNode) job.input()).put("signingKey", "billing");
            rotating.deliver(job);
            Receiver.Request request = receiver.requests.get(0);
            assertThat(request.headers.get("webhook-signature").get(0).split(" "))
                    .hasSize(2);
            for (SigningKey key : new SigningKey[] {old, Deliveries.KEY}) {
                WebhookSignature.verify(
                        request.headers, request.body, key, WebhookSignature.DEFAULT_TOLERANCE, Deliveries.CLOCK);
            }
        }
    }

    @Test
    void unknownKeyIsRejectedByNameAndNothingIsSent() {
        try (Receiver receiver = Receiver.answering(200)) {
            FakeJob job = FakeJob.of(receiver.url("/"), "{}");
            ((ObjectNode) job.input()).put("signingKey", "nobody");
            JobFailedException e = deliveries.failureOf(job);
            assertThat(e.category()).isEqualTo(ErrorCategory.REJECTED);
            assertThat(e.code()).isEqualTo("signing-key");
            assertThat(e).hasMessageContaining("\"nobody\"").hasMessageContaining("signingKeys");
            assertThat(receiver.requests).isEmpty();
        }
    }

    /** The receiver's part belongs to the same trace, unless the job names another. */
    @Test
    void theTraceIsHandedOn() throws Exception {
        TraceContext trace = new TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=b");
        String own = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        try (Receiver receiver = Receiver.answering(200);
                Scope ignored = Tracing.context(trace).makeCurrent()) {
            deliveries.deliver(FakeJob.of(receiver.url("/"), "{}"));
            FakeJob job = FakeJob.of(receiver.url("/"), "{}");
            ((ObjectNode) job.input()).putObject("headers").put("traceparent", own);
            deliveries.deliver(job);
            assertThat(receiver.requests.get(0).headers)
                    .containsEntry("Traceparent", List.of(trace.traceparent()))
                    .containsEntry("Tracestate", List.of("a=b"));
            assertThat(receiver.requests.get(1).headers)
                    .containsEntry("Traceparent", List.of(own))
                    .doesNotContainKey("Tracestate");
        }
    }

    @Test
    void extraHeadersAreSent() throws Exception {
        try (Receiver receiver = Receiver.answering(200)) {
            FakeJob job = FakeJob.of(receiver.url("/"), "{}");
            ((ObjectNode) job.input())
                    .putObject("headers")
                    .put("x-tenant", "acme & sons: 1")
                    .put("ce-type", "order.paid");
            deliveries.deliver(job);
            assertThat(receiver.requests.get(0).headers)
                    .containsEntry("X-tenant", List.of("acme & sons: 1"))
                    .containsEntry("Ce-type", List.of("order.paid"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x-a | a\\r\\nx-evil: 1",
                "x-a | a\\n",
                "x-a\\r\\nx-evil | a",
                "webhook-id | other",
                "host | evil.example",
                "authorization | Bearer T0KEN",
            })
    void injectedHeadersAreRefusedAndNothingIsSent(String name, String value) {
        try (Receiver receiver = Receiver.answering(200)) {
            FakeJob job = FakeJob.of(receiver.url("/"), "{}");
            ((ObjectNode) job.input()).putObject("headers").put(unescaped(name), unescaped(value));
            JobFailedException e = deliveries.failureOf(job);
            assertThat(e.category()).isEqualTo(ErrorCategory.INVALID_INPUT);
            assertThat(e.code()).isEqualTo("header");
            assertThat(e.getMessage()).doesNotContain("T0KEN").doesNotContain("evil");
            assertThat(receiver.requests).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "\"text\"",
                "12345678901234567890123456789.10",
                "[1.10,1E+30,0.1,0.000,-7,100000000000000000000]",
                "{\"ключ\":\"значение\",\"quote\":\"\\\"\\\\\\u0000\\u2028\"}",
                "\"<>&'/\""
            })
    void bodyKeepsItsValueToTheDigit(String body) throws Exception {
        try (Receiver receiver = Receiver.answering(200)) {
            deliveries.deliver(FakeJob.of(receiver.url("/"), body));
            Receiver.Request request = receiver.requests.get(0);
            assertThat(request.body).asString(StandardCharsets.UTF_8).isEqualTo(body.replace("\\u2028", "\u2028"));
            verifiedId(request);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"🚢\"", "\"ä\\ud800\"", "\"\\udc00x\""})
    void surrogatesArriveAsTheSameText(String body) throws Exception {
        try (Receiver receiver = Receiver.answering(200)) {
            FakeJob job = FakeJob.of(receiver.url("/"), body);
            deliveries.deliver(job);
            Receiver.Request request = receiver.requests.get(0);
            assertThat(StrictJson.read(request.body)).isEqualTo(job.input().get("body"));
            verifiedId(request);
        }
    }

    @Test
    void bigBodiesArriveWhole() throws Exception {
        try (Receiver receiver = Receiver.answering(200)) {
            String big = "\"" + "ä".repeat(2_000_000) + "\"";
            deliveries.deliver(FakeJob.of(receiver.url("/"), big));
            assertThat(receiver.requests.get(0).body).isEqualTo(big.getBytes(StandardCharsets.UTF_8));
            verifiedId(receiver.requests.get(0));
        }
    }

    @Test
    void answerIsReported() throws Exception {
        byte[] said = "danke 🚢".getBytes(StandardCharsets.UTF_8);
        try (Receiver receiver = Receiver.answering((exchange, body) -> {
            exchange.sendResponseHeaders(202, said.length);
            exchange.getResponseBody().write(said);
        })) {
            FakeJob job = FakeJob.of(receiver.url("/T0KEN"), "{}");
            JsonNode out = deliveries.deliver(job);
            assertThat(out.get("status").intValue()).isEqualTo(202);
            assertThat(out.get("responseBody").textValue()).isEqualTo("danke 🚢");
            assertThat(out.get("responseTruncated").booleanValue()).isFalse();
            assertThat(out.get("durationMs").isIntegralNumber()).isTrue();
            assertThat(job.lines).singleElement().asString().contains("202").doesNotContain("T0KEN");
        }
    }

    @ParameterizedTest
    @CsvSource({"4095, false", "4096, false", "4097, true", "1000000, true"})
    void answerIsCutAtItsBound(int bytes, boolean truncated) throws Exception {
        try (Receiver receiver = Receiver.answering((exchange, body) -> {
            exchange.sendResponseHeaders(200, bytes);
            exchange.getResponseBody().write("a".repeat(bytes).getBytes(StandardCharsets.UTF_8));
        })) {
            JsonNode out = deliveries.deliver(FakeJob.of(receiver.url("/"), "{}"));
            assertThat(out.get("responseBody").textValue()).hasSize(Math.min(bytes, 4096));
            assertThat(out.get("responseTruncated").booleanValue()).isEqualTo(truncated);
        }
    }

    @Test
    void connectionIsUsedAgain() throws Exception {
        try (Receiver receiver = Receiver.answering((exchange, body) -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write(new byte[] {'o', 'k'});
        })) {
            for (int i = 0; i < 5; i++) {
                deliveries.deliver(FakeJob.of(receiver.url("/"), "{}"));
            }
            assertThat(receiver.requests)
                    .extracting(request -> request.peerPort)
                    .hasSize(5)
                    .containsOnly(receiver.requests.get(0).peerPort);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "300, REJECTED, redirect",
        "301, REJECTED, redirect",
        "302, REJECTED, redirect",
        "303, REJECTED, redirect",
        "304, REJECTED, redirect",
        "307, REJECTED, redirect",
        "308, REJECTED, redirect",
        "400, REJECTED, http-status",
        "401, REJECTED, http-status",
        "403, REJECTED, http-status",
        "404, REJECTED, http-status",
        "407, REJECTED, http-status",
        "408, UNAVAILABLE, http-status",
        "409, REJECTED, http-status",
        "410, REJECTED, gone",
        "413, REJECTED, http-status",
        "421, REJECTED, http-status",
        "422, REJECTED, http-status",
        "425, UNAVAILABLE, http-status",
        "429, THROTTLED, http-status",
        "499, REJECTED, http-status",
        "500, UNAVAILABLE, http-status",
        "501, UNAVAILABLE, http-status",
        "502, UNAVAILABLE, http-status",
        "503, UNAVAILABLE, http-status",
        "504, UNAVAILABLE, http-status",
        "599, UNAVAILABLE, http-status"
    })
    void statusDecidesTheOutcome(int status, ErrorCategory category, String code) {
        try (Receiver receiver = Receiver.answering(
                status, "Location", "/elsewhere", "WWW-Authenticate", "Basic realm=x", "Retry-After", "1")) {
            JobFailedException e = deliveries.failureOf(FakeJob.of(receiver.url("/T0KEN"), "{}"));
            assertThat(e.category()).isEqualTo(category);
            assertThat(e.code()).isEqualTo(code);
            assertThat(e)
                    .hasMessageContaining("http://127.0.0.1:" + receiver.port())
                    .hasMessageContaining(Integer.toString(status))
                    .message()
                    .doesNotContain("T0KEN");
            assertThat(receiver.requests).as("sent once, nothing followed").hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 204, 206, 299})
    void every2xxIsASuccess(int status) throws Exception {
        try (Receiver receiver = Receiver.answering(status)) {
            JsonNode out = deliveries.deliver(FakeJob.of(receiver.url("/"), "{}"));
            assertThat(out.get("status").intValue()).isEqualTo(status);
        }
    }

    @Test
    void failedAnswerIsShownInTheJobsLog() {
        byte[] said = ("no such tenant\r\n" + "a".repeat(3000)).getBytes(StandardCharsets.UTF_8);
        try (Receiver receiver = Receiver.answering((exchange, body) -> {
            exchange.sendResponseHeaders(422, said.length);
            exchange.getResponseBody().write(said);
        })) {
            FakeJob job = FakeJob.of(receiver.url("/"), "{}");
            assertThat(deliveries.failureOf(job).getMessage()).doesNotContain("tenant");
            assertThat(job.lines).hasSize(2);
            assertThat(job.lines.get(1))
                    .startsWith("The answer begins: no such tenant aaa")
                    .hasSizeLessThan(600);
        }
    }

    @Test
    void redirectToAnotherReceiverIsNotFollowed() {
        try (Receiver inner = Receiver.answering(200);
                Receiver outer = Receiver.answering(307, "Location", inner.url("/"))) {
            assertThat(deliveries.failureOf(FakeJob.of(outer.url("/"), "{}")).code())
                    .isEqualTo("redirect");
            assertThat(inner.requests).isEmpty();
        }
    }

    @Test
    void retryAfterIsToldInPrintableWords() {
        try (Receiver polite = Receiver.answering(429, "Retry-After", "120");
                RawReceiver rude = RawReceiver.saying("HTTP/1.1 503 No\r\nRetry-After: \u0007\u00e9" + "9".repeat(500)
                        + "\r\nContent-Length: 0\r\n\r\n")) {
            assertThat(deliveries.failureOf(FakeJob.of(polite.url("/"), "{}")))
                    .hasMessageContaining("(Retry-After: 120)");
            assertThat(deliveries.failureOf(FakeJob.of(rude.url("/"), "{}")).getMessage())
                    .contains("(Retry-After: ??999")
                    .hasSizeLessThan(300);
        }
    }

    @Test
    void receiverSaysWhenToComeAgain() {
        try (Receiver seconds = Receiver.answering(429, "Retry-After", "120");
                Receiver date = Receiver.answering(503, "Retry-After", "Fri, 31 Dec 2038 23:59:59 GMT");
                Receiver nonsense = Receiver.answering(503, "Retry-After", "when pigs fly");
                Receiver never = Receiver.answering(429, "Retry-After", "9".repeat(40));
                Receiver silent = Receiver.answering(503)) {
            assertThat(deliveries.failureOf(FakeJob.of(seconds.url("/"), "{}")).notBefore())
                    .contains(FakeJob.NOW.plusSeconds(120));
            assertThat(deliveries.failureOf(FakeJob.of(date.url("/"), "{}")).notBefore())
                    .contains(Instant.parse("2038-12-31T23:59:59Z"));
            for (Receiver receiver : List.of(nonsense, never, silent)) {
                assertThat(deliveries
                                .failureOf(FakeJob.of(receiver.url("/"), "{}"))
                                .notBefore())
                        .isEmpty();
            }
        }
    }

    @Test
    void cookiesAreNotKept() throws Exception {
        try (Receiver receiver = Receiver.answering(200, "Set-Cookie", "session=1; Path=/")) {
            deliveries.deliver(FakeJob.of(receiver.url("/"), "{}"));
            deliveries.deliver(FakeJob.of(receiver.url("/"), "{}"));
            assertThat(receiver.requests.get(1).headers).doesNotContainKey("cookie");
        }
    }

    @Test
    void proxyOfTheSystemIsNotUsed() throws Exception {
        System.setProperty("http.proxyHost", "127.0.0.1");
        System.setProperty("http.proxyPort", "1");
        System.setProperty("http.nonProxyHosts", "");
        try (Receiver receiver = Receiver.answering(200);
                Deliveries fresh = Deliveries.open()) {
            fresh.deliver(FakeJob.of(receiver.url("/"), "{}"));
            assertThat(receiver.requests).hasSize(1);
        } finally {
            System.clearProperty("http.proxyHost");
            System.clearProperty("http.proxyPort");
            System.clearProperty("http.nonProxyHosts");
        }
    }

    private static String verifiedId(Receiver.Request request) {
        return WebhookSignature.verify(
                request.headers, request.body, Deliveries.KEY, WebhookSignature.DEFAULT_TOLERANCE, Deliveries.CLOCK);
    }

    private static String unescaped(String text) {
        return text.replace("\\r", "\r").replace("\\n", "\n");
    }

    @Test
    void aUrlThatAnswered410GetsNothingMore() throws Exception {
        try (Receiver receiver = Receiver.answering(410)) {
            assertThat(deliveries.failureOf(FakeJob.of(receiver.url("/x"), "{}")))
                    .hasMessageContaining("answered 410");
            JobFailedException second = deliveries.failureOf(FakeJob.of(receiver.url("/x"), "{}"));
            assertThat(second.code()).isEqualTo("gone");
            assertThat(second).hasMessageContaining("nothing was sent");
            assertThat(receiver.requests).hasSize(1);
        }
    }

    @Test
    void aUrlThatFailsInARowIsLeftAloneAndTheNextOneIsServed() throws Exception {
        try (Receiver dead = Receiver.answering(503);
                Receiver well = Receiver.answering(200)) {
            for (int i = 0; i < 8; i++) {
                deliveries.failureOf(FakeJob.of(dead.url("/"), "{}"));
            }
            assertThat(dead.requests).hasSize(5);
            deliveries.deliver(FakeJob.of(well.url("/"), "{}"));
            assertThat(well.requests).hasSize(1);
        }
    }
}
