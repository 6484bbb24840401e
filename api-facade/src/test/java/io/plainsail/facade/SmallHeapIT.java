package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.JavaProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The facade as its package runs it, with the heap that it has there. */
@Timeout(300)
class SmallHeapIT {
    private static final int MANY = 10_000;

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void tenThousandSmallJobsFitTheHeapThatTheFacadeIsGiven() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        try (RunningFacade once = RunningFacade.start(directory, transport, "")) {
            new EchoWorker(transport);
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> once.get("/v1/job-types/test.echo/v1").statusCode() == 200);
        }
        int port = FreePorts.next();
        Path config = directory.resolve("facade.yaml");
        // No broker: what is accepted stays in the outbox.
        Files.writeString(config, """
                server:
                  applicationConnectors: [{type: http, port: %1$d, bindHost: 127.0.0.1}]
                  adminConnectors: [{type: http, port: 0, bindHost: 127.0.0.1}]
                  requestLog: {appenders: []}
                logging: {level: WARN}
                amqpUri: amqp://127.0.0.1:%2$d
                store: {url: "jdbc:h2:file:%3$s/jobs"}
                results: {directory: "%3$s/results"}
                """.formatted(port, FreePorts.next(), directory));
        String[] options;
        try (var lines = Files.lines(Path.of("..", "packaging", "jvm.options"))) {
            options = lines.filter(line -> line.startsWith("-")).toArray(String[]::new);
        }
        assertThat(options).contains("-Xmx72m", "-XX:+ExitOnOutOfMemoryError");
        try (JavaProcess facade = JavaProcess.of(FacadeMain.class)
                .jvmOptions(options)
                .arguments("server", config.toString())
                .start()) {
            String base = "http://127.0.0.1:" + port;
            await().atMost(Duration.ofSeconds(90)).until(() -> answers(base));
            for (int round = 0; round < 2; round++) {
                String body = body();
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(URI.create(base + "/v1/jobs/bulk"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                JsonNode told = StrictJson.read(answer.body().getBytes(StandardCharsets.UTF_8));
                assertThat(told.get("accepted").asInt()).isEqualTo(MANY);
            }
            assertThat(facade.isAlive()).isTrue();
        }
    }

    private boolean answers(String base) throws InterruptedException {
        try {
            return http.send(
                                    HttpRequest.newBuilder(URI.create(base + "/v1/job-types/test.echo/v1"))
                                            .build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException e) {
            return false;
        }
    }

    private static String body() {
        String one = """
                {"type":"test.echo","version":1,"input":{"text":"hello"},"labels":{"customer":"4711"}}""";
        return "[" + one + ("," + one).repeat(MANY - 1) + "]";
    }
}
