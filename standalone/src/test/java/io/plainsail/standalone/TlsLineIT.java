package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.messaging.tls.PemFiles;
import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.JavaProcess;
import io.plainsail.testbed.PrivateRabbitMq;
import io.plainsail.testbed.TestAuthority;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole line with the facade's own configuration file, and nothing in the clear: caller and worker to the facade over
 * https, both to the broker over amqps, certificates of a private authority, keys required.
 */
class TlsLineIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path directory;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final int port = FreePorts.next();
    private final int amqpPort = FreePorts.next();
    private TestAuthority authority;
    private HttpClient http;

    @AfterEach
    void stop() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private String start() throws IOException {
        if (!PrivateRabbitMq.isInstalled()) {
            assertThat(System.getenv("CI"))
                    .as("RabbitMQ must be installed in CI")
                    .isNull();
            Assumptions.abort("RabbitMQ is not installed: apt-get install rabbitmq-server");
        }
        authority = TestAuthority.in(directory);
        TestAuthority.Issued own = authority.issue("ip:127.0.0.1");
        opened.add(PrivateRabbitMq.start(PrivateRabbitMq.Options.defaults()
                .withConfiguration("listeners.ssl.default", "127.0.0.1:" + amqpPort)
                .withConfiguration("ssl_options.certfile", own.certFile().toString())
                .withConfiguration("ssl_options.keyfile", own.keyFile().toString())
                .withConfiguration("ssl_options.cacertfile", authority.caFile().toString())
                .withConfiguration("ssl_options.verify", "verify_none")));
        opened.add(JavaProcess.of("io.plainsail.facade.FacadeMain")
                .jvmOptions("-XX:+UseSerialGC", "-Xmx256m", "-XX:TieredStopAtLevel=1")
                .environment("PLAINSAIL_PORT", Integer.toString(port))
                .environment("PLAINSAIL_ADMIN_PORT", Integer.toString(FreePorts.next()))
                .environment("PLAINSAIL_TLS_CERT_FILE", own.certFile().toString())
                .environment("PLAINSAIL_TLS_KEY_FILE", own.keyFile().toString())
                .environment("PLAINSAIL_AMQP_URI", amqpUri())
                .environment("PLAINSAIL_AMQP_CA_FILE", authority.caFile().toString())
                .environment("PLAINSAIL_ACCESS_REQUIRED", "true")
                .environment(
                        "PLAINSAIL_ADMIN_KEY_FILE",
                        directory.resolve("admin.key").toString())
                .environment(
                        "PLAINSAIL_WORKER_KEY_FILE",
                        directory.resolve("worker.key").toString())
                .environment("PLAINSAIL_JDBC_URL", "jdbc:h2:file:" + directory.resolve("jobs"))
                .environment("PLAINSAIL_RESULTS", directory.resolve("results").toString())
                .arguments(
                        "server",
                        Path.of("..", "api-facade", "facade.yaml")
                                .toAbsolutePath()
                                .toString())
                .start());
        http = HttpClient.newBuilder()
                .sslContext(PemFiles.trusting(authority.caFile()))
                .connectTimeout(PATIENCE)
                .build();
        await().atMost(PATIENCE).until(() -> get("/health/ready", "").statusCode() == 200);
        return Files.readString(directory.resolve("admin.key")).strip();
    }

    private String amqpUri() {
        return "amqps://guest:guest@127.0.0.1:" + amqpPort + "/%2f";
    }

    private JavaProcess startWorker(String facade, Path caFile) throws IOException {
        JavaProcess worker = JavaProcess.of(EchoWorkerMain.class)
                .jvmOptions("-XX:+UseSerialGC", "-Xmx128m", "-XX:TieredStopAtLevel=1")
                .environment("PLAINSAIL_AMQP_URI", amqpUri())
                .environment("PLAINSAIL_AMQP_CA_FILE", authority.caFile().toString())
                .environment("PLAINSAIL_FACADE_URL", facade)
                .environment("PLAINSAIL_FACADE_CA_FILE", caFile.toString())
                .environment(
                        "PLAINSAIL_FACADE_KEY",
                        Files.readString(directory.resolve("worker.key")).strip())
                .start();
        opened.add(worker);
        return worker;
    }

    private HttpResponse<byte[]> get(String path, String key) throws InterruptedException {
        return send(HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + path)), key);
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request, String key) throws InterruptedException {
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        return await().atMost(PATIENCE)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(
                        () -> http.send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofByteArray()),
                        answer -> true);
    }

    @Test
    void aLargeResultComesBackWithNothingInTheClear() throws Exception {
        String admin = start();
        startWorker("https://127.0.0.1:" + port, authority.caFile());
        await().atMost(PATIENCE)
                .until(() -> get("/v1/job-types/test.echo/v1", admin).statusCode() == 200);
        HttpRequest.Builder submission = HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + "/v1/jobs"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"file:3000000\"}}"));
        HttpResponse<byte[]> accepted = send(submission, admin);
        assertThat(accepted.statusCode()).as(new String(accepted.body())).isEqualTo(202);
        String job = "/v1/jobs/" + StrictJson.read(accepted.body()).get("id").asText();
        JsonNode ended = await().atMost(PATIENCE)
                .until(
                        () -> StrictJson.read(get(job, admin).body()),
                        state -> state.get("state").asText().equals("succeeded"));
        assertThat(ended.get("attempts")).hasSize(1);
        assertThat(get(job + "/result", admin).body()).hasSize(3_000_000).containsOnly('x');
        // That the worker is seen as an instance shows that its checks come through, too.
        await().atMost(PATIENCE)
                .until(() -> StrictJson.read(get("/v1/workers", admin).body())
                                .get("workers")
                                .size()
                        == 1);
    }

    @Test
    void aWorkerTrustsNoOtherFacadeAndSaysWhy() throws Exception {
        start();
        TestAuthority other = TestAuthority.in(Files.createDirectory(directory.resolve("other")));
        startWorker("https://127.0.0.1:" + port, other.caFile())
                .awaitOutput(
                        Pattern.compile("The facade at \\S+ does not answer: its certificate is of no authority in "
                                + Pattern.quote(other.caFile().toString())),
                        PATIENCE);
        startWorker("https://localhost:" + port, authority.caFile())
                .awaitOutput(Pattern.compile("does not answer: its certificate is for another name"), PATIENCE);
    }
}
