package io.plainsail.workers.webhook;

import static io.plainsail.workers.webhook.Deliveries.address;
import static io.plainsail.workers.webhook.RawHttp2Receiver.CONTINUATION;
import static io.plainsail.workers.webhook.RawHttp2Receiver.DATA;
import static io.plainsail.workers.webhook.RawHttp2Receiver.END_HEADERS;
import static io.plainsail.workers.webhook.RawHttp2Receiver.END_STREAM;
import static io.plainsail.workers.webhook.RawHttp2Receiver.GOAWAY;
import static io.plainsail.workers.webhook.RawHttp2Receiver.HEADERS;
import static io.plainsail.workers.webhook.RawHttp2Receiver.PING;
import static io.plainsail.workers.webhook.RawHttp2Receiver.RST_STREAM;
import static io.plainsail.workers.webhook.RawHttp2Receiver.SETTINGS;
import static io.plainsail.workers.webhook.RawHttp2Receiver.STATUS_200;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Content;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against Jetty, and against receivers that abuse the protocol. */
@Timeout(60)
class Http2Test {
    private static final ReceiverTls TLS = new ReceiverTls();
    private static final GuardedDnsResolver.Lookup HERE = host -> List.of(address("127.0.0.1"));
    private static final byte[] GOAWAY_AFTER_0 = {0, 0, 0, 0, 0, 0, 0, 0};
    private static final byte[] GOAWAY_AFTER_1 = {0, 0, 0, 1, 0, 0, 0, 0};

    @Test
    void http2IsSpokenWithAReceiverThatTakesIt() throws Exception {
        try (Http2Receiver receiver = Http2Receiver.answering(TLS, (request, response, done) -> {
                    response.setStatus(202);
                    Content.Sink.write(response, true, "danke", done);
                });
                Deliveries deliveries = with(HERE)) {
            FakeJob job = FakeJob.of(receiver.url("receiver.test", "/hooks?a=b"), "{\"total\":12.50}");
            JsonNode out = deliveries.deliver(job);
            assertThat(out.get("status").intValue()).isEqualTo(202);
            assertThat(out.get("responseBody").textValue()).isEqualTo("danke");

            Http2Receiver.Request request = receiver.requests.get(0);
            assertThat(request.protocol()).isEqualTo("HTTP/2.0");
            assertThat(request.authority())
                    .isEqualTo(receiver.url("receiver.test", "").substring("https://".length()));
            assertThat(request.body()).asString(StandardCharsets.UTF_8).isEqualTo("{\"total\":12.50}");
            assertThat(request.headers().keySet())
                    .containsExactlyInAnyOrder(
                            "webhook-id",
                            "webhook-timestamp",
                            "webhook-signature",
                            "content-type",
                            "content-length",
                            "user-agent");
            assertThat(WebhookSignature.verify(
                            request.headers(),
                            request.body(),
                            Deliveries.KEY,
                            WebhookSignature.DEFAULT_TOLERANCE,
                            Deliveries.CLOCK))
                    .isEqualTo(job.jobId().toString());
        }
    }

    @Test
    void http11IsSpokenWithAReceiverThatKnowsNoOther() throws Exception {
        try (Http2Receiver receiver = Http2Receiver.withoutHttp2(TLS);
                Deliveries deliveries = with(HERE)) {
            for (int i = 0; i < 3; i++) {
                deliveries.deliver(FakeJob.of(receiver.url("receiver.test", "/"), "{}"));
            }
            assertThat(receiver.requests)
                    .extracting(Http2Receiver.Request::protocol)
                    .hasSize(3)
                    .containsOnly("HTTP/1.1");
            assertThat(receiver.requests)
                    .extracting(Http2Receiver.Request::peerPort)
                    .containsOnly(receiver.requests.get(0).peerPort());
        }
    }

    @Test
    void oneConnectionCarriesManyDeliveries() throws Exception {
        try (Http2Receiver receiver = Http2Receiver.answering(TLS, 200);
                Deliveries deliveries = with(HERE)) {
            for (int i = 0; i < 200; i++) {
                deliveries.deliver(FakeJob.of(receiver.url("receiver.test", "/" + i), "{}"));
            }
            assertThat(receiver.requests)
                    .extracting(Http2Receiver.Request::peerPort)
                    .hasSize(200)
                    .containsOnly(receiver.requests.get(0).peerPort());
        }
    }

    @Test
    void deliveriesAtATimeGoOnConnectionsOfTheirOwnAndNoMoreThanThose() throws Exception {
        try (Http2Receiver receiver = Http2Receiver.answering(TLS, 200);
                Deliveries deliveries = with(HERE)) {
            List<FutureTask<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                tasks.add(new FutureTask<>(() -> {
                    for (int j = 0; j < 10; j++) {
                        deliveries.deliver(FakeJob.of(receiver.url("receiver.test", "/"), "{}"));
                    }
                    return null;
                }));
            }
            tasks.forEach(task -> new Thread(task).start());
            for (FutureTask<?> task : tasks) {
                task.get(50, TimeUnit.SECONDS);
            }
            assertThat(receiver.requests).hasSize(40);
            assertThat(receiver.requests.stream()
                            .map(Http2Receiver.Request::peerPort)
                            .distinct())
                    .hasSizeBetween(1, 4);
        }
    }

    @Test
    void bigBodiesArriveWholeAndBigAnswersAreCut() throws Exception {
        try (Http2Receiver receiver = Http2Receiver.answering(
                        TLS,
                        (request, response, done) -> Content.Sink.write(response, true, "a".repeat(1_000_000), done));
                Deliveries deliveries = with(HERE)) {
            String big = "\"" + "ä".repeat(2_000_000) + "\"";
            JsonNode out = deliveries.deliver(FakeJob.of(receiver.url("receiver.test", "/"), big));
            assertThat(receiver.requests.get(0).body()).isEqualTo(big.getBytes(StandardCharsets.UTF_8));
            assertThat(out.get("responseBody").textValue()).isEqualTo("a".repeat(4096));
            assertThat(out.get("responseTruncated").booleanValue()).isTrue();
        }
    }

    @Test
    void answersMeanTheSameAsOverHttp11() {
        try (Http2Receiver receiver = Http2Receiver.answering(TLS, (request, response, done) -> {
                    response.setStatus(
                            Integer.parseInt(request.headers().get("x-status").get(0)));
                    response.getHeaders().put("Location", "https://receiver.test/elsewhere");
                    response.getHeaders().put("Retry-After", "120");
                    done.succeeded();
                });
                Deliveries deliveries = with(HERE)) {
            Map.of(307, "redirect", 410, "gone", 404, "http-status", 503, "http-status")
                    .forEach((status, code) -> {
                        FakeJob job = FakeJob.of(receiver.url("receiver.test", "/" + status), "{}");
                        ((ObjectNode) job.input()).putObject("headers").put("x-status", status.toString());
                        JobFailedException e = deliveries.failureOf(job);
                        assertThat(e.code()).as("%s", status).isEqualTo(code);
                        if (status == 503) {
                            assertThat(e.notBefore()).hasValue(FakeJob.NOW.plusSeconds(120));
                        }
                    });
            assertThat(receiver.requests).as("sent once, nothing followed").hasSize(4);
        }
    }

    @Test
    void connectionIsNotUsedForAnotherNameThoughItsCertificateHoldsIt() throws Exception {
        try (Http2Receiver receiver = Http2Receiver.answering(TLS, 200);
                Deliveries deliveries = with(HERE)) {
            deliveries.deliver(FakeJob.of(receiver.url("receiver.test", "/"), "{}"));
            deliveries.deliver(FakeJob.of(receiver.url("neighbour.receiver.test", "/"), "{}"));
            assertThat(receiver.requests).hasSize(2);
            assertThat(receiver.requests.get(1).peerPort())
                    .isNotEqualTo(receiver.requests.get(0).peerPort());
        }
    }

    @Test
    void connectionIsNotUsedWhileTheNameStandsForAForbiddenAddress() throws Exception {
        Deque<InetAddress> answers =
                new ArrayDeque<>(List.of(address("127.0.0.1"), address("10.0.0.1"), address("127.0.0.1")));
        try (Http2Receiver receiver = Http2Receiver.answering(TLS, 200);
                Deliveries deliveries = with(host -> List.of(answers.remove()))) {
            deliveries.deliver(FakeJob.of(receiver.url("receiver.test", "/"), "{}"));
            JobFailedException e = deliveries.failureOf(FakeJob.of(receiver.url("receiver.test", "/"), "{}"));
            assertThat(e.code()).isEqualTo("forbidden-address");
            assertThat(receiver.requests).hasSize(1);
            deliveries.deliver(FakeJob.of(receiver.url("receiver.test", "/"), "{}"));
            assertThat(receiver.requests)
                    .extracting(Http2Receiver.Request::peerPort)
                    .containsExactly(
                            receiver.requests.get(0).peerPort(),
                            receiver.requests.get(0).peerPort());
        }
    }

    @Test
    void connectionIsNotUsedWhenTheNameHasMovedToAnotherAddress() throws Exception {
        Deque<InetAddress> answers = new ArrayDeque<>(List.of(address("127.0.0.1"), address("127.0.0.2")));
        try (Http2Receiver receiver = Http2Receiver.answering(TLS, 200);
                Deliveries deliveries = with(host -> List.of(answers.remove()))) {
            deliveries.deliver(FakeJob.of(receiver.url("receiver.test", "/"), "{}"));
            JobFailedException e = deliveries.failureOf(FakeJob.of(receiver.url("receiver.test", "/"), "{}"));
            assertThat(e.code()).as("nobody listens there").isEqualTo("connect");
            assertThat(receiver.requests).hasSize(1);
        }
    }

    @Test
    void goAwayBetweenDeliveriesCostsNone() throws Exception {
        try (RawHttp2Receiver receiver = RawHttp2Receiver.talking(TLS, connection -> {
                    int stream = connection.request();
                    connection.send(HEADERS, END_HEADERS | END_STREAM, stream, STATUS_200);
                    connection.send(GOAWAY, 0, 0, GOAWAY_AFTER_1);
                    connection.awaitHangUp();
                });
                Deliveries deliveries = with(HERE)) {
            for (int i = 0; i < 5; i++) {
                deliveries.deliver(FakeJob.of(receiver.url(), "{}"));
            }
            assertThat(receiver.connections).hasValue(5);
        }
    }

    @Test
    void goAwayBeforeTheRequestIsToldAtOnce() throws Exception {
        try (RawHttp2Receiver receiver = RawHttp2Receiver.talking(TLS, connection -> {
                    connection.request();
                    connection.send(GOAWAY, 0, 0, GOAWAY_AFTER_0);
                    connection.awaitHangUp();
                });
                Deliveries deliveries = with(HERE)) {
            JobFailedException e = deliveries.failureOf(FakeJob.of(receiver.url(), "{}"));
            assertThat(e.category()).isEqualTo(ErrorCategory.UNAVAILABLE);
            assertThat(e.code()).isEqualTo("no-answer");
            assertThat(receiver.clientLeft.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void goAwayAfterTheRequestLetsItsAnswerCome() throws Exception {
        try (RawHttp2Receiver receiver = RawHttp2Receiver.talking(TLS, connection -> {
                    int stream = connection.request();
                    connection.send(GOAWAY, 0, 0, GOAWAY_AFTER_1);
                    connection.send(HEADERS, END_HEADERS, stream, STATUS_200);
                    connection.send(DATA, END_STREAM, stream, (byte) 'o', (byte) 'k');
                    connection.awaitHangUp();
                });
                Deliveries deliveries = with(HERE)) {
            JsonNode out = deliveries.deliver(FakeJob.of(receiver.url(), "{}"));
            assertThat(out.get("responseBody").textValue()).isEqualTo("ok");
            assertThat(out.get("responseTruncated").booleanValue()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 11})
    void resetRequestIsUnavailable(int code) throws Exception {
        try (RawHttp2Receiver receiver = RawHttp2Receiver.talking(TLS, connection -> {
                    connection.send(RST_STREAM, 0, connection.request(), (byte) 0, (byte) 0, (byte) 0, (byte) code);
                    connection.awaitHangUp();
                });
                Deliveries deliveries = with(HERE)) {
            JobFailedException e = deliveries.failureOf(FakeJob.of(receiver.url(), "{}"));
            assertThat(e.category()).isEqualTo(ErrorCategory.UNAVAILABLE);
            assertThat(e.code()).isEqualTo("no-answer");
            assertThat(receiver.clientLeft.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void resetInTheBodyDoesNotUndoTheAnswer() throws Exception {
        try (RawHttp2Receiver receiver = RawHttp2Receiver.talking(TLS, connection -> {
                    int stream = connection.request();
                    connection.send(HEADERS, END_HEADERS, stream, STATUS_200);
                    connection.send(DATA, 0, stream, (byte) 'o', (byte) 'k');
                    connection.send(RST_STREAM, 0, stream, (byte) 0, (byte) 0, (byte) 0, (byte) 2);
                    connection.awaitHangUp();
                });
                Deliveries deliveries = with(HERE)) {
            JsonNode out = deliveries.deliver(FakeJob.of(receiver.url(), "{}"));
            assertThat(out.get("status").intValue()).isEqualTo(200);
            assertThat(out.get("responseBody").textValue()).isEqualTo("ok");
            assertThat(out.get("responseTruncated").booleanValue()).isTrue();
        }
    }

    /** Nothing of what the client says is read meanwhile: its acknowledgements would pile up. */
    @ParameterizedTest
    @ValueSource(strings = {"ping", "settings", "information", "continuation", "headers", "unknown"})
    void floodIsCut(String kind) throws Exception {
        try (RawHttp2Receiver receiver = RawHttp2Receiver.talking(TLS, connection -> {
                    int stream = connection.request();
                    byte[] big = new byte[16_000];
                    // :status 200 over and over, a byte each.
                    Arrays.fill(big, STATUS_200[0]);
                    for (int i = 0; ; i++) {
                        switch (kind) {
                            case "ping" -> connection.send(PING, 0, 0, new byte[8]);
                            case "settings" -> connection.send(SETTINGS, 0, 0, new byte[] {0, 4, 0, 1, 0, 0});
                            // Literal :status 102.
                            case "information" ->
                                connection.send(HEADERS, END_HEADERS, stream, new byte[] {0x08, 3, '1', '0', '2'});
                            case "continuation" -> connection.send(i == 0 ? HEADERS : CONTINUATION, 0, stream, big);
                            case "headers" -> connection.send(HEADERS, END_HEADERS, stream, big);
                            default -> connection.send(0xbe, 0, 0, big);
                        }
                    }
                });
                Deliveries deliveries = with(HERE)) {
            JobFailedException e = deliveries.failureOf(FakeJob.of(receiver.url(), "{}"));
            assertThat(e.category()).isEqualTo(ErrorCategory.UNAVAILABLE);
            assertThat(e.code()).isEqualTo("http-protocol");
            assertThat(receiver.clientLeft.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** A receiver may use extensions that we do not know, or want no HTTP/2 for this one. */
    @ParameterizedTest
    @ValueSource(strings = {"unknown frame", "HTTP_1_1_REQUIRED"})
    void receiverWhoseHttp2CannotBeFollowedGetsHttp11NextTime(String kind) throws Exception {
        try (RawHttp2Receiver receiver = RawHttp2Receiver.talkingBoth(TLS, connection -> {
                    int stream = connection.request();
                    if (kind.equals("unknown frame")) {
                        connection.send(0xbe, 0, 0, (byte) 1);
                    } else {
                        connection.send(RST_STREAM, 0, stream, (byte) 0, (byte) 0, (byte) 0, (byte) 13);
                    }
                    connection.awaitHangUp();
                });
                Deliveries deliveries = with(HERE)) {
            assertThat(deliveries.failureOf(FakeJob.of(receiver.url(), "{}")).category())
                    .isEqualTo(ErrorCategory.UNAVAILABLE);
            JsonNode out = deliveries.deliver(FakeJob.of(receiver.url(), "{}"));
            assertThat(out.get("status").intValue()).isEqualTo(204);
            assertThat(receiver.connections).hasValue(2);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1000})
    void answerWithoutEndIsCutAndItsConnectionDropped(int bytes) throws Exception {
        byte[] part = "a".repeat(bytes).getBytes(StandardCharsets.UTF_8);
        try (RawHttp2Receiver receiver = RawHttp2Receiver.talking(TLS, connection -> {
                    int stream = connection.request();
                    connection.send(HEADERS, END_HEADERS, stream, STATUS_200);
                    while (true) {
                        connection.send(DATA, 0, stream, part);
                    }
                });
                Deliveries deliveries = with(HERE)) {
            JsonNode out = deliveries.deliver(FakeJob.of(receiver.url(), "{}"));
            assertThat(out.get("status").intValue()).isEqualTo(200);
            assertThat(out.get("responseBody").textValue()).isEqualTo(bytes == 0 ? "" : "a".repeat(4096));
            assertThat(out.get("responseTruncated").booleanValue()).isTrue();
            assertThat(receiver.clientLeft.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void silentReceiverIsLeftAtTheDeadline() throws Exception {
        try (RawHttp2Receiver receiver = RawHttp2Receiver.talking(TLS, connection -> {
                    connection.request();
                    connection.awaitHangUp();
                });
                Deliveries deliveries = with(HERE)) {
            JobFailedException e =
                    deliveries.failureOf(FakeJob.of(receiver.url(), "{}").within(Duration.ofSeconds(6)));
            assertThat(e.category()).isEqualTo(ErrorCategory.TIMEOUT);
            assertThat(receiver.clientLeft.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void interruptedHandlerHangsUpAndItsNeighbourIsServed() throws Exception {
        try (RawHttp2Receiver receiver = RawHttp2Receiver.talking(TLS, connection -> {
                    int stream = connection.request();
                    while (connection.number() > 1) {
                        connection.send(HEADERS, END_HEADERS | END_STREAM, stream, STATUS_200);
                        stream = connection.request();
                    }
                    connection.awaitHangUp();
                });
                Deliveries deliveries = with(HERE)) {
            FutureTask<Throwable> attempt = new FutureTask<>(() -> {
                try {
                    deliveries.deliver(FakeJob.of(receiver.url(), "{}"));
                    return new AssertionError("nothing was thrown");
                } catch (Exception e) {
                    return e;
                }
            });
            Thread thread = new Thread(attempt);
            thread.start();
            receiver.asked.get(30, TimeUnit.SECONDS);
            deliveries.deliver(FakeJob.of(receiver.url(), "{}"));
            assertThat(receiver.clientLeft).isNotDone();
            thread.interrupt();
            assertThat(attempt.get(30, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
            assertThat(receiver.clientLeft.get(30, TimeUnit.SECONDS)).isTrue();
            deliveries.deliver(FakeJob.of(receiver.url(), "{}"));
        }
    }

    private static Deliveries with(GuardedDnsResolver.Lookup names) {
        WebhookConfig only =
                WebhookConfig.withKeys(Map.of("default", Deliveries.KEY)).openTo(List.of(Cidr.of("127.0.0.0/8")));
        return Deliveries.with(only, names, TLS.trusting);
    }
}
