package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.ResultDelivery.Answer;
import io.plainsail.worker.service.ResultDelivery.Upload;
import io.plainsail.worker.service.ResultDelivery.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
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
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class HttpFacadeAccessTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final UUID JOB = UUID.fromString("01900000-0000-7000-8000-000000000001");

    private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
    private volatile int status = 204;
    private volatile String body = "";
    private volatile String contentType = "application/json";

    private HttpServer server;
    private HttpFacadeAccess delivery;

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

    private static HttpFacadeAccess to(int port, String base) {
        return new HttpFacadeAccess(
                URI.create("http://127.0.0.1:" + port + base),
                new Secret("psk_a_b"),
                null,
                WorkerThreads.pool(2, "test", "results"));
    }

    @AfterEach
    void close() {
        delivery.close();
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] read = exchange.getRequestBody().readAllBytes();
            requests.add(new Request(
                    exchange.getRequestMethod() + " " + exchange.getRequestURI(),
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    exchange.getRequestHeaders().getFirst("Content-Type"),
                    exchange.getRequestHeaders().getFirst("Content-Digest"),
                    read));
            exchange.getResponseHeaders().set("Location", "/elsewhere");
            exchange.getResponseHeaders().set("Content-Type", contentType);
            byte[] sent = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, sent.length == 0 ? -1 : sent.length);
            if (sent.length > 0) {
                exchange.getResponseBody().write(sent);
            }
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
        try (HttpFacadeAccess nowhere = to(free, "")) {
            Answer answer = nowhere.deliver(upload(new Outcome.Bytes("a/b", content), content), PATIENCE);
            assertThat(answer.verdict()).isEqualTo(Verdict.UNAVAILABLE);
            assertThat(answer.detail()).contains("did not answer").doesNotContain("secret-token");
        }
    }

    @Test
    void aFacadeThatDoesNotAnswerCostsThePatienceAndNoMore() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                HttpFacadeAccess slow = to(silent.getLocalPort(), "")) {
            byte[] content = {1};
            Answer answer = slow.deliver(upload(new Outcome.Bytes("a/b", content), content), Duration.ofMillis(100));
            assertThat(answer.verdict()).isEqualTo(Verdict.UNAVAILABLE);
            JobMessage job = Jobs.job("{}");
            AttemptClaim claim = AttemptClaim.of(new Worker("s", "i", "h", "r"), job, true, false);
            assertThat(slow.claim(job, claim, Duration.ofSeconds(8)))
                    .as("it may have been heard")
                    .isEqualTo(new FacadeAccess.Unheard());
        }
    }

    @Test
    void anAnswerThatBreaksOffHoldsNobody() throws IOException {
        ExecutorService each = Executors.newFixedThreadPool(2);
        try (ServerSocket facade = new ServerSocket(0, 3, InetAddress.getLoopbackAddress());
                HttpFacadeAccess broken = to(facade.getLocalPort(), "")) {
            new Thread(() -> breakOff(facade), "breaks off").start();
            // Long enough for the headers to come in it, however busy the machine is.
            Duration patience = Duration.ofSeconds(8);
            JobMessage job = Jobs.job("{}");
            AttemptClaim claim = AttemptClaim.of(new Worker("s", "i", "h", "r"), job, true, false);
            byte[] content = {1};
            CompletableFuture<FacadeAccess.Claimed> claimed =
                    CompletableFuture.supplyAsync(() -> broken.claim(job, claim, patience), each);
            CompletableFuture<Optional<RunningCheck.Answer>> checked = CompletableFuture.supplyAsync(
                    () -> broken.check("i", new RunningCheck(List.of(), List.of()), patience), each);
            Answer delivered = broken.deliver(upload(new Outcome.Bytes("a/b", content), content), patience);
            assertThat(delivered.verdict()).isEqualTo(Verdict.UNAVAILABLE);
            assertThat(delivered.detail()).contains("not whole");
            assertThat(claimed.join()).isEqualTo(new FacadeAccess.Unheard());
            assertThat(checked.join()).isEmpty();
        } finally {
            each.shutdownNow();
        }
    }

    /** Begins an answer on each connection and says no more; ends with the socket. */
    private static void breakOff(ServerSocket facade) {
        List<Socket> open = new ArrayList<>();
        try {
            while (true) {
                Socket connection = facade.accept();
                open.add(connection);
                connection
                        .getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{".getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException closed) {
            open.forEach(HttpFacadeAccessTest::close);
        }
    }

    private static void close(Socket connection) {
        try {
            connection.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aFileThatIsGoneIsRefused() {
        Answer answer = delivery.deliver(
                upload(new Outcome.OnDisk("a/b", directory.resolve("gone")), new byte[] {1}), PATIENCE);
        assertThat(answer.verdict()).isEqualTo(Verdict.REFUSED);
        assertThat(requests).isEmpty();
    }

    // Questions -------------------------------------------------------------------------------------------------

    @Test
    void aClaimIsAskedWithTheTokenOfTheJob() {
        body = "{\"verdict\":\"run\",\"attempt\":3,\"lost\":1,\"afterSeconds\":0,\"reason\":\"run\",\"new\":true}";
        status = 200;
        JobMessage job = Jobs.job("{}").asAttempt(2);
        AttemptClaim claim = AttemptClaim.of(new Worker("s", "i", "h", "r"), job, true, false);
        assertThat(delivery.claim(job, claim, PATIENCE)).isEqualTo(new FacadeAccess.Answered(ClaimAnswer.run(3, 1)));
        Request request = requests.get(0);
        assertThat(request.line()).isEqualTo("POST /base/v1/jobs/" + job.jobId() + "/attempts/2/claim");
        assertThat(request.token()).isEqualTo("Bearer " + job.token());
        assertThat(AttemptClaim.decode(request.body())).isEqualTo(claim);
    }

    @Test
    void aCheckTellsWhatRuns() {
        body = "{\"over\":[{\"job\":\"" + JOB
                + "\",\"attempt\":1,\"reason\":\"cancelled\"}],\"claimEach\":[\"a.b.v1\"]}";
        status = 200;
        RunningCheck check = new RunningCheck(List.of("a.b.v1"), List.of(new RunningCheck.Running(JOB, 1)));
        assertThat(delivery.check("host/1 2", check, PATIENCE))
                .contains(new RunningCheck.Answer(
                        List.of(new RunningCheck.Over(JOB, 1, "cancelled")), List.of("a.b.v1"), false));
        assertThat(requests.get(0).line()).isEqualTo("POST /base/v1/workers/host%2F1%202/check");
        assertThat(requests.get(0).token()).isEqualTo("Bearer psk_a_b");
        assertThat(RunningCheck.decode(requests.get(0).body())).isEqualTo(check);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "503|{}",
                "200|{",
                "200|null",
                "200|{\"verdict\":\"maybe\",\"reason\":\"\"}",
                "200|{\"verdict\":\"run\",\"attempt\":0,\"reason\":\"\"}",
                "200|{\"verdict\":\"wait\",\"afterSeconds\":0,\"reason\":\"\"}",
                "204|"
            })
    void anAnswerThatCannotBeReadIsNone(int code, String text) {
        status = code;
        body = text == null ? "" : text;
        JobMessage job = Jobs.job("{}");
        AttemptClaim claim = AttemptClaim.of(new Worker("s", "i", "h", "r"), job, true, false);
        assertThat(delivery.claim(job, claim, PATIENCE)).isEqualTo(new FacadeAccess.Unheard());
    }

    @Test
    void onlyTheFacadesOwnWordRefusesAClaim() {
        JobMessage job = Jobs.job("{}");
        AttemptClaim claim = AttemptClaim.of(new Worker("s", "i", "h", "r"), job, true, false);
        body = "{\"type\":\"urn:plainsail:problem:invalid-token\"}";
        for (int code : new int[] {400, 403}) {
            status = code;
            contentType = "application/problem+json";
            assertThat(delivery.claim(job, claim, PATIENCE))
                    .isInstanceOfSatisfying(FacadeAccess.Refused.class, refused -> assertThat(refused.reason())
                            .contains(Integer.toString(code), "invalid-token"));
            contentType = "text/html";
            assertThat(delivery.claim(job, claim, PATIENCE)).isEqualTo(new FacadeAccess.Unheard());
        }
    }

    @Test
    void aTokenThatIsNoHeaderValueIsRefused() {
        JobMessage job = Jobs.job("{}");
        JobMessage hostile = JobMessage.builder(
                        job.jobId(), job.jobType(), job.acceptedAt(), job.timeout(), "a\r\nX-Other: b", job.input())
                .retryBounds(job.retryBounds())
                .build();
        AttemptClaim claim = AttemptClaim.of(new Worker("s", "i", "h", "r"), hostile, true, false);
        assertThat(delivery.claim(hostile, claim, PATIENCE)).isInstanceOf(FacadeAccess.Refused.class);
        assertThat(requests).isEmpty();
    }

    @Test
    void aFacadeThatIsAwayGivesNoAnswer() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (HttpFacadeAccess nobody = to(port, "/")) {
            RunningCheck check = new RunningCheck(List.of(), List.of());
            assertThat(nobody.check("i", check, PATIENCE)).isEmpty();
            JobMessage job = Jobs.job("{}");
            AttemptClaim claim = AttemptClaim.of(new Worker("s", "i", "h", "r"), job, true, false);
            assertThat(nobody.claim(job, claim, PATIENCE)).isEqualTo(new FacadeAccess.NotReached());
        }
    }
}
