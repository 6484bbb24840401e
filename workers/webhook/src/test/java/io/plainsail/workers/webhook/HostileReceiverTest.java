package io.plainsail.workers.webhook;

import static io.plainsail.workers.webhook.Deliveries.address;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobSnoozedException;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class HostileReceiverTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration SHORT = Duration.ofMillis(400);

    /** Enough to be connected in, and to hear the beginning of an answer, on a slow machine. */
    private static final Duration SHORT_OF_THE_END = Duration.ofSeconds(6);

    @Test
    void silentReceiverIsLeftAtTheDeadline() throws Exception {
        try (RawReceiver receiver = RawReceiver.saying("");
                Deliveries deliveries = Deliveries.open()) {
            JobFailedException e =
                    deliveries.failureOf(FakeJob.of(receiver.url("/"), "{}").within(SHORT_OF_THE_END));
            assertThat(e.category()).isEqualTo(ErrorCategory.TIMEOUT);
            assertThat(e.code()).isEqualTo("timeout");
            assertThat(receiver.clientLeft.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void drippingHeadIsCutAtTheDeadlineThoughEveryReadIsQuick() throws Exception {
        try (RawReceiver receiver = RawReceiver.talking(connection -> {
                    RawReceiver.write(connection, "HTTP/1.1 200 OK\r\nX-Drip: ");
                    drip(connection);
                });
                Deliveries deliveries = Deliveries.open()) {
            JobFailedException e =
                    deliveries.failureOf(FakeJob.of(receiver.url("/"), "{}").within(SHORT_OF_THE_END));
            assertThat(e.code()).isEqualTo("timeout");
            assertThat(receiver.clientLeft.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void drippingBodyIsCutAtTheDeadlineAndTheAnswerCounts() throws Exception {
        try (RawReceiver receiver = RawReceiver.talking(connection -> {
                    RawReceiver.write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\nbegun");
                    drip(connection);
                });
                Deliveries deliveries = Deliveries.open()) {
            JsonNode out =
                    deliveries.deliver(FakeJob.of(receiver.url("/"), "{}").within(SHORT_OF_THE_END));
            assertThat(out.get("status").intValue()).isEqualTo(200);
            assertThat(out.get("responseBody").textValue()).startsWith("begun");
            assertThat(out.get("responseTruncated").booleanValue()).isTrue();
            assertThat(receiver.clientLeft.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"'Transfer-Encoding: chunked', '1000\r\n'", "'Content-Length: 999999999999', ''", "'X-No: length', ''"})
    void endlessBodyIsCappedAndItsConnectionDropped(String framing, String chunkHead) throws Exception {
        try (RawReceiver receiver = RawReceiver.talking(connection -> {
                    RawReceiver.write(connection, "HTTP/1.1 200 OK\r\n" + framing + "\r\n\r\n");
                    while (true) {
                        RawReceiver.write(
                                connection, chunkHead + "a".repeat(4096) + (chunkHead.isEmpty() ? "" : "\r\n"));
                    }
                });
                Deliveries deliveries = Deliveries.open()) {
            JsonNode out = deliveries.deliver(FakeJob.of(receiver.url("/"), "{}"));
            assertThat(out.get("responseBody").textValue()).isEqualTo("a".repeat(4096));
            assertThat(out.get("responseTruncated").booleanValue()).isTrue();
            assertThat(receiver.clientLeft.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', abc",
        // The client may drop a chunk that it reads in one piece with the break.
        "'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', '|abc'",
        "'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n', ''"
    })
    void bodyThatBreaksOffDoesNotUndoTheAnswer(String said, String bodies) throws Exception {
        try (RawReceiver receiver = RawReceiver.talking(connection -> RawReceiver.write(connection, said));
                Deliveries deliveries = Deliveries.open()) {
            JsonNode out = deliveries.deliver(FakeJob.of(receiver.url("/"), "{}"));
            assertThat(out.get("responseBody").textValue()).isIn((Object[]) bodies.split("\\|", -1));
            assertThat(out.get("responseTruncated").booleanValue()).isTrue();
        }
    }

    @Test
    void compressedBodyIsNotUnpacked() throws Exception {
        try (RawReceiver receiver = RawReceiver.saying(
                        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbomb");
                Deliveries deliveries = Deliveries.open()) {
            assertThat(deliveries
                            .deliver(FakeJob.of(receiver.url("/"), "{}"))
                            .get("responseBody")
                            .textValue())
                    .isEqualTo("bomb");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'SSH-2.0-OpenSSH_9.2\r\n', http-protocol",
        "'HTTP/1.1 abc\r\n\r\n', http-protocol",
        "'', no-answer",
        "'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n', http-protocol"
    })
    void whatIsNoAnswerIsToldSo(String said, String code) {
        try (RawReceiver receiver = RawReceiver.talking(connection -> RawReceiver.write(connection, said));
                Deliveries deliveries = Deliveries.open()) {
            JobFailedException e = deliveries.failureOf(FakeJob.of(receiver.url("/"), "{}"));
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.category()).isEqualTo(ErrorCategory.UNAVAILABLE);
        }
    }

    @Test
    void endlessHeadersAreCut() {
        for (String flood : List.of("X-A: b\r\n", "a".repeat(1000), "\r\n", "garbage\r\n")) {
            try (RawReceiver receiver = RawReceiver.talking(connection -> {
                        RawReceiver.write(
                                connection,
                                flood.equals("\r\n") || flood.equals("garbage\r\n") ? "" : "HTTP/1.1 200 OK\r\n");
                        while (true) {
                            RawReceiver.write(connection, flood);
                        }
                    });
                    Deliveries deliveries = Deliveries.open()) {
                JobFailedException e = deliveries.failureOf(FakeJob.of(receiver.url("/"), "{}"));
                assertThat(e.code()).isEqualTo("http-protocol");
                assertThat(e.category()).isEqualTo(ErrorCategory.UNAVAILABLE);
            }
        }
    }

    @Test
    void informationalAnswersWithoutEndAreCut() throws Exception {
        try (RawReceiver receiver = RawReceiver.talking(connection -> {
                    while (true) {
                        RawReceiver.write(connection, "HTTP/1.1 102 Processing\r\n\r\n");
                    }
                });
                Deliveries deliveries = Deliveries.open()) {
            assertThat(deliveries.failureOf(FakeJob.of(receiver.url("/"), "{}")).code())
                    .isEqualTo("http-protocol");
            assertThat(receiver.clientLeft.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void nextAddressIsDialledIfOneRefuses() throws Exception {
        try (Receiver receiver = Receiver.answering(200);
                Deliveries deliveries =
                        Deliveries.with(Deliveries.OPEN, host -> List.of(address("127.0.0.2"), address("127.0.0.1")))) {
            deliveries.deliver(FakeJob.of("http://two.example:" + receiver.port() + "/", "{}"));
            assertThat(receiver.requests).hasSize(1);
        }
    }

    @Test
    void connectionThatTheReceiverHasClosedIsNotUsed() throws Exception {
        try (RawReceiver receiver = RawReceiver.talking(
                        connection -> RawReceiver.write(connection, "HTTP/1.1 204 No Content\r\n\r\n"));
                Deliveries deliveries = Deliveries.open()) {
            deliveries.deliver(FakeJob.of(receiver.url("/"), "{}"));
            // The close may still be on its way, and cost a delivery.
            await().ignoreExceptions().untilAsserted(() -> {
                deliveries.deliver(FakeJob.of(receiver.url("/"), "{}"));
                assertThat(receiver.connections).hasValueGreaterThan(1);
            });
        }
    }

    @Test
    void refusedConnectionIsUnavailable() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, address("127.0.0.1"))) {
            port = closed.getLocalPort();
        }
        try (Deliveries deliveries = Deliveries.open()) {
            JobFailedException e = deliveries.failureOf(FakeJob.of("http://127.0.0.1:" + port + "/", "{}"));
            assertThat(e.category()).isEqualTo(ErrorCategory.UNAVAILABLE);
            assertThat(e.code()).isEqualTo("connect");
        }
    }

    @Test
    void unknownNameIsUnavailable() {
        try (Deliveries deliveries = Deliveries.with(Deliveries.OPEN, host -> {
                    throw new UnknownHostException(host);
                });
                Deliveries empty = Deliveries.with(Deliveries.OPEN, host -> List.of())) {
            for (Deliveries each : List.of(deliveries, empty)) {
                JobFailedException e = each.failureOf(FakeJob.of("https://gone.example/", "{}"));
                assertThat(e.category()).isEqualTo(ErrorCategory.UNAVAILABLE);
                assertThat(e.code()).isEqualTo("dns");
                assertThat(e).hasMessageContaining("https://gone.example");
            }
        }
    }

    @Test
    void noTimeLeftMeansNothingIsSent() {
        try (Receiver receiver = Receiver.answering(200);
                Deliveries deliveries = Deliveries.open()) {
            JobFailedException e =
                    deliveries.failureOf(FakeJob.of(receiver.url("/"), "{}").within(Duration.ZERO));
            assertThat(e.category()).isEqualTo(ErrorCategory.TIMEOUT);
            assertThat(receiver.requests).isEmpty();
        }
    }

    @Test
    void interruptedHandlerHangsUpAndThrows() throws Exception {
        try (RawReceiver receiver = RawReceiver.saying("");
                Deliveries deliveries = Deliveries.open()) {
            FutureTask<Throwable> attempt = new FutureTask<>(() -> thrownBy(deliveries, receiver.url("/")));
            Thread thread = new Thread(attempt);
            thread.start();
            receiver.head.get(30, TimeUnit.SECONDS);
            thread.interrupt();
            assertThat(attempt.get(30, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
            assertThat(receiver.clientLeft.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void interruptAfterTheAnswerBeganReturnsTheAnswerAndKeepsTheInterrupt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        try (RawReceiver receiver = RawReceiver.talking(connection -> {
                    RawReceiver.write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\nbegun");
                    drip(connection, begun, 150);
                });
                Deliveries deliveries = Deliveries.open()) {
            FutureTask<Boolean> attempt = new FutureTask<>(() -> {
                JsonNode out = deliveries.deliver(FakeJob.of(receiver.url("/"), "{}"));
                return out.get("status").intValue() == 200
                        && Thread.currentThread().isInterrupted();
            });
            Thread thread = new Thread(attempt);
            thread.start();
            assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
            thread.interrupt();
            assertThat(attempt.get(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void interruptDuringTheLookUpMeansNothingIsDialledAfterIt() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        AtomicReference<Thread> client = new AtomicReference<>();
        try (RawReceiver receiver = RawReceiver.saying("HTTP/1.1 204 No Content\r\n\r\n");
                Deliveries deliveries = Deliveries.with(Deliveries.OPEN, host -> {
                    client.set(Thread.currentThread());
                    asked.countDown();
                    awaitQuietly(answer);
                    return List.of(address("127.0.0.1"), address("127.0.0.1"));
                })) {
            String url = receiver.url("/").replace("127.0.0.1", "slow.example");
            FutureTask<Throwable> attempt = new FutureTask<>(() -> thrownBy(deliveries, url));
            Thread thread = new Thread(attempt);
            thread.start();
            assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
            thread.interrupt();
            assertThat(attempt.get(30, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);

            answer.countDown();
            await().atMost(PATIENCE).until(() -> isIdle(client.get()));
            assertThat(receiver.connections).hasValue(0);
        }
    }

    @Test
    void lookUpsThatHangHoldBackNoNeighbourBeyondTheBound() throws Exception {
        WebhookConfig small = small(Duration.ofSeconds(2), 1, 1);
        CountDownLatch answer = new CountDownLatch(1);
        try (Receiver receiver = Receiver.answering(200);
                Deliveries deliveries = Deliveries.with(small, host -> {
                    if (host.equals("slow.example")) {
                        awaitQuietly(answer);
                    }
                    return List.of(address("127.0.0.1"));
                })) {
            String slow = "http://slow.example:" + receiver.port() + "/";
            assertThat(deliveries
                            .failureOf(FakeJob.of(slow, "{}").within(SHORT))
                            .code())
                    .isEqualTo("timeout");
            deliveries.deliver(FakeJob.of(receiver.url("/"), "{}"));

            assertThat(deliveries
                            .failureOf(FakeJob.of(slow, "{}").within(SHORT))
                            .code())
                    .isEqualTo("timeout");
            JobFailedException busy = deliveries.failureOf(FakeJob.of(receiver.url("/"), "{}"));
            assertThat(busy.code()).isEqualTo("busy");
            assertThat(busy.category()).isEqualTo(ErrorCategory.THROTTLED);
            answer.countDown();
        }
    }

    @Test
    void deliveriesToAHostAreBoundedAndFurtherOnesArePutOff() throws Exception {
        WebhookConfig small = small(Deliveries.OPEN.connectTimeout(), 10, 1);
        try (RawReceiver receiver = RawReceiver.saying("");
                Deliveries deliveries = Deliveries.with(small)) {
            FutureTask<Throwable> first = new FutureTask<>(() -> thrownBy(deliveries, receiver.url("/")));
            Thread thread = new Thread(first);
            thread.start();
            receiver.head.get(30, TimeUnit.SECONDS);
            assertThat(thrownBy(deliveries, receiver.url("/other")))
                    .isInstanceOf(JobSnoozedException.class)
                    .hasMessageContaining("has 1 deliveries under way, as many as maxConnectionsPerHost allows");
            thread.interrupt();
            first.get(30, TimeUnit.SECONDS);
        }
    }

    private static WebhookConfig small(Duration connectTimeout, int maxConnections, int maxConnectionsPerHost) {
        WebhookConfig open = Deliveries.OPEN;
        return new WebhookConfig(
                open.signingKeys(),
                open.allowHttp(),
                open.allowedPorts(),
                open.allowedAddresses(),
                open.deniedAddresses(),
                open.requestTimeout(),
                connectTimeout,
                maxConnections,
                maxConnectionsPerHost,
                open.failuresUntilRest(),
                open.rest(),
                open.goneFor());
    }

    private static void drip(Socket connection) throws IOException {
        drip(connection, new CountDownLatch(1), 1);
    }

    /** A byte whenever the client has been quiet for a moment, until it hangs up; tells when so many have gone out. */
    private static void drip(Socket connection, CountDownLatch told, int bytes) throws IOException {
        connection.setSoTimeout(20);
        for (int dripped = 0; true; ) {
            try {
                if (connection.getInputStream().read() < 0) {
                    throw new IOException("the client hung up");
                }
            } catch (SocketTimeoutException e) {
                RawReceiver.write(connection, "a");
                dripped++;
                if (dripped == bytes) {
                    told.countDown();
                }
            }
        }
    }

    private static Throwable thrownBy(Deliveries deliveries, String url) {
        try {
            deliveries.deliver(FakeJob.of(url, "{}"));
            return new AssertionError("nothing was thrown");
        } catch (Exception e) {
            return e;
        }
    }

    private static boolean isIdle(Thread thread) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getClassName().contains("SynchronousQueue")) {
                return true;
            }
        }
        return !thread.isAlive();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                if (latch.await(30, TimeUnit.SECONDS)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
