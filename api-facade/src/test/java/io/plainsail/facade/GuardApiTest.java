package io.plainsail.facade;

import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.ClaimAnswer.Verdict;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.store.JdbiUnheardJobs;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What workers ask, and how jobs are ended before they end by themselves, over real HTTP. */
class GuardApiTest {
    private static final Worker ONE = new Worker("echo", "echo-9", "host", "1.0");

    @TempDir
    static Path directory;

    private static RunningFacade facade;
    private static EchoWorker worker;

    @BeforeAll
    static void start() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        facade = RunningFacade.start(directory, transport, "lease: PT3S\n");
        worker = EchoWorker.knownTo(facade, transport);
    }

    @AfterAll
    static void stop() throws Exception {
        facade.close();
    }

    /** A job whose message is in the worker's hands. */
    private static JobMessage delivered(String more) throws Exception {
        String id = facade.accept("{\"type\":\"test.echo\",\"input\":{\"text\":\"x\"}" + more + "}");
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        assertThat(job.jobId()).hasToString(id);
        delivery.ack();
        return job;
    }

    private static HttpResponse<String> claim(String id, String attempt, String token, byte[] body) throws Exception {
        return facade.send(HttpRequest.newBuilder(facade.uri("/v1/jobs/" + id + "/attempts/" + attempt + "/claim"))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }

    private static ClaimAnswer claim(JobMessage job) throws Exception {
        return claim(job, ONE, true);
    }

    private static ClaimAnswer claim(JobMessage job, Worker by, boolean maybeRunning) throws Exception {
        HttpResponse<String> answer = claim(
                job.jobId().toString(),
                "1",
                job.token(),
                AttemptClaim.of(by, job, maybeRunning, true).encode());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return ClaimAnswer.decode(answer.body().getBytes(StandardCharsets.UTF_8));
    }

    private static RunningCheck.Answer check(UUID job) throws Exception {
        RunningCheck check = new RunningCheck(
                List.of("test.echo.v1", "no.such.v1", "nonsense"), List.of(new RunningCheck.Running(job, 1)));
        HttpResponse<String> answer = facade.post("/v1/workers/echo-9/check", "application/json", check.encode());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return RunningCheck.Answer.decode(answer.body().getBytes(StandardCharsets.UTF_8));
    }

    private static String dies(String text) throws Exception {
        String id = facade.accept(
                "{\"type\":\"test.echo\",\"labels\":{\"text\":\"" + text + "\"},\"input\":{\"text\":\"x\"}}");
        worker.fail();
        facade.awaitState(id, "failed");
        return id;
    }

    /** Says of itself that it is ready for the echo. */
    private static void isReady(Worker other) throws Exception {
        RunningCheck check = new RunningCheck(
                List.of("test.echo.v1"), List.of(), new RunningCheck.Presence(other, "ready", 1, Instant.EPOCH));
        assertThat(facade.post("/v1/workers/" + other.instance() + "/check", "application/json", check.encode())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void deadJobIsRepeatedOnTheReleaseThatIsNamed() throws Exception {
        Worker next = new Worker("echo", "echo-next", "host", "2.0");
        String origin = dies("one");
        HttpResponse<String> early = facade.post("/v1/jobs/" + origin + "/replay?onRelease=2.0", "");
        assertThat(early.statusCode()).isEqualTo(409);
        assertThat(early.body()).contains("release-absent");

        isReady(next);
        HttpResponse<String> replayed = facade.post("/v1/jobs/" + origin + "/replay?onRelease=2.0", "");
        assertThat(replayed.statusCode()).as(replayed.body()).isEqualTo(200);
        assertThat(json(replayed).get("onRelease").asText()).isEqualTo("2.0");
        String again = json(replayed).get("id").asText();
        assertThat(json(facade.post("/v1/jobs/" + origin + "/replay?onRelease=2.0", ""))
                        .get("id")
                        .asText())
                .as("asked for twice")
                .isEqualTo(again);
        assertThat(facade.post("/v1/jobs/" + origin + "/replay?onRelease=1.0", "")
                        .statusCode())
                .as("it is on the other")
                .isEqualTo(409);

        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        assertThat(job.jobId()).hasToString(again);
        assertThat(job.unheardClaims()).as("nobody runs it unasked").isNotEmpty();
        ClaimAnswer ofOthers = claim(job, ONE, false);
        assertThat(ofOthers.verdict()).isEqualTo(Verdict.WAIT);
        assertThat(ofOthers.reason()).isEqualTo("it is to run on release 2.0");
        assertThat(claim(job, next, false).verdict()).isEqualTo(Verdict.RUN);
        assertThat(json(facade.get("/v1/jobs/" + again))
                        .at("/attempts/0/release")
                        .asText())
                .isEqualTo("2.0");
        delivery.ack();

        dies("many");
        String path = "/v1/dead-jobs/replay?label=text:many&onRelease=";
        JsonNode refused = json(facade.post(path + "3.0", ""));
        assertThat(refused.get("replayed").asInt()).isZero();
        assertThat(refused.at("/refused/0/problem/type").asText()).endsWith("release-absent");
        assertThat(json(facade.post(path + "2.0", "")).get("replayed").asInt()).isEqualTo(1);
        assertThat(JobMessageCodec.decode(worker.next().message()).unheardClaims())
                .isNotEmpty();
    }

    // Claims ----------------------------------------------------------------------------------------------------

    @Test
    void aClaimedAttemptIsShownRunning() throws Exception {
        JobMessage job = delivered("");
        ClaimAnswer answer = claim(job);
        assertThat(answer.verdict()).isEqualTo(Verdict.RUN);
        JsonNode running = facade.awaitState(job.jobId(), "running");
        assertThat(running.at("/attempts/0/instance").asText()).isEqualTo("echo-9");
        assertThat(running.at("/attempts/0/number").asInt()).isEqualTo(answer.attempt());
        assertThat(check(job.jobId()).over()).singleElement().satisfies(over -> assertThat(over.reason())
                .isEqualTo("attempt 2 has followed"));
    }

    @Test
    void aClaimNeedsTheTokenOfItsJob() throws Exception {
        JobMessage job = delivered("");
        byte[] body = AttemptClaim.of(ONE, job, true, true).encode();
        String other = delivered("").token();
        for (String token : List.of("", "wrong", other)) {
            HttpResponse<String> answer = claim(job.jobId().toString(), "1", token, body);
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(json(answer).get("type").asText()).isEqualTo("urn:plainsail:problem:invalid-token");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{",
                "{\"service\":\"s\",\"instance\":\"i\",\"host\":\"h\"}",
                "{\"service\":\"s\",\"instance\":{},\"host\":\"h\",\"release\":\"r\"}"
            })
    void aClaimThatCannotBeReadIsRefused(String body) throws Exception {
        JobMessage job = delivered("");
        HttpResponse<String> answer =
                claim(job.jobId().toString(), "1", job.token(), body.getBytes(StandardCharsets.UTF_8));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).get("type").asText()).isEqualTo("urn:plainsail:problem:bad-request");
    }

    @ParameterizedTest
    @CsvSource({"1, 9000, 413", "0, 10, 400", "-1, 10, 400", "one, 10, 404", "99999999999, 10, 404"})
    void hostileClaimsAreRefused(String attempt, int bytes, int status) throws Exception {
        JobMessage job = delivered("");
        HttpResponse<String> answer = claim(job.jobId().toString(), attempt, job.token(), new byte[bytes]);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"types\":[],\"running\":[{\"attempt\":1}]}",
                "{\"types\":[],\"running\":[{\"job\":\"no-uuid\",\"attempt\":1}]}",
                "{\"types\":[],\"running\":[null]}"
            })
    void aCheckThatCannotBeReadIsRefused(String body) throws Exception {
        assertThat(facade.post("/v1/workers/echo-9/check", body).statusCode()).isEqualTo(400);
    }

    // Cancelling ------------------------------------------------------------------------------------------------

    @Test
    void aRunningJobIsCancelledAndItsWorkerIsTold() throws Exception {
        JobMessage job = delivered("");
        worker.report(new WorkerEvent.Started(job.jobId(), 1, Instant.now()));
        facade.awaitState(job.jobId(), "running");
        assertThat(check(job.jobId()).over()).isEmpty();
        assertThat(check(job.jobId()).leaseSeconds()).isEqualTo(3);

        HttpResponse<String> cancelled = facade.post("/v1/jobs/" + job.jobId() + "/cancel", "");
        assertThat(cancelled.statusCode()).isEqualTo(200);
        assertThat(json(cancelled).get("state").asText()).isEqualTo("cancelled");
        assertThat(json(cancelled).get("reason").asText()).isEqualTo("cancelled by request");
        assertThat(json(cancelled).hasNonNull("finishedAt")).isTrue();
        assertThat(check(job.jobId()).over())
                .containsExactly(new RunningCheck.Over(job.jobId(), 1, "the job is cancelled"));
        assertThat(facade.post("/v1/jobs/" + job.jobId() + "/cancel", "").statusCode())
                .isEqualTo(200);
        assertThat(claim(job).verdict()).isEqualTo(Verdict.DROP);
    }

    @Test
    void nothingIsUnwantedWhenTheEmbeddedTransportHasForgottenIt(@TempDir Path own) throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        try (RunningFacade before = RunningFacade.start(own, transport, "")) {
            EchoWorker echo = new EchoWorker(transport);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> before.get("/v1/job-types/test.echo/v1").statusCode() == 200);
            before.post("/v1/jobs", "{\"type\":\"test.echo\",\"input\":{\"text\":\"x\"}}");
            JobMessage job = JobMessageCodec.decode(echo.next().message());
            before.post("/v1/jobs/" + job.jobId() + "/cancel", "");
            assertThat(new JdbiUnheardJobs(before.facade().database()).unwantedTypes())
                    .containsExactly(job.jobType());
        }
        try (RunningFacade after = RunningFacade.start(own, EmbeddedTransport.create(), "")) {
            assertThat(new JdbiUnheardJobs(after.facade().database()).unwantedTypes())
                    .isEmpty();
        }
    }

    @Test
    void whatHasEndedOtherwiseCannotBeCancelled() throws Exception {
        JobMessage job = delivered("");
        Instant now = Instant.now();
        worker.report(new WorkerEvent.Succeeded(job.jobId(), 1, now, now, job.input(), null));
        facade.awaitState(job.jobId(), "succeeded");
        HttpResponse<String> late = facade.post("/v1/jobs/" + job.jobId() + "/cancel", "");
        assertThat(late.statusCode()).isEqualTo(409);
        assertThat(json(late).get("type").asText()).isEqualTo("urn:plainsail:problem:already-ended");
        assertThat(json(late).get("detail").asText()).isEqualTo("the job is succeeded");
        assertThat(facade.post("/v1/jobs/" + JobIds.next() + "/cancel", "").statusCode())
                .isEqualTo(404);
    }

    @Test
    void manyAreCancelledByTheirLabel() throws Exception {
        String label = ",\"labels\":{\"batch\":\"b1\"}";
        JobMessage one = delivered(label);
        JobMessage two = delivered(label);
        JobMessage other = delivered("");
        JsonNode dry = json(facade.post("/v1/jobs/cancel?label=batch:b1&dryRun=true", ""));
        assertThat(dry.toString()).isEqualTo("{\"dryRun\":true,\"matched\":2,\"cancelled\":0}");
        assertThat(json(facade.post("/v1/jobs/cancel?label=batch:b1&limit=1", ""))
                        .get("cancelled")
                        .asInt())
                .isEqualTo(1);
        assertThat(json(facade.post("/v1/jobs/cancel?label=batch:b1", ""))
                        .get("cancelled")
                        .asInt())
                .isEqualTo(1);
        for (JobMessage job : List.of(one, two)) {
            facade.awaitState(job.jobId(), "cancelled");
        }
        assertThat(check(one.jobId()).claimEach()).containsExactly("test.echo.v1");
        claim(one);
        claim(two);
        assertThat(json(facade.get("/v1/jobs/" + other.jobId())).get("state").asText())
                .isEqualTo("queued");
        assertThat(json(facade.get("/v1/jobs?state=cancelled&label=batch:b1")).get("jobs"))
                .hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "?dryRun=true", "?limit=5", "?type=x", "?label=batch:b1&dryRun=yes", "?label=a:b&cursor=c"})
    void cancellingNeedsAFilterThatIsOne(String query) throws Exception {
        HttpResponse<String> refused = facade.post("/v1/jobs/cancel" + query, "");
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
        assertThat(json(refused).get("errors")).isNotEmpty();
    }

    // Limits in time --------------------------------------------------------------------------------------------

    @Test
    void aJobThatIsNotBegunInTimeExpires() throws Exception {
        JobMessage job = delivered(",\"startWithin\":\"PT1S\",\"endWithin\":\"PT1H\"");
        assertThat(job.limits().startBy()).isEqualTo(job.acceptedAt().plusSeconds(1));
        assertThat(job.limits().endBy()).isEqualTo(job.acceptedAt().plusSeconds(3_600));
        JsonNode expired = facade.awaitState(job.jobId(), "expired");
        assertThat(expired.get("reason").asText()).isEqualTo("its first attempt had not begun in time");
        assertThat(expired.get("startBy").asText())
                .isEqualTo(job.limits().startBy().toString());
        assertThat(claim(job).verdict()).isEqualTo(Verdict.DROP);
    }

    @Test
    void aRunningJobExpiresAtItsEnd() throws Exception {
        JobMessage job = delivered(",\"startWithin\":\"PT15S\",\"endWithin\":\"PT16S\"");
        worker.report(new WorkerEvent.Started(job.jobId(), 1, Instant.now()));
        JsonNode expired = facade.awaitState(job.jobId(), "expired");
        assertThat(expired.get("reason").asText()).isEqualTo("it had not ended in time");
        assertThat(check(job.jobId()).over())
                .containsExactly(new RunningCheck.Over(job.jobId(), 1, "the job is expired"));
    }

    @ParameterizedTest
    @CsvSource({
        "startWithin, 5",
        "startWithin, \"PT0.5S\"",
        "endWithin, \"P366D\"",
        "endWithin, \"soon\"",
        "endWithin, null"
    })
    void limitsThatAreNoneAreRefusedByName(String field, String value) throws Exception {
        HttpResponse<String> refused = facade.post(
                "/v1/jobs", "{\"type\":\"test.echo\",\"input\":{\"text\":\"x\"},\"" + field + "\":" + value + "}");
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(422);
        assertThat(json(refused).at("/errors/0/pointer").asText()).isEqualTo("/" + field);
    }
}
