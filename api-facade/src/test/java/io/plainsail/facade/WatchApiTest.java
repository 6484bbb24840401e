package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Waiting for a job: ETags, {@code Prefer: wait}, and streams of events. */
@Timeout(120)
class WatchApiTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String HELLO = "{\"type\":\"test.echo\",\"input\":{\"text\":\"hello\"}}";

    @TempDir
    Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private RunningFacade facade;
    private EchoWorker worker;

    @BeforeEach
    void start() throws Exception {
        start(EmbeddedTransport.create());
    }

    private void start(EmbeddedTransport transport) throws Exception {
        facade = RunningFacade.start(directory, transport, "limits: {eventStreams: 2, waits: 1}\n");
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

    private String accept() throws Exception {
        return json(facade.post("/v1/jobs", HELLO)).get("id").asText();
    }

    private HttpRequest.Builder get(String path) {
        return HttpRequest.newBuilder(facade.uri(path));
    }

    private HttpRequest.Builder preferring(String wait) {
        return HttpRequest.newBuilder(facade.uri("/v1/jobs"))
                .header("Content-Type", "application/json")
                .header("Prefer", wait)
                .POST(HttpRequest.BodyPublishers.ofString(HELLO));
    }

    // ETag -----------------------------------------------------------------------------------------------------

    @Test
    void aJobThatIsTheSameIsNotSentAgain() throws Exception {
        String path = "/v1/jobs/" + accept();
        HttpResponse<String> first = facade.get(path);
        String tag = first.headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> same = facade.send(get(path).header("If-None-Match", tag));
        assertThat(same.statusCode()).isEqualTo(304);
        assertThat(same.body()).isEmpty();
        assertThat(same.headers().firstValue("ETag")).contains(tag);
        assertThat(facade.send(get(path).header("If-None-Match", tag).header("Accept-Encoding", "gzip"))
                        .statusCode())
                .isEqualTo(304);
        worker.echo();
        await().atMost(PATIENCE).until(() -> json(facade.get(path)).has("finishedAt"));
        HttpResponse<String> changed = facade.send(get(path).header("If-None-Match", tag));
        assertThat(changed.statusCode()).isEqualTo(200);
        assertThat(changed.headers().firstValue("ETag"))
                .isNotEqualTo(first.headers().firstValue("ETag"));
    }

    // Prefer: wait ---------------------------------------------------------------------------------------------

    @Test
    void whoWouldWaitGetsTheOutcomeInTheAnswer() throws Exception {
        CompletableFuture<HttpResponse<String>> answer =
                http.sendAsync(preferring("respond-async, wait=30").build(), HttpResponse.BodyHandlers.ofString());
        worker.echo();
        HttpResponse<String> ended = answer.get();
        assertThat(ended.statusCode()).isEqualTo(200);
        assertThat(ended.headers().firstValue("Preference-Applied")).contains("wait=30");
        assertThat(ended.headers().firstValue("Location").orElseThrow())
                .endsWith(json(ended).get("id").asText());
        assertThat(json(ended).at("/output/text").asText()).isEqualTo("hello");
    }

    @Test
    void aJobThatTakesLongerIsAcceptedAndMayBeWaitedForAgain() throws Exception {
        HttpResponse<String> accepted = facade.send(preferring("wait=1"));
        assertThat(accepted.statusCode()).isEqualTo(202);
        String path = "/v1/jobs/" + json(accepted).get("id").asText();
        CompletableFuture<HttpResponse<String>> answer =
                http.sendAsync(get(path).header("Prefer", "wait=600").build(), HttpResponse.BodyHandlers.ofString());
        worker.echo();
        assertThat(json(answer.get()).get("state").asText()).isEqualTo("succeeded");
        assertThat(answer.get().headers().firstValue("Preference-Applied")).contains("wait=60");
    }

    private CompletableFuture<HttpResponse<String>> waitFor(String path) {
        return http.sendAsync(get(path).header("Prefer", "wait=60").build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void whoWaitsBeyondTheBoundIsAnsweredAtOnce() throws Exception {
        String first = "/v1/jobs/" + accept();
        AtomicReference<CompletableFuture<HttpResponse<String>>> waiting = new AtomicReference<>(waitFor(first));
        // As soon as the first one waits, the second one does not.
        await().atMost(PATIENCE).until(() -> {
            if (waiting.get().isDone()) { // the second one was there before it
                waiting.set(waitFor(first));
            }
            long asked = System.nanoTime();
            HttpResponse<String> second = facade.send(get(first).header("Prefer", "wait=5"));
            assertThat(json(second).get("state").asText()).isEqualTo("queued");
            return System.nanoTime() - asked < TimeUnit.SECONDS.toNanos(4);
        });
        assertThat(waiting.get()).isNotDone();
        worker.echo();
        assertThat(json(waiting.get().get()).get("state").asText()).isEqualTo("succeeded");
    }

    @ParameterizedTest
    @ValueSource(strings = {"wait", "wait=", "wait=soon", "wait=-1", "await=5", "wait=1 s", "return=minimal"})
    void aPreferenceThatIsNotUnderstoodIsPassedOver(String preference) throws Exception {
        HttpResponse<String> answer = facade.send(preferring(preference));
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(answer.headers().firstValue("Preference-Applied")).isEmpty();
    }

    // Events ---------------------------------------------------------------------------------------------------

    private EventReader reader(String id, String lastEventId) throws Exception {
        return new EventReader(http, get("/v1/jobs/" + id + "/events"), lastEventId);
    }

    private void report(JobMessage job, int line) {
        worker.report(
                new WorkerEvent.Started(job.jobId(), 1, Instant.now()),
                new WorkerEvent.LogLine(job.jobId(), 1, Instant.now(), line, "line " + line));
    }

    @Test
    void aStreamShowsTheJobAndItsLogToTheEnd() throws Exception {
        String id = accept();
        Delivery delivery = worker.next();
        JobMessage job = JobMessageCodec.decode(delivery.message());
        List<String> names = new ArrayList<>();
        try (EventReader reader = reader(id, "")) {
            assertThat(reader.response.headers().firstValue("Content-Type")).contains("text/event-stream");
            assertThat(reader.response.headers().firstValue("Cache-Control")).contains("no-store");
            assertThat(reader.next().data().get("state").asText()).isEqualTo("queued");
            report(job, 0);
            EventReader.Event log = reader.next();
            assertThat(log.name()).isEqualTo("log");
            assertThat(log.data().get("line").asText()).isEqualTo("line 0");
            assertThat(reader.next().data().get("state").asText()).isEqualTo("running");
            worker.report(new WorkerEvent.Succeeded(
                    job.jobId(), 1, Instant.now(), Instant.now(), "{\n\"text\":\r\n\"hello\"}".getBytes(), null));
            delivery.ack();
            EventReader.Event last = null;
            for (EventReader.Event event = reader.next(); event != null; event = reader.next()) {
                names.add(event.name());
                if (event.name().equals("job")) {
                    last = event;
                }
            }
            assertThat(last.data().at("/output/text").asText()).isEqualTo("hello");
        }
        assertThat(names).endsWith("job", "end");
    }

    @Test
    void aStreamGoesOnWhereItWasAfterTheFacadesRestart() throws Exception {
        String id = accept();
        JobMessage job = JobMessageCodec.decode(worker.next().message());
        String position = "";
        List<String> seen = new ArrayList<>();
        try (EventReader reader = reader(id, "")) {
            report(job, 0);
            report(job, 1);
            while (seen.size() < 2) {
                EventReader.Event event = reader.next();
                position = event.id();
                if (event.name().equals("log")) {
                    seen.add(event.data().get("line").asText());
                }
            }
        }
        facade.close();
        EmbeddedTransport transport = EmbeddedTransport.create();
        start(transport);
        report(job, 2);
        worker.report(new WorkerEvent.Succeeded(job.jobId(), 1, Instant.now(), Instant.now(), job.input(), null));
        try (EventReader reader = reader(id, position)) {
            for (EventReader.Event event = reader.next(); event != null; event = reader.next()) {
                position = event.id();
                if (event.name().equals("log")) {
                    seen.add(event.data().get("line").asText());
                }
            }
        }
        assertThat(seen).containsExactly("line 0", "line 1", "line 2");
        try (EventReader reader = reader(id, position)) {
            assertThat(reader.response.statusCode()).isEqualTo(204);
        }
    }

    @Test
    void streamsAreBoundedAndEndWithTheFacade() throws Exception {
        String id = accept();
        try (EventReader first = reader(id, "");
                EventReader second = reader(id, "")) {
            first.next();
            second.next();
            try (EventReader third = reader(id, "")) {
                assertThat(third.response.statusCode()).isEqualTo(503);
                assertThat(third.response.headers().firstValue("Retry-After")).isPresent();
            }
            facade.stop();
            assertThat(first.next()).isNull();
            assertThat(second.next()).isNull();
        }
        start(EmbeddedTransport.create());
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "1.2", "1.2.x", "-1.0.none", "1.-2.none", "1.2.0123456789abcdeg", "é"})
    void aPositionThatIsNoneIsRefused(String position) throws Exception {
        try (EventReader reader = reader(accept(), position)) {
            assertThat(reader.response.statusCode()).isEqualTo(400);
        }
    }

    @Test
    void aJobThatIsNotThereHasNoEvents() throws Exception {
        assertThat(facade.get("/v1/jobs/01a209ce-0d1f-731f-b7af-2157f5591e27/events")
                        .statusCode())
                .isEqualTo(404);
    }

    // Logs -----------------------------------------------------------------------------------------------------

    @Test
    void aLogIsFollowedPageByPageToTheEndOfItsJob() throws Exception {
        String id = accept();
        JobMessage job = JobMessageCodec.decode(worker.next().message());
        HttpResponse<String> nothing = facade.get("/v1/jobs/" + id + "/logs");
        assertThat(json(nothing).get("lines")).isEmpty();
        String next = json(nothing).get("next").asText();
        CompletableFuture<HttpResponse<String>> waiting =
                http.sendAsync(get(next).header("Prefer", "wait=60").build(), HttpResponse.BodyHandlers.ofString());
        report(job, 0);
        HttpResponse<String> first = waiting.get();
        assertThat(first.headers().firstValue("Preference-Applied")).contains("wait=60");
        assertThat(json(first).at("/lines/0/line").asText()).isEqualTo("line 0");
        next = json(first).get("next").asText();
        assertThat(json(facade.get(next)).get("lines")).isEmpty();

        waiting = http.sendAsync(get(next).header("Prefer", "wait=60").build(), HttpResponse.BodyHandlers.ofString());
        worker.report(
                new WorkerEvent.LogLine(job.jobId(), 1, Instant.now(), 1, "line 1"),
                new WorkerEvent.Succeeded(job.jobId(), 1, Instant.now(), Instant.now(), job.input(), null));
        JsonNode last = json(waiting.get());
        assertThat(last.at("/lines/0/line").asText()).isEqualTo("line 1");
        if (last.has("next")) {
            // It was read between the line and the end.
            last = json(facade.send(get(last.get("next").asText()).header("Prefer", "wait=60")));
        }
        assertThat(last.has("next")).isFalse();
    }
}
