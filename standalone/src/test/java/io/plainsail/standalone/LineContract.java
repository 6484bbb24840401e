package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.Transport;
import io.plainsail.messaging.amqp.AmqpConfig;
import io.plainsail.messaging.amqp.AmqpTransport;
import io.plainsail.testbed.PrivateRabbitMq;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole line with separate processes on a private RabbitMQ. One subclass per store. */
abstract class LineContract {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path directory;

    private PrivateRabbitMq broker;
    private Line line;

    /** The {@code store:} part of the facade's configuration. */
    abstract String store();

    @BeforeEach
    void startBroker() {
        if (!PrivateRabbitMq.isInstalled()) {
            assertThat(System.getenv("CI"))
                    .as("RabbitMQ must be installed in CI")
                    .isNull();
            Assumptions.abort("RabbitMQ is not installed: apt-get install rabbitmq-server");
        }
        broker = PrivateRabbitMq.start(PrivateRabbitMq.Options.defaults());
        line = new Line(directory, broker.uri(), store(), "{outbox: 2000}");
    }

    @AfterEach
    void stop() {
        line.close();
        broker.close();
    }

    static String echo(int number) {
        return "{\"type\":\"test.echo\",\"input\":{\"text\":\"job " + number + "\"}}";
    }

    @Test
    void thousandJobsSurviveTheKillingOfEachPart() throws Exception {
        line.startFacade();
        line.startWorker();
        line.awaitContract();
        Load load = new Load(line.api(), LineContract::echo);

        Thread faults = new Thread(() -> {
            awaitAccepted(load, 150);
            line.worker().kill();
            awaitAccepted(load, 300);
            line.worker().restart();
            awaitAccepted(load, 400);
            line.facade().kill();
            line.facade().restart();
            awaitAccepted(load, 600);
            broker.flushDeclarations();
            broker.kill();
            awaitAccepted(load, 800);
            broker.start();
        });
        faults.start();
        load.offer(1_000);
        faults.join(TimeUnit.MINUTES.toMillis(3));
        assertThat(faults.isAlive()).isFalse();

        load.awaitAllFinished();
        load.check("succeeded");
        // A row may outlive its job, and its count the row: what is left is counted every five seconds.
        await().atMost(PATIENCE)
                .until(() -> line.api().get("/health/ready").get("outbox").asInt() == 0);
    }

    private static void awaitAccepted(Load load, int count) {
        await().atMost(Duration.ofMinutes(2)).until(() -> load.accepted() >= count);
    }

    @Test
    void facadeAndWorkerStartWithoutABrokerAndWorkWhenItComes() throws Exception {
        broker.stop();
        line.startFacade();
        line.startWorker();
        line.awaitHealthy();
        assertThat(line.worker().isAlive()).isTrue();

        broker.start();
        line.awaitContract();
        finished(accept(1));
    }

    @Test
    void jobAcceptedWithoutABrokerRunsWhenItIsBack() throws Exception {
        line.startFacade();
        line.startWorker();
        line.awaitContract();
        broker.flushDeclarations();
        broker.kill();
        line.facade().terminate(Duration.ofSeconds(60));
        line.facade().restart();
        line.awaitHealthy();

        String id = accept(1);
        assertThat(line.api().get("/v1/jobs/" + id).get("state").asText()).isEqualTo("queued");
        broker.start();
        finished(id);
    }

    @Test
    void fullOutboxIsAnswered503UntilTheBrokerIsBack() throws Exception {
        line = new Line(directory, broker.uri(), store(), "{outbox: 10}");
        line.startFacade();
        line.startWorker();
        line.awaitContract();
        broker.stop();

        HttpResponse<byte[]> answer = await().atMost(PATIENCE)
                .until(() -> line.api().submit(echo(1)), response -> response.statusCode() != 202);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        JsonNode problem = StrictJson.read(answer.body());
        assertThat(problem.get("type").asText()).isEqualTo("urn:plainsail:problem:overloaded");
        assertThat(problem.get("detail").asText()).contains("its bound is 10");

        broker.start();
        await().atMost(PATIENCE).until(() -> line.api().submit(echo(2)).statusCode() == 202);
        new Load(line.api(), LineContract::echo).awaitAllFinished();
        assertThat(line.api().allJobs())
                .extracting(job -> job.get("state").asText())
                .containsOnly("succeeded");
    }

    @Test
    void unroutableJobIsSeenWaitingAndRunsWhenAWorkerComes() throws Exception {
        line.startFacade();
        line.startWorker();
        line.awaitContract();
        finished(accept(1));
        line.worker().terminate(Duration.ofSeconds(60));
        broker.rabbitmqctl("delete_queue", "plainsail.jobs.test.echo.v1");

        String id = accept(2);
        JsonNode waiting = await().atMost(PATIENCE)
                .until(
                        () -> line.api().get("/v1/jobs/" + id),
                        job -> job.get("state").asText().equals("waiting"));
        assertThat(waiting.get("reason").asText()).contains("unroutable");
        assertThat(line.api().get("/v1/jobs?state=waiting").get("jobs")).hasSize(1);

        line.worker().restart();
        finished(id);
    }

    @Test
    void messageThatNobodyCanReadIsParkedAndItsNeighboursRun() throws Exception {
        line.startFacade();
        line.startWorker();
        line.awaitContract();
        String before = accept(1);
        try (Transport transport = AmqpTransport.create(AmqpConfig.of(broker.uri(), "test"))) {
            CompletableFuture<PublishResult> result = new CompletableFuture<>();
            io.plainsail.messaging.Publisher publisher = transport.publisher(PublisherOptions.named("poison"));
            await().atMost(PATIENCE).until(publisher::ready);
            publisher.publish(
                    Destination.jobs(new JobType("test.echo", 1)),
                    new Message(
                            "text/plain", Map.of("who", "knows"), "no job message".getBytes(StandardCharsets.UTF_8)),
                    result::complete);
            assertThat(result.get(30, TimeUnit.SECONDS)).isEqualTo(PublishResult.CONFIRMED);
        }
        String after = accept(2);

        finished(before);
        finished(after);
        line.facade().awaitOutput(java.util.regex.Pattern.compile("is parked: dead: rejected"), PATIENCE);
    }

    @Test
    void jobsThatFailForNowAreTriedAgainThoughEveryPartIsKilledMeanwhile() throws Exception {
        line.startFacade();
        line.startWorker();
        line.awaitContract();
        List<String> resting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            resting.add(accept("{\"type\":\"test.echo\",\"input\":{\"text\":\"later:30\"}}"));
        }
        // All at one look, so that the first one's time does not come while the others are looked at.
        JsonNode all = await().atMost(PATIENCE)
                .until(
                        () -> line.api().get("/v1/jobs?state=retrying&limit=50").get("jobs"),
                        jobs -> jobs.size() == resting.size());
        for (JsonNode job : all) {
            assertThat(Instant.parse(job.get("nextAttemptAt").asText()))
                    .isAfter(Instant.parse(job.get("acceptedAt").asText()).plusSeconds(29));
            assertThat(job.get("reason").asText()).isEqualTo("put off");
        }
        line.facade().kill();
        line.worker().kill();
        broker.flushDeclarations();
        broker.kill();
        broker.start();
        line.worker().restart();
        line.facade().restart();
        line.awaitHealthy();
        String failing = accept("{\"type\":\"test.echo\",\"input\":{\"text\":\"away:2\"}}");
        String lost = accept("{\"type\":\"test.echo\",\"input\":{\"text\":\"away:9\"},"
                + "\"retry\":{\"attempts\":2,\"maxBackoff\":\"PT0S\"}}");

        for (String id : resting) {
            finished(id);
            JsonNode job = line.api().get("/v1/jobs/" + id);
            assertThat(job.get("attempts")).hasSize(2);
            assertThat(Instant.parse(job.at("/attempts/1/startedAt").asText()))
                    .as("not before its time")
                    .isAfter(Instant.parse(job.at("/attempts/0/finishedAt").asText())
                            .plusMillis(29_500));
        }
        finished(failing);
        JsonNode done = line.api().get("/v1/jobs/" + failing);
        assertThat(done.get("attempts")).hasSize(3);
        assertThat(done.at("/attempts/1/error/message").asText()).isEqualTo("away in attempt 2");
        assertThat(done.at("/attempts/1/reason").asText()).isEqualTo("away in attempt 2");
        JsonNode failed = awaitState(lost, "failed");
        assertThat(failed.get("attempts")).hasSize(2);
        assertThat(failed.at("/error/code").asText()).isEqualTo("away");
    }

    private JsonNode awaitState(String id, String state) {
        return await().atMost(PATIENCE).until(() -> line.api().get("/v1/jobs/" + id), job -> job.get("state")
                .asText()
                .equals(state));
    }

    private String accept(int number) throws Exception {
        return accept(echo(number));
    }

    private String accept(String request) throws Exception {
        HttpResponse<byte[]> answer = line.api().submit(request);
        assertThat(answer.statusCode())
                .as(new String(answer.body(), StandardCharsets.UTF_8))
                .isEqualTo(202);
        return StrictJson.read(answer.body()).get("id").asText();
    }

    private void finished(String id) {
        await().atMost(PATIENCE)
                .until(() ->
                        line.api().get("/v1/jobs/" + id).get("state").asText().equals("succeeded"));
    }
}
