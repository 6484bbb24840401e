package io.plainsail.facade;

import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Changed contracts: what would come of them, and what comes of them. */
@Timeout(120)
class ContractApiTest {
    private static final String CHECK = "/v1/job-types/test.echo/check";

    @TempDir
    Path directory;

    private RunningFacade facade;
    private EchoWorker worker;

    @BeforeEach
    void start() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        facade = RunningFacade.start(directory, transport, "");
        worker = EchoWorker.knownTo(facade, transport);
    }

    @AfterEach
    void stop() throws Exception {
        facade.close();
    }

    static ObjectNode changed(Consumer<ObjectNode> change) {
        ObjectNode document = ContractFormat.write(EchoWorker.ECHO).deepCopy();
        change.accept(document);
        return document;
    }

    private static ObjectNode input(ObjectNode document, String property) {
        return document.withObject("/inputSchema/properties/" + property);
    }

    private JsonNode check(ObjectNode document) throws Exception {
        HttpResponse<String> answer = facade.post(CHECK, document.toString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer);
    }

    private String accept(String text) throws Exception {
        HttpResponse<String> answer =
                facade.post("/v1/jobs", "{\"type\":\"test.echo\",\"input\":{\"text\":\"" + text + "\"}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return json(answer).get("id").asText();
    }

    // What would come of it ------------------------------------------------------------------------------------

    @Test
    void anOptionalPropertyMoreIsCompatible() throws Exception {
        accept("hello");
        JsonNode answer = check(changed(document -> input(document, "size").put("type", "integer")));
        assertThat(answer.get("verdict").asText()).isEqualTo("compatible");
        assertThat(answer.get("reasons")).isEmpty();
        assertThat(answer.get("against").asText()).isEqualTo(EchoWorker.ECHO.digest());
        assertThat(answer.get("digest").asText()).isNotEqualTo(EchoWorker.ECHO.digest());
        assertThat(answer.at("/data/checked").asInt()).isEqualTo(1);
        assertThat(answer.at("/data/wouldBreak").asInt()).isZero();
        assertThat(answer.at("/data/complete").asBoolean()).isTrue();
    }

    @Test
    void aTighterBoundIsIncompatibleAndTheJobsThatWouldBreakAreNamed() throws Exception {
        accept("short");
        String queued = accept("longer than that");
        String dead = accept("a dead one that is long");
        worker.echo();
        worker.next(); // stays with the worker, queued or running
        worker.fail();
        await().atMost(Duration.ofSeconds(20)).until(() -> json(facade.get("/v1/jobs/" + dead))
                .get("state")
                .asText()
                .equals("failed"));

        JsonNode answer = check(changed(document -> input(document, "text").put("maxLength", 10)));
        assertThat(answer.get("verdict").asText()).isEqualTo("incompatible");
        JsonNode reason = answer.at("/reasons/0");
        assertThat(reason.get("side").asText()).isEqualTo("input");
        assertThat(reason.get("pointer").asText()).isEqualTo("/text");
        assertThat(reason.get("rule").asText()).isEqualTo("maxLength");
        assertThat(reason.at("/payload/text").asText()).hasSize(11);
        assertThat(answer.at("/data/checked").asInt()).isEqualTo(2);
        assertThat(answer.at("/data/wouldBreak").asInt()).isEqualTo(2);
        assertThat(answer.at("/data/examples"))
                .extracting(broken -> broken.get("job").asText())
                .containsExactly(queued, dead);
        assertThat(answer.at("/data/examples/1/state").asText()).isEqualTo("failed");
        assertThat(answer.at("/data/examples/1/pointer").asText()).isEqualTo("/text");
        assertThat(answer.at("/data/examples/1/rule").asText()).isEqualTo("maxLength");
        // Nothing is changed by it.
        assertThat(json(facade.get("/v1/job-types")).at("/jobTypes/0/digest").asText())
                .isEqualTo(EchoWorker.ECHO.digest());
    }

    @Test
    void whatNoRuleDecidesIsUndecided() throws Exception {
        ObjectNode undecided = changed(document -> input(document, "text").put("x-unit", "words"));
        assertThat(check(undecided).get("verdict").asText()).isEqualTo("undecided");
        assertThat(check(undecided).at("/reasons/0/rule").asText()).isEqualTo("x-unit");

        // Outputs may be anything so far, so that a new property may meet one of its name.
        ObjectNode output = changed(
                document -> document.withObject("/outputSchema/properties/text").put("type", "string"));
        assertThat(check(output).get("verdict").asText()).isEqualTo("compatible");
    }

    @Test
    void lessTimeIsIncompatible() throws Exception {
        JsonNode answer = check(changed(document -> document.put("timeout", "PT10S")));
        assertThat(answer.get("verdict").asText()).isEqualTo("incompatible");
        assertThat(answer.at("/reasons/0/side").asText()).isEqualTo("policy");
        assertThat(answer.at("/reasons/0/pointer").asText()).isEqualTo("/timeout");
    }

    @Test
    void theFirstContractOfAVersionIsCompatibleWithNothing() throws Exception {
        JsonNode answer = check(changed(document -> document.put("version", 2).put("timeout", "PT10S")));
        assertThat(answer.get("verdict").asText()).isEqualTo("compatible");
        assertThat(answer.get("against").isNull()).isTrue();
    }

    @Test
    void whatIsNoContractIsRefusedByItsField() throws Exception {
        isInvalid(
                facade.post(
                        CHECK,
                        changed(document -> document.put("timeout", "soon")).toString()),
                "/timeout");
        isInvalid(
                facade.post(CHECK, changed(document -> document.put("extra", 1)).toString()), "/extra");
        isInvalid(
                facade.post(
                        CHECK,
                        changed(document -> document.withObject("/retry").remove("backoff"))
                                .toString()),
                "/retry/backoff");
        isInvalid(facade.post(CHECK, "[]"), "");
        isInvalid(
                facade.post(
                        "/v1/job-types/test.other/check",
                        ContractFormat.write(EchoWorker.ECHO).toString()),
                "/type");
        assertThat(facade.post(CHECK, "{").statusCode()).isEqualTo(400);
        assertThat(facade.post(CHECK, "\"" + "x".repeat(1024 * 1024) + "\"").statusCode())
                .isEqualTo(413);
    }

    // What comes of it -----------------------------------------------------------------------------------------

    private JsonNode shown() throws Exception {
        return json(facade.get("/v1/job-types/test.echo/v1"));
    }

    /** As another instance, of a release of its own. */
    private void announce(String instance, ObjectNode contract) {
        EventBatch batch = new EventBatch(
                new Worker("echo", instance, "host-2", "2.0"),
                List.of(new WorkerEvent.Announced(Instant.now(), List.of(contract))));
        worker.events().publish(Destination.events(), EventBatchCodec.encode(batch), result -> {});
    }

    private RunningCheck.Answer tell(String instance, String state, String digest) throws Exception {
        RunningCheck check = new RunningCheck(
                List.of("test.echo.v1"),
                List.of(),
                new RunningCheck.Presence(new Worker("echo", instance, "host-2", "2.0"), state, 1, Instant.EPOCH),
                Map.of("test.echo.v1", digest, "nonsense", digest));
        HttpResponse<String> answer =
                facade.post("/v1/workers/" + instance + "/check", "application/json", check.encode());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return RunningCheck.Answer.decode(answer.body().getBytes(StandardCharsets.UTF_8));
    }

    private static String digest(ObjectNode contract) {
        return ContractFormat.read(contract).digest();
    }

    @Test
    void theContractInForceIsShownWithThoseWhoSpeakIt() throws Exception {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> !shown().get("instances").isEmpty());
        JsonNode shown = shown();
        assertThat(shown.get("digest").asText()).isEqualTo(EchoWorker.ECHO.digest());
        assertThat(shown.get("owner").asText()).isEqualTo("tests");
        assertThat(Instant.parse(shown.get("firstSeen").asText()))
                .isBeforeOrEqualTo(Instant.parse(shown.get("lastSeen").asText()));
        assertThat(shown.at("/instances/0/instance").asText()).isEqualTo("echo-1");
        assertThat(shown.at("/instances/0/release").asText()).isEqualTo("1.0");
        assertThat(shown.get("announcements")).isEmpty();
        JsonNode listed = json(facade.get("/v1/job-types")).at("/jobTypes/0");
        assertThat(listed.get("instances").asInt()).isEqualTo(1);
        assertThat(listed.get("owner").asText()).isEqualTo("tests");
    }

    @Test
    void aWorkerIsHeldUntilItsContractIsDecidedAndThenAsItWasDecided() throws Exception {
        ObjectNode wider = changed(document -> input(document, "size").put("type", "integer"));
        ObjectNode narrower = changed(document -> input(document, "text").put("maxLength", 10));
        assertThat(tell("echo-1", "ready", EchoWorker.ECHO.digest()).refused()).isEmpty();
        assertThat(tell("echo-2", "starting", digest(wider)).refused())
                .extracting(RunningCheck.Refused::reason)
                .containsExactly("its contract is not the one in force, and not checked yet");
        announce("echo-2", wider);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> tell("echo-2", "starting", digest(wider)).refused().isEmpty());
        announce("echo-3", narrower);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> tell("echo-3", "starting", digest(narrower)).refused().stream()
                        .anyMatch(refused -> refused.reason().contains("is refused")));
        assertThat(tell("echo-1", "ready", EchoWorker.ECHO.digest()).refused()).isEmpty();

        // While the old contract is spoken it stays in force, and when its last instance has ended it does not.
        assertThat(shown().get("digest").asText()).isEqualTo(EchoWorker.ECHO.digest());
        tell("echo-1", "stopped", EchoWorker.ECHO.digest());
        await().atMost(Duration.ofSeconds(30))
                .until(() -> shown().get("digest").asText().equals(digest(wider)));
        assertThat(shown().get("announcements"))
                .extracting(one -> one.get("state").asText())
                .containsExactlyInAnyOrder("accepted", "refused");
        accept("hello");
        assertThat(facade.post("/v1/jobs", "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\",\"size\":1}}")
                        .statusCode())
                .isEqualTo(202);
        // It may come again.
        assertThat(tell("echo-1", "starting", EchoWorker.ECHO.digest()).refused())
                .isEmpty();
    }

    @Test
    void anUndecidedContractIsRefusedIfAJobThatIsThereWouldBreak() throws Exception {
        ObjectNode open = changed(document -> {
            document.put("version", 2);
            document.withObject("/inputSchema").remove("additionalProperties");
        });
        announce("echo-2", open);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> facade.get("/v1/job-types/test.echo/v2").statusCode() == 200);
        ObjectNode knowsMore = open.deepCopy();
        input(knowsMore, "size").put("type", "integer");
        JsonNode before = check(knowsMore);
        assertThat(before.get("verdict").asText()).isEqualTo("undecided");
        assertThat(before.at("/reasons/0/pointer").asText()).isEqualTo("/size");
        assertThat(before.at("/reasons/0/payload").isObject()).isTrue();

        HttpResponse<String> job = facade.post(
                "/v1/jobs", "{\"type\":\"test.echo\",\"version\":2,\"input\":{\"text\":\"a\",\"size\":\"XL\"}}");
        assertThat(job.statusCode()).isEqualTo(202);
        assertThat(check(knowsMore).get("verdict").asText()).isEqualTo("incompatible");
        announce("echo-3", knowsMore);
        await().atMost(Duration.ofSeconds(30)).until(() -> json(facade.get("/v1/job-types/test.echo/v2"))
                .at("/announcements/0/state")
                .asText()
                .equals("refused"));
        JsonNode findings = json(facade.get("/v1/job-types/test.echo/v2")).at("/announcements/0/findings");
        assertThat(findings.at("/data/wouldBreak").asInt()).isEqualTo(1);
        assertThat(findings.at("/data/examples/0/job").asText())
                .isEqualTo(json(job).get("id").asText());
    }

    @Test
    void aVersionThatEndsSaysSoAndThenTakesNoNewJobs() throws Exception {
        ObjectNode ending = changed(document ->
                document.put("version", 2).put("deprecated", "2026-01-31").put("sunset", "2999-12-31"));
        ObjectNode ended = changed(document -> document.put("version", 3).put("sunset", "2026-01-01"));
        announce("echo-2", ending);
        announce("echo-2", ended);
        await().atMost(Duration.ofSeconds(30))
                .until(() -> facade.get("/v1/job-types/test.echo/v3").statusCode() == 200);

        String job = "{\"type\":\"test.echo\",\"version\":%d,\"input\":{\"text\":\"a\"}}";
        for (String accepted : List.of("application/json", "application/json; charset=utf-8")) {
            HttpResponse<String> answer =
                    facade.post("/v1/jobs", accepted, job.formatted(2).getBytes(StandardCharsets.UTF_8));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
            assertThat(answer.headers().firstValue("Deprecation")).contains("@1769817600");
            assertThat(answer.headers().firstValue("Sunset")).contains("Tue, 31 Dec 2999 00:00:00 GMT");
        }
        assertThat(facade.post("/v1/jobs", job.formatted(1)).headers().firstValue("Deprecation"))
                .isEmpty();
        HttpResponse<String> refused = facade.post("/v1/jobs", job.formatted(3));
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(json(refused).get("type").asText()).isEqualTo("urn:plainsail:problem:sunset");
        assertThat(json(refused).at("/errors/0/pointer").asText()).isEqualTo("/version");
        HttpResponse<String> bulk = facade.post("/v1/jobs/bulk", "[" + job.formatted(3) + "," + job.formatted(2) + "]");
        assertThat(json(bulk).at("/items/0/status").asInt()).isEqualTo(422);
        assertThat(json(bulk).at("/items/1/status").asInt()).isEqualTo(202);
        assertThat(json(facade.get("/v1/job-types/test.echo/v2")).get("sunset").asText())
                .isEqualTo("2999-12-31");
    }

    @Test
    void whoStillSendsAVersionIsCounted() throws Exception {
        accept("a");
        accept("b");
        await().atMost(Duration.ofSeconds(30))
                .until(() -> json(facade.get("/v1/job-types/test.echo/v1/callers"))
                                .at("/callers/0/jobs")
                                .asInt()
                        == 2);
        JsonNode callers =
                json(facade.get("/v1/job-types/test.echo/v1/callers")).get("callers");
        assertThat(callers).hasSize(1);
        assertThat(callers.at("/0/caller").asText()).isEqualTo("anonymous");
        assertThat(callers.at("/0/tenant").asText()).isEmpty();
        assertThat(Instant.parse(callers.at("/0/first").asText()))
                .isBeforeOrEqualTo(Instant.parse(callers.at("/0/last").asText()));
        assertThat(facade.get("/v1/job-types/test.echo/v9/callers").statusCode())
                .isEqualTo(404);
    }

    private static void isInvalid(HttpResponse<String> answer, String pointer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        assertThat(json(answer).get("type").asText()).isEqualTo("urn:plainsail:problem:invalid-contract");
        assertThat(json(answer).at("/errors/0/pointer").asText()).isEqualTo(pointer);
    }
}
