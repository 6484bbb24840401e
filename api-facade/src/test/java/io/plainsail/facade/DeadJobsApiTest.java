package io.plainsail.facade;

import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Dead jobs: grouped, replayed one by one or by filter, and purged. */
class DeadJobsApiTest {
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

    private String deadJob(String code, String text) throws Exception {
        String id = facade.accept("{\"type\":\"test.echo\",\"version\":1,\"labels\":{\"case\":\"" + code
                + "\"},\"input\":{\"text\":\"" + text + "\"}}");
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        assertThat(job.jobId()).hasToString(id);
        Instant now = Instant.now();
        worker.report(new WorkerEvent.Failed(
                job.jobId(), 1, now, now, Failure.of(ErrorCategory.INTERNAL, code, "went wrong with " + text)));
        delivery.ack();
        facade.awaitState(id, "failed");
        return id;
    }

    @Test
    void deadJobIsReplayedOnceWithItsOwnInputAndKnowsItsOrigin() throws Exception {
        String origin = deadJob("replay-one", "again");

        HttpResponse<String> answer = facade.post("/v1/jobs/" + origin + "/replay", "");
        assertThat(answer.statusCode()).isEqualTo(200);
        String replay = json(answer).get("id").asText();
        assertThat(answer.headers().firstValue("Location")).contains("/v1/jobs/" + replay);
        assertThat(json(answer).at("/links/origin").asText()).isEqualTo("/v1/jobs/" + origin);
        assertThat(json(answer).at("/labels/case").asText()).isEqualTo("replay-one");
        assertThat(json(facade.post("/v1/jobs/" + origin + "/replay", ""))
                        .get("id")
                        .asText())
                .as("asked for twice")
                .isEqualTo(replay);
        HttpResponse<String> edited = facade.post("/v1/jobs/" + origin + "/replay", "{\"input\":{\"text\":\"b\"}}");
        assertThat(edited.statusCode()).isEqualTo(409);
        assertThat(edited.body()).contains("already-replayed", replay);

        assertThat(worker.echo().jobId()).hasToString(replay);
        facade.awaitState(replay, "succeeded");
        assertThat(json(facade.get("/v1/jobs/" + origin)).at("/links/replay").asText())
                .isEqualTo("/v1/jobs/" + replay);
        HttpResponse<String> notDead = facade.post("/v1/jobs/" + replay + "/replay", "");
        assertThat(notDead.statusCode()).isEqualTo(409);
        assertThat(notDead.body()).contains("not-dead", "succeeded");
    }

    @Test
    void editedInputIsCheckedAgain() throws Exception {
        String origin = deadJob("replay-edited", "wrong");
        for (String body : List.of(
                "{\"input\":{}}",
                "{\"input\":{\"text\":\"a\"},\"type\":\"test.echo\"}",
                "{\"text\":\"a\"}",
                "[]",
                "{\"input\":{\"text\":\"a\"}} 1",
                "nope")) {
            HttpResponse<String> refused = facade.post("/v1/jobs/" + origin + "/replay", body);
            assertThat(refused.statusCode()).as(body).isIn(400, 422);
            assertThat(refused.headers().firstValue("Content-Type")).contains("application/problem+json");
        }
        String replay = json(facade.post("/v1/jobs/" + origin + "/replay", "{\"input\": {\"text\":\"right\"}}"))
                .get("id")
                .asText();
        assertThat(worker.echo().input()).asString(StandardCharsets.UTF_8).isEqualTo("{\"text\":\"right\"}");
        assertThat(facade.awaitState(replay, "succeeded").at("/output/text").asText())
                .isEqualTo("right");
    }

    @Test
    void deadJobsAreGroupedReplayedByFilterAndPurged() throws Exception {
        List<String> origins = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            origins.add(deadJob("replay-many", "job " + i));
        }
        String fingerprint = json(facade.get("/v1/jobs/" + origins.get(0)))
                .at("/error/fingerprint")
                .asText();
        JsonNode groups =
                json(facade.get("/v1/dead-jobs?fingerprint=" + fingerprint)).get("groups");
        assertThat(groups).hasSize(1);
        assertThat(groups.at("/0/count").asInt()).isEqualTo(3);
        assertThat(groups.at("/0/sample").asText()).isEqualTo(origins.get(2));
        assertThat(groups.at("/0/error/message").asText()).isEqualTo("went wrong with job 2");
        assertThat(groups.at("/0/releases/0").asText()).isEqualTo("1.0");
        assertThat(json(facade.get("/v1/jobs?fingerprint=" + fingerprint)).get("jobs"))
                .hasSize(3);

        String filter = "?label=case:replay-many&type=test.echo";
        JsonNode wouldBe = json(facade.post("/v1/dead-jobs/replay" + filter + "&dryRun=true", ""));
        assertThat(wouldBe.get("matched").asInt()).isEqualTo(3);
        assertThat(wouldBe.get("replayed").asInt()).isZero();
        JsonNode replayed = json(facade.post("/v1/dead-jobs/replay" + filter + "&rate=4", ""));
        assertThat(replayed.get("replayed").asInt()).isEqualTo(3);
        assertThat(json(facade.post("/v1/dead-jobs/replay" + filter, ""))
                        .get("matched")
                        .asInt())
                .as("none is replayed twice")
                .isZero();
        for (int i = 0; i < 3; i++) {
            String replay = worker.echo().jobId().toString();
            JsonNode done = facade.awaitState(replay, "succeeded");
            assertThat(done.at("/links/origin").asText()).isEqualTo("/v1/jobs/" + origins.get(i));
            assertThat(done.has("reason")).isFalse();
        }

        assertThat(json(facade.post("/v1/dead-jobs/purge" + filter + "&dryRun=true", ""))
                        .get("matched")
                        .asInt())
                .isEqualTo(3);
        assertThat(json(facade.post("/v1/dead-jobs/purge" + filter + "&limit=2", ""))
                        .get("purged")
                        .asInt())
                .isEqualTo(2);
        assertThat(facade.get("/v1/jobs/" + origins.get(2)).statusCode()).isEqualTo(404);
        assertThat(facade.get("/v1/jobs/" + origins.get(0)).statusCode()).isEqualTo(200);
        assertThat(json(facade.get("/v1/jobs?label=case:replay-many")).get("jobs"))
                .as("their replays stay")
                .hasSize(4);
    }

    /** What else a filter may not be: {@link ApiTableTest#theDocumentHasTheBoundsThatThereAre}. */
    @ParameterizedTest
    @CsvSource({
        "replay?rate=0, rate",
        "replay?rate=1001, rate",
        "replay?dryRun=maybe, dryRun",
        "replay?state=failed, state",
        "replay?limit=1001, limit",
        "purge?rate=5, rate",
        "purge, ''",
        "purge?limit=5, ''",
        "purge?type=a.b&type=c.d, type",
        "purge?label=a:1&label=a:2, label",
        "purge?cursor=x, cursor",
        "purge?before=yesterday, before",
    })
    void invalidFilterOfDeadJobsIsRefusedByName(String query, String parameter) throws Exception {
        HttpResponse<String> answer = facade.post("/v1/dead-jobs/" + query, "");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(json(answer).at("/errors/0/pointer").asText()).isEqualTo(parameter);
    }
}
