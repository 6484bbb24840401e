package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.facade.job.JobChanges;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The stream of all jobs' changes; what is read of the store is in the contract of the changes. */
@Timeout(120)
class FeedApiTest {
    private static final JobQuery ALL = new JobQuery(Set.of(), null, Map.of(), null, null, null, 1);

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private RunningFacade facade;
    private EchoWorker worker;
    private String admin;

    @BeforeEach
    void start() throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        // Before the facade: jobs that it finds at its start have a queue to go to.
        worker = new EchoWorker(transport);
        facade = RunningFacade.start(directory, transport, """
                limits: {eventStreams: 2}
                access: {required: true, adminKeyFile: "%s/admin.key"}
                """.formatted(directory));
        admin = Files.readString(directory.resolve("admin.key")).strip();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> facade.send(request("/v1/job-types/test.echo/v1", admin))
                                .statusCode()
                        == 200);
    }

    @AfterEach
    void stop() throws Exception {
        facade.close();
    }

    private HttpRequest.Builder request(String path, String key) {
        return HttpRequest.newBuilder(facade.uri(path))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json");
    }

    private JsonNode post(String path, String key, String body) throws Exception {
        HttpResponse<String> answer = facade.send(request(path, key).POST(HttpRequest.BodyPublishers.ofString(body)));
        assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 202);
        return StrictJson.read(answer.body().getBytes(StandardCharsets.UTF_8));
    }

    private String accept(String key, String team) throws Exception {
        return post(
                        "/v1/jobs",
                        key,
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\"},\"labels\":{\"team\":\"" + team + "\"}}")
                .get("id")
                .asText();
    }

    private EventReader reader(String query, String key, String lastEventId) throws Exception {
        return new EventReader(http, request("/v1/events" + query, key), lastEventId);
    }

    private static String told(EventReader.Event event) {
        assertThat(event.name()).isEqualTo("job");
        return event.data().get("id").asText() + " " + event.data().get("state").asText();
    }

    /** Reads until a job is told to be in a state. */
    private static List<String> until(EventReader reader, String last) throws Exception {
        List<String> seen = new ArrayList<>();
        do {
            seen.add(told(reader.next()));
        } while (!seen.get(seen.size() - 1).equals(last));
        return seen;
    }

    @Test
    void changesOfTheJobsThatMeetTheFilterComeInTheirOrder() throws Exception {
        JobChanges changes = facade.facade().changes();
        JobChanges.Position before = changes.now();
        accept(admin, "a");
        worker.next().ack();
        // It is told when every older write has ended: else the stream would begin before this job.
        await().atMost(Duration.ofSeconds(60))
                .until(() -> !changes.after(before, ALL, 10).changes().isEmpty());
        try (EventReader reader = reader("?label=team:a&type=test.echo", admin, "")) {
            assertThat(reader.response.headers().firstValue("Content-Type")).contains("text/event-stream");
            reader.begin();
            String first = accept(admin, "a");
            assertThat(told(reader.next())).isEqualTo(first + " queued");
            accept(admin, "b");
            worker.echo();
            assertThat(told(reader.next())).isEqualTo(first + " succeeded");
            String last = accept(admin, "a");
            assertThat(told(reader.next())).isEqualTo(last + " queued");
        }
    }

    @Test
    void aStreamGoesOnAfterTheFacadesRestartWithoutAGapOrARepetition() throws Exception {
        List<String> seen = new ArrayList<>();
        List<String> jobs = new ArrayList<>();
        String position;
        try (EventReader reader = reader("?state=queued&state=succeeded", admin, "")) {
            reader.begin();
            for (int i = 0; i < 3; i++) {
                jobs.add(accept(admin, "a"));
            }
            EventReader.Event second;
            seen.add(told(reader.next()));
            second = reader.next();
            seen.add(told(second));
            position = second.id();
        }
        UUID ended = worker.echo().jobId();
        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        facade.facade().jobs().find(ended).orElseThrow().state().terminal());
        jobs.add(accept(admin, "b"));
        facade.close();
        start();
        // All are released again: the embedded transport keeps nothing.
        jobs.add(accept(admin, "c"));
        for (int i = 0; i < 4; i++) {
            worker.echo();
        }
        try (EventReader reader = reader("?state=queued&state=succeeded", admin, position)) {
            while (seen.stream().filter(told -> told.endsWith("succeeded")).count() < 5) {
                seen.add(told(reader.next()));
            }
        }
        assertThat(seen).doesNotHaveDuplicates();
        assertThat(seen.stream().filter(told -> told.endsWith("succeeded")))
                .containsExactlyInAnyOrderElementsOf(
                        jobs.stream().map(id -> id + " succeeded").toList());
    }

    @Test
    void whoHasReadNothingGoesOnFromWhereTheStreamBegan() throws Exception {
        String position;
        try (EventReader reader = reader("", admin, "")) {
            position = reader.begin();
        }
        String job = accept(admin, "a");
        try (EventReader reader = reader("", admin, position)) {
            assertThat(until(reader, job + " queued")).hasSize(1);
        }
    }

    @Test
    void aTenantSeesItsOwnJobsAlone() throws Exception {
        String acme = post("/v1/keys", admin, "{\"name\":\"a\",\"role\":\"submitter\",\"tenant\":\"acme\"}")
                .get("key")
                .asText();
        String zebra = post("/v1/keys", admin, "{\"name\":\"z\",\"role\":\"submitter\",\"tenant\":\"zebra\"}")
                .get("key")
                .asText();
        try (EventReader reader = reader("", acme, "")) {
            reader.begin();
            accept(zebra, "a");
            accept(admin, "a");
            String mine = accept(acme, "a");
            assertThat(told(reader.next())).isEqualTo(mine + " queued");
        }
    }

    @Test
    void streamsAreBoundedAndEndWithTheFacade() throws Exception {
        try (EventReader first = reader("", admin, "");
                EventReader second = reader("", admin, "")) {
            first.begin();
            second.begin();
            try (EventReader third = reader("", admin, "")) {
                assertThat(third.response.statusCode()).isEqualTo(503);
                assertThat(third.response.headers().firstValue("Retry-After")).isPresent();
            }
            facade.stop();
            assertThat(first.next()).isNull();
            assertThat(second.next()).isNull();
        }
        start();
    }
}
