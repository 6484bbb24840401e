package io.plainsail.facade;

import static io.plainsail.facade.EchoWorker.HELLO;
import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is seen of jobs as they run, end and are looked for, with the worker's side in the test's hands. */
class JobApiTest {
    @TempDir
    static Path directory;

    private static RunningFacade facade;
    private static EchoWorker worker;

    @BeforeAll
    static void start() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        facade = RunningFacade.start(directory, transport, "");
        worker = EchoWorker.knownTo(facade, transport);
    }

    @AfterAll
    static void stop() throws Exception {
        facade.close();
    }

    @Test
    void jobIsAcceptedRunAndItsOutcomeSeen() throws Exception {
        HttpResponse<String> accepted = facade.post(
                "/v1/jobs",
                "{\"type\":\"test.echo\",\"version\":1,\"timeout\":\"PT5S\",\"labels\":{\"team\":\"a\"},"
                        + "\"input\": {\"text\" : \"hello é\"} }");

        assertThat(accepted.statusCode()).isEqualTo(202);
        JsonNode job = json(accepted);
        String location = accepted.headers().firstValue("Location").orElseThrow();
        assertThat(location).endsWith("/v1/jobs/" + job.get("id").asText());
        assertThat(job.get("state").asText()).isEqualTo("queued");
        assertThat(job.get("timeout").asText()).isEqualTo("PT5S");

        JobMessage delivered = worker.echo();
        assertThat(delivered.jobId()).hasToString(job.get("id").asText());
        assertThat(delivered.timeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(delivered.input()).asString(StandardCharsets.UTF_8).isEqualTo("{\"text\" : \"hello é\"}");
        JsonNode done = facade.awaitState(job.get("id").asText(), "succeeded");
        assertThat(done.at("/output/text").asText()).isEqualTo("hello é");
        assertThat(done.at("/attempts/0/instance").asText()).isEqualTo("echo-1");
        assertThat(done.at("/labels/team").asText()).isEqualTo("a");
        assertThat(done.at("/timings/ran").asText()).startsWith("PT");
        assertThat(Duration.parse(done.at("/timings/queued").asText())).isPositive();

        HttpResponse<String> result = facade.get(done.at("/links/result").asText());
        assertThat(result.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(json(result).get("text").asText()).isEqualTo("hello é");
    }

    @Test
    void newestVersionIsTakenAndFailureIsShownWithItsReasons() throws Exception {
        String id = facade.accept(HELLO);
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        worker.report(new WorkerEvent.Failed(
                job.jobId(),
                1,
                Instant.now(),
                Instant.now(),
                new Failure(ErrorCategory.INVALID_INPUT, "template", "line 3: no such variable", "x.Y", "ab")));
        delivery.ack();

        JsonNode failed = facade.awaitState(id, "failed");
        assertThat(failed.at("/error/category").asText()).isEqualTo("invalid-input");
        assertThat(failed.at("/error/code").asText()).isEqualTo("template");
        assertThat(failed.at("/error/message").asText()).isEqualTo("line 3: no such variable");
        assertThat(facade.get("/v1/jobs/" + id + "/result").statusCode()).isEqualTo(404);
    }

    @Test
    void runningJobShowsProgressAndLog() throws Exception {
        String id = facade.accept(HELLO);
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        Instant now = Instant.now();
        worker.report(
                new WorkerEvent.Started(job.jobId(), 1, now),
                new WorkerEvent.Progress(job.jobId(), 1, now, 40.0, "page 2"),
                new WorkerEvent.LogLine(job.jobId(), 1, now, 0, "first\0line"),
                new WorkerEvent.LogLine(job.jobId(), 1, now, 1, "second"));

        JsonNode running = facade.awaitState(id, "running");
        assertThat(running.at("/progress/percent").asDouble()).isEqualTo(40.0);
        assertThat(running.at("/progress/message").asText()).isEqualTo("page 2");
        JsonNode log = json(facade.get("/v1/jobs/" + id + "/logs"));
        assertThat(log.at("/lines/0/line").asText()).isEqualTo("first\ufffdline");
        assertThat(json(facade.get("/v1/jobs/" + id + "/logs?after=1.0")).at("/lines"))
                .hasSize(1);
        worker.report(new WorkerEvent.Succeeded(job.jobId(), 1, now, now, job.input(), null));
        delivery.ack();
        facade.awaitState(id, "succeeded");
    }

    @Test
    void everyAttemptIsShownAndWhenTheNextOneComes() throws Exception {
        String id = facade.accept("{\"type\":\"test.echo\",\"version\":1,\"input\":{\"text\":\"a\"},"
                + "\"retry\":{\"attempts\":2,\"maxBackoff\":\"PT10S\"}}");
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        assertThat(job.retryBounds()).isEqualTo(new RetryBounds(2, Duration.ofSeconds(10)));
        Instant now = Instant.now();
        Failure failure = new Failure(ErrorCategory.UNAVAILABLE, "http-status", "503", "java.lang.X", "sha-256:ab");
        worker.report(new WorkerEvent.Retrying(job.jobId(), 1, now, now, now.plusSeconds(7), failure, "503"));
        delivery.ack();

        JsonNode resting = facade.awaitState(id, "retrying");
        assertThat(resting.at("/nextAttemptAt").asText()).isEqualTo(asStored(now.plusSeconds(7)));
        assertThat(resting.at("/reason").asText()).isEqualTo("503");
        assertThat(resting.at("/retry/attempts").asInt()).isEqualTo(2);
        assertThat(resting.at("/retry/maxBackoff").asText()).isEqualTo("PT10S");
        assertThat(resting.at("/attempts")).hasSize(1);
        assertThat(resting.at("/attempts/0/error/code").asText()).isEqualTo("http-status");
        assertThat(resting.at("/attempts/0/instance").asText()).isEqualTo("echo-1");
        assertThat(resting.has("error")).isFalse();
        assertThat(json(facade.get("/v1/jobs?state=retrying")).toString()).contains(id);

        worker.report(new WorkerEvent.Failed(job.jobId(), 2, now.plusSeconds(7), now.plusSeconds(8), failure));
        JsonNode failed = facade.awaitState(id, "failed");
        assertThat(failed.at("/attempts")).hasSize(2);
        assertThat(failed.at("/attempts/1/number").asInt()).isEqualTo(2);
        assertThat(failed.at("/error/code").asText()).isEqualTo("http-status");
        assertThat(failed.has("nextAttemptAt")).isFalse();
        assertThat(metric("plainsail_attempts_retried_total")).isPositive();
    }

    private static String asStored(Instant time) {
        return time.truncatedTo(ChronoUnit.MICROS).toString();
    }

    private static double metric(String name) throws Exception {
        String scraped = facade.send(HttpRequest.newBuilder(facade.adminUri("/prometheus")))
                .body();
        return scraped.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .sum();
    }

    @Test
    void rejectedJobEndsFailedWithAReason() throws Exception {
        String id = facade.accept(HELLO);
        worker.next().reject();

        JsonNode failed = facade.awaitState(id, "failed");
        assertThat(failed.at("/error/category").asText()).isEqualTo("undecodable");
        assertThat(failed.at("/error/message").asText()).contains("rejected");
    }

    @Test
    void listPagesThroughEverythingOnce() throws Exception {
        for (int i = 0; i < 7; i++) {
            facade.accept(HELLO.replace("}}", "}, \"labels\":{\"batch\":\"pages\"}}"));
            worker.echo();
        }
        Set<String> seen = new java.util.HashSet<>();
        String next = "/v1/jobs?label=batch:pages&limit=3";
        int pages = 0;
        while (next != null) {
            JsonNode page = json(facade.get(next));
            page.get("jobs")
                    .forEach(job -> assertThat(seen.add(job.get("id").asText())).isTrue());
            next = page.hasNonNull("next") ? page.get("next").asText() : null;
            pages++;
        }

        assertThat(seen).hasSize(7);
        assertThat(pages).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "state=done, state",
        "type=Nope, type",
        "label=nocolon, label",
        "from=yesterday, from",
        "before=1, before",
        "limit=0, limit",
        "limit=201, limit",
        "limit=x, limit",
        "cursor=abc, cursor",
        "colour=red, colour",
    })
    void invalidFilterIsRefusedByName(String query, String parameter) throws Exception {
        HttpResponse<String> answer = facade.get("/v1/jobs?" + query);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).at("/errors/0/pointer").asText()).isEqualTo(parameter);
    }

    @Test
    void jobTypesShowTheirContracts() throws Exception {
        assertThat(json(facade.get("/v1/job-types")).at("/jobTypes/0/type").asText())
                .isEqualTo("test.echo");
        assertThat(json(facade.get("/v1/job-types/test.echo/v1"))
                        .at("/inputSchema/required/0")
                        .asText())
                .isEqualTo("text");
    }
}
