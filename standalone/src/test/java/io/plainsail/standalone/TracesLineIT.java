package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.testbed.PrivateRabbitMq;
import io.plainsail.testbed.TraceReceiver;
import io.plainsail.testbed.TraceReceiver.ReceivedSpan;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One job's trace through processes of their own and a real broker, to a collector. */
@Timeout(300)
class TracesLineIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String CALLER = "00f067aa0ba902b7";
    private static final String SENT_TO = "send plainsail.jobs:test.echo.v1";
    private static final String TAKEN_FROM = "process plainsail.jobs:test.echo.v1:plainsail.jobs.test.echo.v1";
    private static final String REPORTED = "send plainsail.events:events";
    private static final String RECORDED = "process plainsail.events:events:plainsail.events";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final TraceReceiver collector =
            TraceReceiver.start().requires("Authorization", "Bearer key-of-the-collector");

    @SuppressWarnings("NullAway.Init")
    private PrivateRabbitMq broker;

    @SuppressWarnings("NullAway.Init")
    private Line line;

    @BeforeEach
    void start() throws Exception {
        if (!PrivateRabbitMq.isInstalled()) {
            assertThat(System.getenv("CI"))
                    .as("RabbitMQ must be installed in CI")
                    .isNull();
            Assumptions.abort("RabbitMQ is not installed: apt-get install rabbitmq-server");
        }
        broker = PrivateRabbitMq.start(PrivateRabbitMq.Options.defaults());
        line = new Line(directory, broker.uri(), Line.h2(directory), "{}").tracedTo(collector.endpoint());
        line.startFacade();
        line.startWorker();
        line.awaitContract();
    }

    @AfterEach
    void stop() {
        line.close();
        broker.close();
        collector.close();
    }

    @Test
    void aJobsTraceIsWholeThroughARestartOfTheFacadeAndASecondAttempt() throws Exception {
        broker.flushDeclarations();
        broker.stop();
        String job = accepted(line.api()
                .submit(
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"away:1\"}}",
                        Map.of("traceparent", "00-" + TRACE + "-" + CALLER + "-01", "tracestate", "vendor=a:b")));
        line.facade().terminate(Duration.ofSeconds(60));
        line.facade().restart();
        broker.start();
        await().atMost(PATIENCE)
                .until(() -> line.api().status("/v1/jobs/" + job) == 200
                        && state(job).equals("succeeded"));
        // Facade and worker send their spans apart from each other.
        await().atMost(PATIENCE).until(() -> Stream.of(TAKEN_FROM, REPORTED, RECORDED)
                .allMatch(name -> all(name).size() == 2));

        ReceivedSpan request = only("POST /v1/jobs", span -> true);
        is(request, "plainsail-facade", "SERVER", CALLER);
        assertThat(request.attributes())
                .containsEntry("http.request.method", "POST")
                .containsEntry("http.route", "/v1/jobs")
                .containsEntry("http.response.status_code", "202")
                .containsEntry("url.path", "/v1/jobs");
        ReceivedSpan accept = only("accept", span -> true);
        is(accept, "plainsail-facade", "INTERNAL", request.spanId());
        assertThat(accept.attributes()).containsEntry("plainsail.job.id", job);

        // By the facade that was started later: it had only what the store kept. The worker sends there too, when the
        // rest before the next attempt is over before the broker takes its message.
        ReceivedSpan sent = only(SENT_TO, span -> span.kind().equals("PRODUCER") && !span.failed());
        is(sent, "plainsail-facade", "PRODUCER", accept.spanId());
        isMessage(sent, "send", "plainsail.jobs:test.echo.v1", job + ".1");

        for (int attempt = 1; attempt <= 2; attempt++) {
            String number = Integer.toString(attempt);
            ReceivedSpan run =
                    only(TAKEN_FROM, span -> number.equals(span.attributes().get("plainsail.job.attempt")));
            is(run, "plainsail-worker-echo", "CONSUMER", sent.spanId());
            isMessage(run, "process", "plainsail.jobs:test.echo.v1:plainsail.jobs.test.echo.v1", job + "." + attempt);
            assertThat(run.traceState()).isEqualTo("vendor=a:b");
            assertThat(run.failed()).isEqualTo(attempt == 1);
            assertThat(run.attributes())
                    .containsEntry("plainsail.job.outcome", attempt == 1 ? "retrying" : "succeeded");

            ReceivedSpan reported = only(REPORTED, span -> span.parentId().equals(run.spanId()));
            is(reported, "plainsail-worker-echo", "PRODUCER", run.spanId());
            isMessage(reported, "send", "plainsail.events:events", job + "." + attempt);
            ReceivedSpan recorded = only(RECORDED, span -> span.parentId().equals(reported.spanId()));
            is(recorded, "plainsail-facade", "CONSUMER", reported.spanId());
            isMessage(recorded, "process", "plainsail.events:events:plainsail.events", job + "." + attempt);
            if (attempt == 1) {
                assertThat(run.attributes()).containsEntry("error.type", "unavailable");
                ReceivedSpan next = collector.spansOf(TRACE).stream()
                        .filter(span -> span.kind().equals("CLIENT") && !span.failed())
                        .findFirst()
                        .orElseThrow(() -> notAmong("the next attempt's message"));
                is(next, "plainsail-worker-echo", "CLIENT", run.spanId());
                assertThat(next.name()).matches("send plainsail\\.(delay\\.1s|jobs):test\\.echo\\.v1");
                assertThat(next.attributes()).containsEntry("messaging.message.id", job + ".2");
            }
        }
    }

    @Test
    void aReplayHasATraceOfItsOwnThatNamesTheFirst() throws Exception {
        String dead = accepted(line.api()
                .submit(
                        "{\"type\":\"test.echo\",\"input\":{\"text\":\"away:9\"},\"retry\":{\"attempts\":1}}",
                        Map.of("traceparent", "00-" + TRACE + "-" + CALLER + "-01")));
        await().atMost(PATIENCE).until(() -> state(dead).equals("failed"));
        await().atMost(PATIENCE).until(() -> all("accept").size() == 1);
        ReceivedSpan first = only("accept", span -> true);

        HttpResponse<byte[]> answer = line.api().post("/v1/jobs/" + dead + "/replay");
        assertThat(answer.statusCode()).isBetween(200, 202);
        String link = TRACE + "/" + first.spanId();
        ReceivedSpan second = await().atMost(PATIENCE)
                .until(
                        () -> collector.spans().stream()
                                .filter(span -> span.links().equals(List.of(link)))
                                .findFirst(),
                        java.util.Optional::isPresent)
                .orElseThrow();
        assertThat(second.name()).isEqualTo("accept");
        assertThat(second.traceId()).isNotEqualTo(TRACE);
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(collector.spansOf(second.traceId()))
                .extracting(ReceivedSpan::name)
                .contains("POST /v1/jobs/{id}/replay", SENT_TO, TAKEN_FROM, REPORTED, RECORDED));
    }

    private List<ReceivedSpan> all(String name) {
        return collector.spansOf(TRACE).stream()
                .filter(span -> span.name().equals(name))
                .toList();
    }

    private ReceivedSpan only(String name, Predicate<ReceivedSpan> which) {
        List<ReceivedSpan> found = all(name).stream().filter(which).toList();
        if (found.size() != 1) {
            throw notAmong(name + ", once,");
        }
        return found.get(0);
    }

    private AssertionError notAmong(String what) {
        StringBuilder all = new StringBuilder(what + " is not among");
        collector.spansOf(TRACE).forEach(span -> all.append("\n  ").append(span));
        return new AssertionError(all.toString());
    }

    private static void is(ReceivedSpan span, String service, String kind, String parent) {
        assertThat(span.service()).as(span.name()).isEqualTo(service);
        assertThat(span.kind()).as(span.name()).isEqualTo(kind);
        assertThat(span.parentId()).as(span.name()).isEqualTo(parent);
    }

    private static void isMessage(ReceivedSpan span, String operation, String destination, String id) {
        assertThat(span.attributes())
                .containsEntry("messaging.system", "rabbitmq")
                .containsEntry("messaging.operation.name", operation)
                .containsEntry("messaging.operation.type", operation)
                .containsEntry("messaging.destination.name", destination)
                .containsEntry("messaging.message.id", id);
    }

    private String state(String job) throws Exception {
        return line.api().get("/v1/jobs/" + job).get("state").asText();
    }

    private static String accepted(HttpResponse<byte[]> answer) {
        assertThat(answer.statusCode())
                .as(new String(answer.body(), StandardCharsets.UTF_8))
                .isEqualTo(202);
        JsonNode job = StrictJson.read(answer.body());
        return job.get("id").asText();
    }
}
