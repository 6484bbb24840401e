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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
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

    private static final Pattern STARTED = Pattern.compile("Worker service exec .* is started as ");

    /** How long the program sleeps: by this its processes are known, here and now. */
    private static final String MARK = "7003." + ProcessHandle.current().pid();

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

    @Test
    void noProcessIsLeftAfterCancelTimeoutStopAndKill() throws Exception {
        Path program = Files.writeString(
                directory.resolve("sleep.sh"), "trap '' TERM; sleep %1$s & sleep %1$s; wait\n".formatted(MARK));
        Path config =
                Files.writeString(directory.resolve("exec.yaml"), """
                handler:
                  directory: %s
                  handlers:
                    sleep: {command: [/bin/sh, %s]}
                """.formatted(directory.resolve("runs"), program));
        try (JavaProcess worker = worker(config.toString())) {
            await().atMost(PATIENCE).until(() -> line.api().status("/v1/job-types/exec.run/v1") == 200);
            JsonNode cancelled = awaitProcesses(sleep(""));
            assertThat(line.api().post(path(cancelled) + "/cancel").statusCode())
                    .isEqualTo(200);
            awaitNoProcess();

            JsonNode late = awaitState(sleep(", \"timeout\": \"PT3S\", \"retry\": {\"attempts\": 1}"), "failed");
            assertThat(late.at("/error/category").asText()).isEqualTo("timeout");
            awaitNoProcess();

            JsonNode stopped = awaitProcesses(sleep(""));
            assertThat(worker.terminate(PATIENCE)).as(worker.outputTail()).isZero();
            assertThat(processes()).isEmpty();
            assertThat(line.api().post(path(stopped) + "/cancel").statusCode()).isEqualTo(200);
        }
        try (JavaProcess worker = worker(config.toString())) {
            JsonNode killed = awaitProcesses(sleep(""));
            worker.kill();
            assertThat(line.api().post(path(killed) + "/cancel").statusCode()).isEqualTo(200);
            assertThat(processes())
                    .as("what the kill has left to the next worker")
                    .isNotEmpty();
            try (JavaProcess next = worker(config.toString())) {
                next.awaitOutput(STARTED, PATIENCE);
                assertThat(processes()).isEmpty();
                assertThat(next.terminate(PATIENCE)).as(next.outputTail()).isZero();
            }
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

    private JsonNode sleep(String more) throws Exception {
        return submit("{\"type\": \"exec.run\", \"input\": {\"handler\": \"sleep\", \"input\": {}}" + more + "}");
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

    private static JsonNode awaitProcesses(JsonNode job) {
        await().atMost(PATIENCE).until(() -> processes().size() >= 2);
        return job;
    }

    private static void awaitNoProcess() {
        await().atMost(PATIENCE).until(() -> processes().isEmpty());
    }

    private static List<String> processes() {
        return ProcessHandle.allProcesses()
                .map(process -> process.info().commandLine().orElse(""))
                .filter(command -> command.endsWith("sleep " + MARK))
                .toList();
    }

    private static String path(JsonNode job) {
        return "/v1/jobs/" + job.get("id").asText();
    }
}
