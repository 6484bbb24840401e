package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.JavaProcess;
import io.plainsail.workers.webhook.SigningKey;
import io.plainsail.workers.webhook.WebhookSignature;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The newcomer's edition as a process. */
class StandaloneIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern READY = Pattern.compile("Plainsail is ready at (http://\\S+)");

    @TempDir
    Path directory;

    private JavaProcess start(int port) {
        return JavaProcess.of(StandaloneMain.class)
                .jvmOptions("-XX:+UseSerialGC", "-Xmx384m", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
                .arguments("--port", Integer.toString(port), "--data", directory.toString())
                .start();
    }

    private ApiClient api(int port) {
        return new ApiClient("http://127.0.0.1:" + port, directory.resolve("admin.key"));
    }

    private static String document(int number) {
        return """
                {"type": "document.render", "labels": {"number": "%1$d"}, "input":
                  {"template": "# Letter {{number}}", "templateFormat": "markdown", "output": "html",
                   "data": {"number": %1$d}}}""".formatted(number);
    }

    @Test
    void killedMidRunItGoesOnWhereItWas() throws Exception {
        int port = FreePorts.next();
        ApiClient api = api(port);
        try (JavaProcess standalone = start(port)) {
            standalone.awaitOutput(READY, PATIENCE);
            Load load = new Load(api, StandaloneIT::document);
            Thread faults = new Thread(() -> {
                await().atMost(PATIENCE).until(() -> load.accepted() >= 120);
                standalone.kill();
                standalone.restart();
                await().atMost(PATIENCE).until(() -> load.accepted() >= 240);
                standalone.kill();
                standalone.restart();
            });
            faults.start();
            load.offer(400);
            faults.join(TimeUnit.MINUTES.toMillis(3));
            assertThat(faults.isAlive()).isFalse();

            load.awaitAllFinished();
            load.check("succeeded");
        }
    }

    /** The shell that runs the line which it prints is let in; nobody else is. */
    @Test
    void everyCallTakesTheKeyThatItNames() throws Exception {
        int port = FreePorts.next();
        try (JavaProcess standalone = start(port)) {
            String exports = standalone
                    .awaitOutput(Pattern.compile("^\\s*(export PLAINSAIL_URL=.*)$", Pattern.MULTILINE), PATIENCE)
                    .group(1);
            Process shell = new ProcessBuilder(
                            "bash", "-euc", exports + "\nprintf '%s\\n' \"$PLAINSAIL_URL\" \"$PLAINSAIL_API_KEY_FILE\"")
                    .start();
            List<String> known = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            assertThat(known)
                    .containsExactly(
                            "http://127.0.0.1:" + port,
                            directory.resolve("admin.key").toString());

            assertThat(new ApiClient(known.get(0), Path.of(known.get(1))).status("/v1/jobs"))
                    .isEqualTo(200);
            assertThat(new ApiClient(known.get(0)).status("/v1/jobs")).isEqualTo(401);
            assertThat(new ApiClient(known.get(0)).submit(document(1)).statusCode())
                    .isEqualTo(401);
            assertThat(new ApiClient(known.get(0)).status("/health/ready")).isEqualTo(200);
            assertThat(Files.getPosixFilePermissions(Path.of(known.get(1))))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
    }

    @Test
    void askedToItAsksForNoKey() throws Exception {
        int port = FreePorts.next();
        try (JavaProcess standalone = JavaProcess.of(StandaloneMain.class)
                .jvmOptions("-XX:+UseSerialGC", "-Xmx384m", "-XX:TieredStopAtLevel=1")
                .arguments("--port", Integer.toString(port), "--data", directory.toString(), "--without-keys")
                .start()) {
            standalone.awaitOutput(READY, PATIENCE);
            assertThat(new ApiClient("http://127.0.0.1:" + port).status("/v1/jobs"))
                    .isEqualTo(200);
        }
    }

    @Test
    void secondProcessOnTheSameDataIsToldWhy() {
        try (JavaProcess first = start(FreePorts.next())) {
            first.awaitOutput(READY, PATIENCE);
            try (JavaProcess second = start(FreePorts.next())) {
                second.awaitOutput(Pattern.compile("another process has this file open"), PATIENCE);
                await().atMost(PATIENCE).until(() -> !second.isAlive());
            }
            assertThat(first.isAlive()).isTrue();
        }
    }

    @Test
    void terminatedItDrainsAndEndsInOrder() throws Exception {
        int port = FreePorts.next();
        try (JavaProcess standalone = start(port)) {
            standalone.awaitOutput(READY, PATIENCE);
            new Load(api(port), StandaloneIT::document).offer(20);

            standalone.terminate(Duration.ofSeconds(60));
            standalone.awaitOutput(Pattern.compile("Stopped; 0 jobs stay in the outbox"), PATIENCE);
        }
    }

    @Test
    void callbackIsDeliveredByTheWebhookWorkerSignedAndAttemptedAgain() throws Exception {
        int port = FreePorts.next();
        ApiClient api = api(port);
        List<HttpExchange> received = new CopyOnWriteArrayList<>();
        List<byte[]> bodies = new CopyOnWriteArrayList<>();
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            bodies.add(exchange.getRequestBody().readAllBytes());
            received.add(exchange);
            if (received.size() == 1) {
                exchange.getResponseHeaders().add("Retry-After", "1");
            }
            exchange.sendResponseHeaders(received.size() == 1 ? 503 : 204, -1);
            exchange.close();
        });
        receiver.start();
        try (JavaProcess standalone = start(port)) {
            standalone.awaitOutput(READY, PATIENCE);
            String callback = ", \"callback\": {\"url\": \"http://127.0.0.1:"
                    + receiver.getAddress().getPort() + "/told\"}}";
            JsonNode job = StrictJson.read(
                    api.submit(document(1).strip().replaceFirst("}$", callback)).body());
            await().atMost(PATIENCE).until(() -> received.size() == 2);

            JsonNode told = StrictJson.read(bodies.get(1));
            assertThat(told.get("type").asText()).isEqualTo("job.succeeded");
            assertThat(told.at("/data/id")).isEqualTo(job.get("id"));
            SigningKey key = SigningKey.of(Files.readString(directory.resolve("webhook-signing-key")));
            for (int i = 0; i < 2; i++) {
                String id = WebhookSignature.verify(
                        received.get(i).getRequestHeaders(),
                        bodies.get(i),
                        key,
                        WebhookSignature.DEFAULT_TOLERANCE,
                        Clock.systemUTC());
                assertThat(id).as("one webhook, two attempts").isEqualTo(deliveryOf(api, job));
            }
        } finally {
            receiver.stop(0);
        }
    }

    private static String deliveryOf(ApiClient api, JsonNode job) throws Exception {
        return api.get("/v1/jobs?label=callback-of:" + job.get("id").asText())
                .at("/jobs/0/id")
                .asText();
    }

    @Test
    void demoShowsTheWholeLine() {
        try (JavaProcess demo = JavaProcess.of(DemoMain.class)
                .jvmOptions("-XX:+UseSerialGC", "-Xmx384m", "-Djava.awt.headless=true")
                .arguments("--exit", "--data", directory.toString(), "--sources", "..")
                .start()) {
            demo.awaitOutput(Pattern.compile("All went as it should"), PATIENCE);
            await().atMost(PATIENCE).until(() -> !demo.isAlive());
        }
        assertThat(directory.resolve("invoice.pdf")).isNotEmptyFile();
        assertThat(Files.exists(directory.resolve("jobs.mv.db"))).isTrue();
    }
}
