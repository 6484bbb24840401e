package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.messaging.Delay;
import io.plainsail.testbed.JavaProcess;
import io.plainsail.testbed.PrivateRabbitMq;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Workers that die, freeze or are told to stop, as processes of their own; the lease is 5 s where nothing else is said. */
class GuardIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** Nothing here ends it; each test has a virtual host. */
    private static PrivateRabbitMq broker;

    @TempDir
    Path directory;

    private String amqpUri;
    private Line line;

    @BeforeAll
    static void startBroker() {
        if (!PrivateRabbitMq.isInstalled()) {
            assertThat(System.getenv("CI"))
                    .as("RabbitMQ must be installed in CI")
                    .isNull();
            Assumptions.abort("RabbitMQ is not installed: apt-get install rabbitmq-server");
        }
        // A frozen worker is found by its silence: after two to three heartbeats.
        broker = PrivateRabbitMq.start(PrivateRabbitMq.Options.defaults().withConfiguration("heartbeat", "5"));
        // Else a consumer's timeout is looked at once a minute only.
        setBroker("channel_tick_interval", 1_000);
    }

    @AfterAll
    static void endBroker() {
        if (broker != null) {
            broker.close();
        }
    }

    /** For channels that are opened from now on. */
    private static void setBroker(String name, int value) {
        broker.rabbitmqctl("eval", "application:set_env(rabbit, %s, %d).".formatted(name, value));
    }

    @BeforeEach
    void make() {
        amqpUri = broker.freshVirtualHostUri();
        line = new Line(directory, amqpUri, Line.h2(directory), "{}");
    }

    private void start() throws Exception {
        line.startFacade();
        line.startWorker();
        line.awaitContract();
    }

    @AfterEach
    void stop() {
        line.close();
    }

    private String accept(String text) throws Exception {
        HttpResponse<byte[]> answer =
                line.api().submit("{\"type\":\"test.echo\",\"input\":{\"text\":\"" + text + "\"}}");
        assertThat(answer.statusCode())
                .as(new String(answer.body(), StandardCharsets.UTF_8))
                .isEqualTo(202);
        return StrictJson.read(answer.body()).get("id").asText();
    }

    private JsonNode awaitState(String id, String state) {
        return await().atMost(PATIENCE).until(() -> line.api().get("/v1/jobs/" + id), job -> job.get("state")
                .asText()
                .equals(state));
    }

    @Test
    void aFrozenWorkerLosesItsJobAndCannotOverwriteItsSuccessor() throws Exception {
        start();
        String id = accept("long:12");
        awaitState(id, "running");
        JavaProcess second = line.startWorker();
        line.worker().freeze();
        await().atMost(PATIENCE).until(() -> line.runsOf(id).size() == 2);
        assertThat(line.runsOf(id).get(1)).endsWith(" " + second.pid());
        line.worker().thaw();

        JsonNode done = awaitState(id, "succeeded");
        assertThat(done.get("attempts")).hasSize(2);
        assertThat(done.at("/attempts/0/reason").asText()).startsWith("lost");
        assertThat(done.at("/attempts/1/instance").asText()).contains("-" + second.pid() + "-");
        assertThat(line.runsOf(id)).hasSize(2);
    }

    @Test
    void aWorkerLearnsThatItLostItsJob() throws Exception {
        start();
        // It must not be over when the worker goes on, however late its silence is found.
        String id = accept("long:110");
        awaitState(id, "running");
        line.startWorker();
        line.worker().freeze();
        await().atMost(PATIENCE).until(() -> line.runsOf(id).size() == 2);
        line.worker().thaw();
        line.worker()
                .awaitOutput(
                        Pattern.compile("attempt 1 of job " + id + " is stopped: attempt \\d has followed"), PATIENCE);
    }

    @Test
    void jobsOfAKilledWorkerRunAgainElsewhere() throws Exception {
        start();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            ids.add(accept("once:100"));
        }
        for (String id : ids) {
            awaitState(id, "running");
        }
        String waiting = accept("one of many");
        line.startWorker();
        line.worker().kill();
        for (String id : ids) {
            JsonNode job = awaitState(id, "succeeded");
            assertThat(job.get("attempts")).hasSize(2);
            assertThat(line.runsOf(id)).hasSize(2);
        }
        awaitState(waiting, "succeeded");
        assertThat(line.runsOf(waiting)).hasSize(1);
    }

    @Test
    void aJobLongerThanTheBrokersConsumerTimeoutRunsOnce() throws Exception {
        // Each redelivery asks for the job: its worker may stand still for a while, and yet not lose it.
        line.leasing("PT10S");
        setBroker("consumer_timeout", 3_000);
        try {
            start();
            line.startWorker();
            String id = accept("long:15");
            JsonNode done = awaitState(id, "succeeded");
            assertThat(done.get("attempts")).hasSize(1);
            awaitState(accept("after"), "succeeded");
            assertThat(line.runsOf(id)).hasSize(1);
        } finally {
            setBroker("consumer_timeout", 1_800_000);
        }
    }

    @Test
    void aCancelledJobStopsOrNeverBegins() throws Exception {
        start();
        String running = accept("long:60");
        awaitState(running, "running");
        assertThat(line.api().post("/v1/jobs/" + running + "/cancel").statusCode())
                .isEqualTo(200);
        line.worker().awaitOutput(Pattern.compile(running + " is stopped: the job is cancelled"), PATIENCE);

        line.worker().terminate(Duration.ofSeconds(60));
        String alone = accept("never");
        String together = accept("also never");
        await().atMost(PATIENCE)
                .until(() -> line.api().get("/health/ready").get("outbox").asInt() == 0);
        assertThat(line.api().post("/v1/jobs/" + alone + "/cancel").statusCode())
                .isEqualTo(200);
        assertThat(line.api().post("/v1/jobs/cancel?type=test.echo").statusCode())
                .isEqualTo(200);
        String wanted = accept("wanted");
        line.startWorker();
        awaitState(wanted, "succeeded");
        for (String id : List.of(running, alone, together)) {
            assertThat(line.api().get("/v1/jobs/" + id).get("state").asText()).isEqualTo("cancelled");
        }
        assertThat(line.runsOf(running)).hasSize(1);
        assertThat(line.runsOf(alone)).isEmpty();
        assertThat(line.runsOf(together)).isEmpty();
    }

    @Test
    void aJobThatEndsItsWorkersIsDeadInTheEndAndItsNeighboursAreNot() throws Exception {
        start();
        List<String> neighbours = new ArrayList<>();
        String poison = accept("die");
        for (int i = 0; i < 30; i++) {
            neighbours.add(accept(i % 10 == 0 ? "long:3" : "neighbour"));
        }
        await().atMost(Duration.ofMinutes(6))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> {
                    restartIfDead(line.worker());
                    return line.api()
                            .get("/v1/jobs/" + poison)
                            .get("state")
                            .asText()
                            .equals("failed");
                });
        restartIfDead(line.worker());
        JsonNode dead = line.api().get("/v1/jobs/" + poison);
        assertThat(dead.at("/error/category").asText()).isEqualTo("crash-loop");
        assertThat(dead.at("/error/message").asText()).contains("likely ends the process");
        for (String id : neighbours) {
            awaitState(id, "succeeded");
        }
    }

    @Test
    void jobsWhoseMessagesTheBrokerLostRunOnceAllTheSame() throws Exception {
        start();
        String resting = accept("later:8");
        awaitState(resting, "retrying");
        line.worker().terminate(Duration.ofSeconds(60));
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ids.add(accept("lost " + i));
        }
        String cancelled = accept("lost, and not wanted");
        await().atMost(PATIENCE)
                .until(() -> line.api().get("/health/ready").get("outbox").asInt() == 0);
        for (Delay delay : List.of(Delay.S1, Delay.S3)) {
            purge("plainsail.delay." + delay.length().toSeconds() + "s");
        }
        purge("plainsail.jobs.test.echo.v1");
        assertThat(line.api().post("/v1/jobs/" + cancelled + "/cancel").statusCode())
                .isEqualTo(200);
        line.startWorker();

        for (String id : ids) {
            JsonNode done = awaitState(id, "succeeded");
            assertThat(done.get("attempts")).hasSize(1);
            assertThat(line.runsOf(id)).hasSize(1);
        }
        assertThat(awaitState(resting, "succeeded").get("attempts")).hasSize(2);
        assertThat(line.runsOf(resting)).hasSize(2);
        assertThat(line.runsOf(cancelled)).isEmpty();
        line.facade().awaitOutput(Pattern.compile("\\d+ jobs of .*test.echo.* are released again"), PATIENCE);
    }

    private void purge(String queue) {
        String virtualHost = URI.create(amqpUri).getPath().substring(1);
        broker.rabbitmqctl("purge_queue", "--vhost", virtualHost, queue);
    }

    private static void restartIfDead(JavaProcess worker) {
        if (!worker.isAlive()) {
            worker.restart();
        }
    }
}
