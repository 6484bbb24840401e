package io.plainsail.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.plainsail.bench.measure.Sample;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The loops against a server whose answers the test decides on. */
class LoopsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Sample NO_SAMPLE = new Sample(1, Map.of(), Map.of(), Map.of(), 0);

    private final Tally tally = new Tally();
    private final AtomicInteger requests = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;

    /** Says how the request of that number is answered. */
    private interface Answers {
        String to(int number, String path) throws InterruptedException;
    }

    @BeforeEach
    void listen() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.start();
        tally.measure(true);
    }

    @AfterEach
    void end() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** Answers are a status and a body. */
    private void answer(Answers answers) {
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            String answer;
            try {
                answer = answers.to(
                        requests.incrementAndGet(), exchange.getRequestURI().getPath());
            } catch (InterruptedException e) {
                answer = "500 the test has ended";
            }
            byte[] body = answer.substring(4).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(Integer.parseInt(answer.substring(0, 3)), body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
    }

    private Target target(int jobsPerRequest, int connections) {
        return new Target(server.getAddress().getPort(), 1, jobsPerRequest, connections);
    }

    private LoadResult result() {
        return tally.result(NO_SAMPLE, NO_SAMPLE);
    }

    @Test
    void aClosedLoopCountsAcceptedAndRefusedRequests() throws InterruptedException {
        answer((number, path) -> number == 2 ? "503 {}" : "202 {\"id\":\"x\"}");
        ClosedLoop loop = new ClosedLoop(target(1, 1), tally, new Backlog(0));
        loop.start();
        await().atMost(PATIENCE).until(() -> requests.get() > 20);
        loop.stop();
        assertThat(result().refused()).isEqualTo(1);
        assertThat(result().jobs())
                .isEqualTo(requests.get() - 1)
                .isEqualTo(result().answers().count());
        assertThat(result().failures()).isZero();
    }

    @Test
    void anyOtherAnswerIsAFailureAndSoIsAJobRefusedAmongMany() throws InterruptedException {
        answer((number, path) -> number == 1 ? "500 oh" : "200 {\"accepted\":9,\"refused\":1}");
        ClosedLoop loop = new ClosedLoop(target(10, 1), tally, new Backlog(0));
        loop.start();
        await().atMost(PATIENCE).until(() -> requests.get() > 2);
        loop.stop();
        assertThat(result().firstFailure()).isEqualTo("500 oh");
        assertThat(result().failures()).isEqualTo(requests.get());
        assertThat(result().jobs()).isEqualTo(9L * (requests.get() - 1));
    }

    @Test
    void theBacklogHoldsRequestsBackUntilJobsFinish() throws InterruptedException {
        answer((number, path) -> "200 {\"accepted\":10}");
        Backlog backlog = new Backlog(35);
        ClosedLoop loop = new ClosedLoop(target(10, 2), tally, backlog);
        loop.start();
        await().atMost(PATIENCE).until(() -> result().jobs() == 30);
        backlog.left(4);
        await().during(100, TimeUnit.MILLISECONDS).until(() -> result().jobs() == 30);
        backlog.left(10);
        await().atMost(PATIENCE).until(() -> result().jobs() == 40);
        backlog.left(10); // told again
        await().during(100, TimeUnit.MILLISECONDS).until(() -> result().jobs() == 40);
        loop.stop();
    }

    @Test
    void anOpenLoopMeasuresTheWaitOfRequestsThatCouldNotBeSentInTime() throws InterruptedException {
        CountDownLatch stalled = new CountDownLatch(1);
        answer((number, path) -> {
            if (number == 1) {
                stalled.await();
            }
            return "202 {}";
        });
        OpenLoop loop = new OpenLoop(target(1, 1), 100, tally, Clock.systemUTC());
        loop.start();
        await().atMost(PATIENCE).until(() -> requests.get() == 1);
        TimeUnit.MILLISECONDS.sleep(400); // that many ticks pass on the only connection
        stalled.countDown();
        await().atMost(PATIENCE).until(() -> requests.get() > 60);
        loop.stop();
        // Forty requests were due within the stall: half of them waited for more than 200 ms, though each was
        // answered at once when it was sent.
        assertThat(result().answers().buckets().entrySet().stream()
                        .filter(bucket -> bucket.getKey() > 200_000)
                        .mapToLong(Map.Entry::getValue)
                        .sum())
                .isGreaterThan(15L);
        assertThat(result().stamped()).isEqualTo(result().jobs());
    }

    @Test
    void oneJobInTenIsFollowedUntilItHasSucceeded() throws InterruptedException {
        String id = "01890a5d-ac96-774b-bcce-b302099a8057";
        List<String> states = List.of("queued", "queued", "succeeded");
        AtomicInteger asked = new AtomicInteger();
        answer((number, path) -> path.endsWith(id)
                ? "200 {\"state\":\"" + states.get(asked.getAndIncrement() % 3) + "\"}"
                : "202 {\"id\":\"" + id + "\"}");
        OpenLoop loop = new OpenLoop(target(1, 2), 500, tally, Clock.systemUTC());
        loop.start();
        await().atMost(PATIENCE).until(() -> result().outcomes().count() >= 3);
        loop.stop();
        assertThat(result().failures()).isZero();
        assertThat(result().outcomes().count()).isBetween(3L, result().jobs() / 10 + 1);
    }
}
