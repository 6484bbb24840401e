package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.ResultDelivery.Answer;
import io.plainsail.worker.service.ResultDelivery.Upload;
import io.plainsail.worker.service.ResultDelivery.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class HttpResultDeliveryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final UUID JOB = UUID.fromString("01900000-0000-7000-8000-000000000001");

    private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
    private volatile int status = 204;

    private HttpServer server;
    private HttpResultDelivery delivery;

    @TempDir
    Path directory;

    private record Request(String line, String token, String type, String digest, byte[] body) {}

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        delivery = to(server.getAddress().getPort(), "/base/");
    }

    private static HttpResultDelivery to(int port, String base) {
        return new HttpResultDelivery(
                URI.create("http://127.0.0.1:" + port + base), WorkerThreads.pool(2, "test", "results"));
    }

    @AfterEach
    void close() {
        delivery.close();
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            requests.add(new Request(
                    exchange.getRequestMethod() + " " + exchange.getRequestURI(),
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    exchange.getRequestHeaders().getFirst("Content-Type"),
                    exchange.getRequestHeaders().getFirst("Content-Digest"),
                    body));
            exchange.getResponseHeaders().set("Location", "/elsewhere");
            exchange.sendResponseHeaders(status, -1);
        }
    }

    private static Upload upload(Outcome.File file, byte[] content) {
        return new Upload(JOB, 3, "secret-token", file, content.length, sha256(content));
    }

    private static byte[] sha256(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aFileOnDiskIsPutWithTokenTypeAndDigest() throws IOException {
        byte[] content = "x".repeat(300_000).getBytes(StandardCharsets.UTF_8);
        Path path = Files.write(directory.resolve("file.pdf"), content);
        Answer answer = delivery.deliver(upload(new Outcome.OnDisk("application/pdf", path), content), PATIENCE);

        assertThat(answer.verdict()).isEqualTo(Verdict.TAKEN);
        Request request = requests.get(0);
        assertThat(request.line()).isEqualTo("PUT /base/v1/jobs/" + JOB + "/attempts/3/result");
        assertThat(request.token()).isEqualTo("Bearer secret-token");
        assertThat(request.type()).isEqualTo("application/pdf");
        assertThat(request.digest()).isEqualTo("sha-256=:" + Base64.getEncoder().encodeToString(sha256(content)) + ":");
        assertThat(request.body()).isEqualTo(content);
    }

    @Test
    void aFileInMemoryIsPutToo() {
        byte[] content = {1, 2, 3};
        delivery.deliver(upload(new Outcome.Bytes("a/b", content), content), PATIENCE);
        assertThat(requests.get(0).body()).isEqualTo(content);
    }

    @ParameterizedTest
    @CsvSource({
        "204, TAKEN",
        "201, TAKEN",
        "302, REFUSED",
        "400, REFUSED",
        "401, REFUSED",
        "404, REFUSED",
        "408, UNAVAILABLE",
        "409, NOT_CURRENT",
        "413, TOO_LARGE",
        "422, REFUSED",
        "429, UNAVAILABLE",
        "500, UNAVAILABLE",
        "503, UNAVAILABLE"
    })
    void everyAnswerHasItsVerdict(int answered, Verdict verdict) {
        status = answered;
        byte[] content = {1};
        Answer answer = delivery.deliver(upload(new Outcome.Bytes("a/b", content), content), PATIENCE);
        assertThat(answer.verdict()).isEqualTo(verdict);
        assertThat(answer.detail()).contains(Integer.toString(answered));
        assertThat(requests).as("redirects are not followed").hasSize(1);
    }

    @Test
    void aFacadeThatIsNotThereIsUnavailable() throws IOException {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        byte[] content = {1};
        try (HttpResultDelivery nowhere = to(free, "")) {
            Answer answer = nowhere.deliver(upload(new Outcome.Bytes("a/b", content), content), PATIENCE);
            assertThat(answer.verdict()).isEqualTo(Verdict.UNAVAILABLE);
            assertThat(answer.detail()).contains("did not answer").doesNotContain("secret-token");
        }
    }

    @Test
    void aFacadeThatDoesNotAnswerCostsThePatienceAndNoMore() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                HttpResultDelivery slow = to(silent.getLocalPort(), "")) {
            byte[] content = {1};
            Answer answer = slow.deliver(upload(new Outcome.Bytes("a/b", content), content), Duration.ofMillis(100));
            assertThat(answer.verdict()).isEqualTo(Verdict.UNAVAILABLE);
        }
    }

    @Test
    void aFileThatIsGoneIsRefused() {
        Answer answer = delivery.deliver(
                upload(new Outcome.OnDisk("a/b", directory.resolve("gone")), new byte[] {1}), PATIENCE);
        assertThat(answer.verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(requests).isEmpty();
    }
}
