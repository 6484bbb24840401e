package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.testbed.Broker;
import io.plainsail.testbed.JavaProcess;
import io.plainsail.testbed.RabbitMqExtension;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The exec worker as a process, on a real facade and broker. */
@Timeout(300)
@ExtendWith(RabbitMqExtension.class)
class ExecLineIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final String amqpUri;

    @SuppressWarnings("NullAway.Init")
    private Line line;

    ExecLineIT(Broker broker) {
        amqpUri = broker.freshVirtualHostUri();
    }

    @BeforeEach
    void start() throws Exception {
        line = new Line(directory, amqpUri, Line.h2(directory), "{}");
        line.startFacade();
        line.awaitHealthy();
    }

    @AfterEach
    void stop() {
        line.close();
    }

    /** The facade is not restarted, and knows nothing of it before. */
    @Test
    void aJobTypeOfTheConfigurationIsListedCheckedAndRun() throws Exception {
        assertThat(line.api().get("/v1/job-types").toString()).doesNotContain("text.count");
        try (JavaProcess worker = worker("../workers/exec/examples/exec.yaml")) {
            await().atMost(PATIENCE).until(() -> line.api().status("/v1/job-types/text.count/v1") == 200);
            assertThat(line.api().get("/v1/job-types").toString())
                    .contains("text.count")
                    .contains("exec.run");

            JsonNode job = awaitState(
                    submit("{\"type\": \"text.count\", \"input\": {\"text\": \"to be or not to be\"}}"), "succeeded");
            assertThat(job.at("/output/words").asInt()).isEqualTo(6);
            HttpResponse<byte[]> refused = line.api().submit("{\"type\": \"text.count\", \"input\": {\"text\": 5}}");
            assertThat(refused.statusCode()).isEqualTo(422);
            assertThat(StrictJson.read(refused.body()).toString()).contains("/input/text");
            assertThat(worker.terminate(PATIENCE)).isZero();
        }
    }

    private JavaProcess worker(String config) {
        return JavaProcess.of("io.plainsail.workers.exec.ExecWorker")
                .jvmOptions("-XX:+UseSerialGC", "-Xmx128m", "-XX:TieredStopAtLevel=1")
                .arguments(config)
                .environment("PLAINSAIL_AMQP_URI", amqpUri)
                .environment("PLAINSAIL_FACADE_URL", line.facadeUrl())
                .environment("PLAINSAIL_HEARTBEAT_EVERY", "PT1S")
                .environment("PLAINSAIL_DRAIN_GRACE", "PT1S")
                .environment(
                        "PLAINSAIL_EXAMPLES",
                        Path.of("../workers/exec/examples")
                                .toAbsolutePath()
                                .normalize()
                                .toString())
                .environment(
                        "PLAINSAIL_EXEC_DIRECTORY", directory.resolve("runs").toString())
                .start();
    }

    private JsonNode submit(String request) throws Exception {
        HttpResponse<byte[]> answer = line.api().submit(request);
        assertThat(answer.statusCode())
                .as(new String(answer.body(), StandardCharsets.UTF_8))
                .isEqualTo(202);
        return StrictJson.read(answer.body());
    }

    private JsonNode awaitState(JsonNode job, String state) {
        return await().atMost(PATIENCE).until(() -> line.api().get(path(job)), now -> now.get("state")
                .asText()
                .equals(state));
    }

    private static String path(JsonNode job) {
        return "/v1/jobs/" + job.get("id").asText();
    }
}
