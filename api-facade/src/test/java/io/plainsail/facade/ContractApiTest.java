package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
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
        worker = new EchoWorker(transport);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> facade.get("/v1/job-types/test.echo/v1").statusCode() == 200);
    }

    @AfterEach
    void stop() throws Exception {
        facade.close();
    }

    private static JsonNode json(HttpResponse<String> response) {
        return StrictJson.read(response.body().getBytes(StandardCharsets.UTF_8));
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
    void whatNoRuleDecidesIsUndecidedUnlessAJobThatIsThereBreaks() throws Exception {
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

    private static void isInvalid(HttpResponse<String> answer, String pointer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        assertThat(json(answer).get("type").asText()).isEqualTo("urn:plainsail:problem:invalid-contract");
        assertThat(json(answer).at("/errors/0/pointer").asText()).isEqualTo(pointer);
    }
}
