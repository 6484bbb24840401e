package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import io.plainsail.testbed.TraceReceiver;
import io.plainsail.testbed.TraceReceiver.ReceivedSpan;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the facade makes of its callers' traces, whatever they send. */
@Timeout(120)
class TraceApiTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String SAMPLED = "00-" + TRACE + "-b7ad6b7169203331-01";

    @TempDir
    Path directory;

    private final TraceReceiver collector = TraceReceiver.start();
    private RunningFacade facade;
    private EchoWorker worker;

    private void start(String tracing) throws Exception {
        EmbeddedTransport transport = EmbeddedTransport.create();
        facade = RunningFacade.start(directory, transport, tracing);
        worker = EchoWorker.knownTo(facade, transport);
    }

    private void startTraced() throws Exception {
        start("tracing: {endpoint: \"" + collector.endpoint() + "\"}\n");
    }

    @AfterEach
    void stop() throws Exception {
        facade.close();
        collector.close();
    }

    private UUID submit(String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(facade.uri("/v1/jobs"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"type\":\"test.echo\",\"input\":{\"text\":\"a\"}}"));
        HttpResponse<String> answer = facade.send(headers.length == 0 ? request : request.headers(headers));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return UUID.fromString(StrictJson.read(answer.body().getBytes(StandardCharsets.UTF_8))
                .get("id")
                .asText());
    }

    private JobMessage message() throws Exception {
        return JobMessageCodec.decode(worker.next().message());
    }

    /** A span ends after its answer has been sent: the order in which they come is none. */
    private ReceivedSpan named(String name) {
        return collector.spansOf(TRACE).stream()
                .filter(span -> span.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not among " + collector.spansOf(TRACE)));
    }

    @Test
    void aFacadeThatRecordsNothingPassesTheCallersContextOn() throws Exception {
        start("");
        submit("traceparent", SAMPLED, "tracestate", "vendor=a:b", "tracestate", "other=c");
        assertThat(message().trace()).isEqualTo(new TraceContext(SAMPLED, "vendor=a:b,other=c"));
        submit();
        assertThat(message().trace()).isNull();
    }

    /** However wrong: the job is accepted, and its trace begins here. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "garbage",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-and-more",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            })
    void whatIsNoContextIsNoReasonToRefuse(String traceparent) throws Exception {
        startTraced();
        submit("traceparent", traceparent, "tracestate", "x".repeat(600));
        TraceContext first = message().trace();
        assertThat(first.traceparent()).startsWith("00-").matches(".*-0[13]").doesNotContain(TRACE);
        assertThat(first.tracestate()).isNull();
        submit("traceparent", SAMPLED, "tracestate", "x".repeat(600));
        TraceContext second = message().trace();
        assertThat(second.traceparent()).startsWith("00-" + TRACE).matches(".*-0[13]");
        assertThat(second.tracestate()).as("too long").isNull();
    }

    @Test
    void whatTheCallerDoesNotSampleIsNotRecordedHereOrFurtherOn() throws Exception {
        startTraced();
        submit("traceparent", SAMPLED.replaceFirst("-01$", "-00"));
        assertThat(message().trace().traceparent()).startsWith("00-" + TRACE).matches(".*-0[02]");
        submit();
        await().atMost(PATIENCE).until(() -> collector.spans().stream()
                .anyMatch(span -> span.name().startsWith("send ")));
        assertThat(collector.spansOf(TRACE)).isEmpty();
    }

    /** A request of a caller that traces has a span; one that only asks, and is not traced, has none. */
    @Test
    void requestsHaveTheirRouteAndStatus() throws Exception {
        startTraced();
        UUID job = submit();
        facade.get("/v1/jobs/" + job);
        HttpRequest.Builder asking =
                HttpRequest.newBuilder(facade.uri("/v1/jobs/" + job)).header("traceparent", SAMPLED);
        assertThat(facade.send(asking).statusCode()).isEqualTo(200);
        HttpRequest.Builder wrong = HttpRequest.newBuilder(facade.uri("/v1/jobs/bulk?atomic=perhaps"))
                .header("traceparent", SAMPLED)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("[]"));
        assertThat(facade.send(wrong).statusCode()).isEqualTo(400);
        await().atMost(PATIENCE).until(() -> collector.spansOf(TRACE).size() == 2);
        ReceivedSpan asked = named("GET /v1/jobs/{id}");
        assertThat(asked.kind()).isEqualTo("SERVER");
        assertThat(asked.parentId()).isEqualTo("b7ad6b7169203331");
        assertThat(asked.attributes())
                .containsEntry("http.route", "/v1/jobs/{id}")
                .containsEntry("http.response.status_code", "200");
        ReceivedSpan refused = named("POST /v1/jobs/bulk");
        assertThat(refused.failed()).as("the caller's mistake").isFalse();
        assertThat(refused.attributes()).containsEntry("http.response.status_code", "400");
        assertThat(collector.spans())
                .noneMatch(
                        span -> span.name().startsWith("GET") && !span.traceId().equals(TRACE));
    }

    /** Each of many has its own way to the broker; all of them were accepted at once. */
    @Test
    void manyJobsOfOneRequestAreInItsTrace() throws Exception {
        startTraced();
        String one = "{\"type\":\"test.echo\",\"input\":{\"text\":\"a\"}}";
        HttpRequest.Builder bulk = HttpRequest.newBuilder(facade.uri("/v1/jobs/bulk"))
                .header("traceparent", SAMPLED)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("[" + one + "," + one + "," + one + "]"));
        assertThat(facade.send(bulk).statusCode()).isEqualTo(200);
        await().atMost(PATIENCE).until(() -> collector.spansOf(TRACE).size() == 5);
        List<ReceivedSpan> spans = collector.spansOf(TRACE);
        ReceivedSpan accept = named("accept");
        assertThat(accept.attributes()).containsEntry("plainsail.jobs", "3");
        assertThat(spans.stream().filter(span -> span.name().equals("send jobs:test.echo.v1")))
                .hasSize(3)
                .allMatch(span -> span.parentId().equals(accept.spanId()))
                .extracting(span -> span.attributes().get("messaging.message.id"))
                .doesNotHaveDuplicates();
    }

    @Test
    void aCollectorThatIsAwayIsNobodysConcern() throws Exception {
        collector.close();
        startTraced();
        for (int i = 0; i < 20; i++) {
            submit("traceparent", SAMPLED);
            assertThat(message().trace().traceparent()).startsWith("00-" + TRACE);
        }
    }
}
