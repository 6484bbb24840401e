package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.testbed.Broker;
import io.plainsail.testbed.RabbitMqExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The worker of examples/python-worker, which knows Plainsail by docs/wire.md alone, on a real facade and broker. */
@Timeout(240)
@ExtendWith(RabbitMqExtension.class)
class PythonWorkerIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Debian's own: python3-pika is installed for this one, whichever else comes first on the path. */
    private static final String PYTHON = "/usr/bin/python3";

    /** At a second each: long enough to be seen running, and ended before it is over. */
    private static final String TEN_LINES = "a\\nb\\nc\\nd\\ne\\nf\\ng\\nh\\ni\\nj";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final String amqpUri;

    @SuppressWarnings("NullAway.Init")
    private Line line;

    private @Nullable Process worker;

    PythonWorkerIT(Broker broker) throws Exception {
        skipWithoutPika();
        amqpUri = broker.freshVirtualHostUri();
    }

    private static void skipWithoutPika() throws Exception {
        boolean there = Files.isExecutable(Path.of(PYTHON))
                && new ProcessBuilder(PYTHON, "-c", "import pika")
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0;
        String missing = PYTHON + " has no module pika. Install it: apt-get install python3-pika";
        if (!there && "true".equals(System.getenv("CI"))) {
            throw new AssertionError(missing);
        }
        Assumptions.assumeTrue(there, missing);
    }

    @BeforeEach
    void start() throws Exception {
        line = new Line(directory, amqpUri, Line.h2(directory), "{}");
        line.startFacade();
        line.awaitHealthy();
        worker = startWorker();
        await().atMost(PATIENCE).until(() -> line.api().status("/v1/job-types/text.measure/v1") == 200);
    }

    @AfterEach
    void stop() {
        if (worker != null) {
            worker.destroyForcibly();
        }
        if (line != null) {
            line.close();
        }
    }

    private Process startWorker() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(PYTHON, "../examples/python-worker/worker.py")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("python.log").toFile()));
        builder.environment().put("PLAINSAIL_AMQP_URI", amqpUri);
        builder.environment().put("PLAINSAIL_FACADE_URL", line.facadeUrl());
        builder.environment().put("PLAINSAIL_HEARTBEAT_EVERY", "PT1S");
        return builder.start();
    }

    @Test
    void jobSucceedsAndWhatIsCancelledStops() throws Exception {
        JsonNode job = awaitState(submit("to be\\nor not to be", 0), "succeeded");
        assertThat(job.get("output").toString()).isEqualTo("{\"lines\":2,\"words\":6,\"characters\":18}");
        assertThat(line.api().get(path(job) + "/logs").toString()).contains("counted 6 words");
        assertThat(job.at("/attempts/0/service").asText()).isEqualTo("python-example");

        // One job at a time runs there: the second one can only succeed because the first one has stopped.
        JsonNode endless = awaitState(submit("a\\nb\\nc\\nd\\ne\\nf\\ng\\nh", 60), "running");
        await().atMost(PATIENCE)
                .until(
                        () -> line.api()
                                .get(path(endless))
                                .at("/progress/message")
                                .asText(),
                        "line 1 of 8"::equals);
        assertThat(line.api().post(path(endless) + "/cancel").statusCode()).isEqualTo(200);
        awaitState(submit("again", 0), "succeeded");
        assertThat(line.api().get(path(endless)).get("state").asText()).isEqualTo("cancelled");
    }

    @Test
    void killedMidRunItsJobIsFinishedByTheNextOne() throws Exception {
        JsonNode job = awaitState(submit(TEN_LINES, 1), "running");
        running().destroyForcibly();
        assertThat(running().waitFor(60, TimeUnit.SECONDS)).isTrue();
        worker = startWorker();

        JsonNode finished = awaitState(job, "succeeded");
        assertThat(finished.at("/output/words").asInt()).isEqualTo(10);
        assertThat(finished.get("attempts")).as("%s", finished).hasSize(2);
    }

    @Test
    void terminatedItFinishesWhatRunsAndEndsWell() throws Exception {
        JsonNode job = awaitState(submit(TEN_LINES, 1), "running");
        running().destroy();
        assertThat(running().waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(running().exitValue()).as(log()).isZero();
        assertThat(awaitState(job, "succeeded").get("attempts")).hasSize(1);
    }

    private Process running() {
        Process process = worker;
        if (process == null) {
            throw new IllegalStateException("not started");
        }
        return process;
    }

    private JsonNode submit(String text, int secondsPerLine) throws Exception {
        var answer = line.api()
                .submit("{\"type\": \"text.measure\", \"input\": {\"text\": \"%s\", \"secondsPerLine\": %d}}"
                        .formatted(text, secondsPerLine));
        JsonNode job = StrictJson.read(answer.body());
        assertThat(answer.statusCode()).as("%s", job).isEqualTo(202);
        return job;
    }

    private JsonNode awaitState(JsonNode job, String state) throws Exception {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(
                        line.api().get(path(job)).get("state").asText())
                .as(log())
                .isEqualTo(state));
        return line.api().get(path(job));
    }

    private static String path(JsonNode job) {
        return "/v1/jobs/" + job.get("id").asText();
    }

    private String log() throws IOException {
        Path file = directory.resolve("python.log");
        return Files.exists(file) ? Files.readString(file) : "";
    }
}
