package io.plainsail.facade;

import static io.plainsail.facade.EchoWorker.HELLO;
import static io.plainsail.facade.RunningFacade.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.wire.Message;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.ParkedMessage;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages that nobody could read: kept, shown, sent back and forgotten. */
class ParkedMessagesApiTest {
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
    void undecodableEventsAreParkedAndTheirNeighboursRecorded() throws Exception {
        int before = facade.facade().jobs().parked(100).size();
        worker.events()
                .publish(
                        Destination.events(),
                        new Message("application/json", Map.of("a", "b"), "garbage".getBytes(StandardCharsets.UTF_8)),
                        result -> {});
        String id = facade.accept(HELLO);
        worker.echo();

        facade.awaitState(id, "succeeded");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> facade.facade().jobs().parked(100).size() == before + 1);
        assertThat(facade.facade().jobs().parked(1).get(0).message().reason()).contains("not JSON");
    }

    @Test
    void parkedMessageIsShownReleasedAndDeleted() throws Exception {
        Instant now = Instant.now();
        Message unreadable = new Message(
                "text/plain", Map.of("who", "knows"), "released by hand \0".getBytes(StandardCharsets.UTF_8));
        worker.events().publish(Destination.events(), unreadable, result -> {});
        JsonNode first = await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> json(facade.get("/v1/parked-messages?limit=1")).at("/messages/0"),
                        message -> message.path("body").asText().startsWith("released by hand"));
        assertThat(first.get("source").asText()).isEqualTo("events");
        assertThat(first.get("reason").asText()).contains("undecodable");
        assertThat(first.at("/headers/who").asText()).isEqualTo("knows");
        assertThat(first.get("bodyBytes").asInt()).isEqualTo(18);
        String path = "/v1/parked-messages/" + first.get("id").asText();

        assertThat(facade.post(path + "/release", "").statusCode()).isEqualTo(204);
        JsonNode again = await().atMost(Duration.ofSeconds(20))
                .until(
                        () -> json(facade.get("/v1/parked-messages?limit=1")).at("/messages/0"),
                        message -> message.path("body").asText().startsWith("released by hand")
                                && !message.get("id").equals(first.get("id")));
        assertThat(facade.post(path + "/release", "").statusCode())
                .as("released once")
                .isEqualTo(404);
        String second = "/v1/parked-messages/" + again.get("id").asText();
        assertThat(delete(second)).isEqualTo(204);
        assertThat(delete(second)).isEqualTo(404);
        assertThat(delete("/v1/parked-messages/nope")).isEqualTo(404);

        String id = facade.accept("{\"type\":\"test.echo\",\"version\":1,\"input\":{\"text\":\"a\"}}");
        Delivery job = worker.next();
        UUID parked = JobIds.next();
        facade.facade()
                .jobs()
                .park(new ParkedMessage(
                        parked,
                        "dead",
                        "by hand",
                        job.message().headers(),
                        job.message().body(),
                        now));
        job.ack();
        assertThat(facade.post("/v1/parked-messages/" + parked + "/release", "").statusCode())
                .isEqualTo(204);
        assertThat(worker.echo().jobId()).hasToString(id);
        facade.awaitState(id, "succeeded");

        UUID lost = JobIds.next();
        facade.facade().jobs().park(new ParkedMessage(lost, "dead", "by hand", Map.of(), new byte[0], now));
        HttpResponse<String> refused = facade.post("/v1/parked-messages/" + lost + "/release", "");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("not-releasable", "cloudEvents_subject");
        assertThat(delete("/v1/parked-messages/" + lost)).isEqualTo(204);
    }

    private static int delete(String path) throws Exception {
        return facade.send(HttpRequest.newBuilder(facade.uri(path)).DELETE()).statusCode();
    }
}
