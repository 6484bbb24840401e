package io.plainsail.messaging.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.messaging.Delay;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.amqp.AmqpConfig;
import io.plainsail.messaging.amqp.AmqpTransport;
import io.plainsail.messaging.embedded.EmbeddedTransport;
import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.TraceReceiver;
import io.plainsail.testbed.TraceReceiver.ReceivedSpan;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is recorded comes to a collector; one that is not there, or hangs, holds nobody up. */
@Timeout(120)
class TracingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final TraceContext SAMPLED =
            new TraceContext("00-" + TRACE + "-b7ad6b7169203331-01", "vendor=a:b,other=c");
    private static final TraceContext NOT_SAMPLED = new TraceContext("00-" + TRACE + "-b7ad6b7169203331-00", null);
    private static final JobType ECHO = new JobType("test.echo", 1);
    private static final UUID JOB = UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057");

    private static Tracing to(String endpoint, double ratio) {
        return Tracing.of(new TracingConfig(endpoint, ratio, OtlpHeaders.NONE), "plainsail-test", "test-1", "1.2.3");
    }

    @Test
    void withoutACollectorContextsArePassedOnAsTheyCame() {
        assertThat(Tracing.of(TracingConfig.OFF, "a", "b", "c")).isSameAs(Tracing.off());
        Context context = Tracing.context(SAMPLED);
        assertThat(Tracing.told(context)).isEqualTo(SAMPLED);
        Span span = Tracing.off().span("any", SpanKind.INTERNAL, context).startSpan();
        assertThat(Tracing.told(context.with(span))).isEqualTo(SAMPLED);
        assertThat(span.isRecording()).isFalse();
        try (Scope ignored = context.makeCurrent()) {
            assertThat(Tracing.current()).isEqualTo(SAMPLED);
        }
        assertThat(Tracing.current()).isNull();
        assertThat(Tracing.told(Tracing.context(null))).isNull();
    }

    @Test
    void spansOfMessagesAreAsTheConventionsHaveThem() {
        try (TraceReceiver receiver = TraceReceiver.start();
                Tracing tracing = to(receiver.endpoint() + "/", 1);
                AmqpTransport transport =
                        AmqpTransport.create(AmqpConfig.of("amqp://guest:guest@127.0.0.1:1/%2f", "none"))) {
            MessageSpans spans = MessageSpans.of(tracing, transport);
            Context accepted = Tracing.context(SAMPLED);
            Span sent = spans.creating(Destination.jobs(ECHO), accepted, JOB, 1);
            Context message = Tracing.context(Tracing.told(accepted.with(sent)));
            MessageSpans.end(sent, PublishResult.CONFIRMED);
            Span processed = spans.processing(Destination.jobs(ECHO), message, JOB, 1);
            Span rests = spans.forwarding(
                    Destination.delayed(ECHO, Delay.towards(Duration.ofSeconds(1))), message.with(processed), JOB, 2);
            MessageSpans.end(rests, PublishResult.UNROUTABLE);
            processed.end();

            await().atMost(PATIENCE).until(() -> receiver.spansOf(TRACE).size() == 3);
            ReceivedSpan first = named(receiver, "send plainsail.jobs:test.echo.v1");
            assertThat(first.service()).isEqualTo("plainsail-test");
            assertThat(first.kind()).isEqualTo("PRODUCER");
            assertThat(first.parentId()).isEqualTo("b7ad6b7169203331");
            assertThat(first.traceState()).isEqualTo(SAMPLED.tracestate());
            assertThat(first.failed()).isFalse();
            assertThat(first.attributes())
                    .containsEntry("messaging.system", "rabbitmq")
                    .containsEntry("messaging.operation.name", "send")
                    .containsEntry("messaging.operation.type", "send")
                    .containsEntry("messaging.destination.name", "plainsail.jobs:test.echo.v1")
                    .containsEntry("messaging.rabbitmq.destination.routing_key", "test.echo.v1")
                    .containsEntry("messaging.message.id", JOB + ".1")
                    .containsEntry("messaging.message.conversation_id", JOB.toString());
            ReceivedSpan second = named(receiver, "process plainsail.jobs:test.echo.v1:plainsail.jobs.test.echo.v1");
            assertThat(second.kind()).isEqualTo("CONSUMER");
            assertThat(second.parentId()).isEqualTo(first.spanId());
            ReceivedSpan third = named(receiver, "send plainsail.delay.1s:test.echo.v1");
            assertThat(third.kind()).isEqualTo("CLIENT");
            assertThat(third.parentId()).isEqualTo(second.spanId());
            assertThat(third.failed()).isTrue();
            assertThat(third.attributes()).containsEntry("error.type", "unroutable");
        }
    }

    private static ReceivedSpan named(TraceReceiver receiver, String name) {
        return receiver.spansOf(TRACE).stream()
                .filter(span -> span.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not among " + receiver.spans()));
    }

    /** What the caller decided is kept; what begins here goes by the ratio. */
    @Test
    void theCallerDecidesWhatIsRecorded() {
        try (TraceReceiver receiver = TraceReceiver.start()) {
            try (Tracing none = to(receiver.endpoint().toString(), 0);
                    Tracing all = to(receiver.endpoint().toString(), 1)) {
                none.span("sampled by the caller", SpanKind.SERVER, Tracing.context(SAMPLED))
                        .startSpan()
                        .end();
                Span root =
                        none.span("ratio 0", SpanKind.SERVER, Context.root()).startSpan();
                assertThat(Tracing.told(Context.root().with(root)).traceparent())
                        .as("told on, so that nobody further on decides anew")
                        .matches(".*-0[02]"); // The second bit says that the trace's id is random.
                root.end();
                all.span("not sampled by the caller", SpanKind.SERVER, Tracing.context(NOT_SAMPLED))
                        .startSpan()
                        .end();
                all.span("ratio 1", SpanKind.SERVER, Context.root()).startSpan().end();
            }
            assertThat(receiver.spans())
                    .extracting(ReceivedSpan::name)
                    .containsExactlyInAnyOrder("sampled by the caller", "ratio 1");
        }
    }

    /** Far more than the queue holds; that this ends is the assertion. */
    @Test
    void aCollectorThatIsAwayOrHangsHoldsNobodyUp() throws Exception {
        try (ServerSocket hanging = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            for (int port : new int[] {FreePorts.next(), hanging.getLocalPort()}) {
                try (Tracing tracing = to("http://127.0.0.1:" + port, 1)) {
                    for (int i = 0; i < 20 * OtlpExport.QUEUE; i++) {
                        tracing.span("any", SpanKind.INTERNAL, Context.root())
                                .startSpan()
                                .end();
                    }
                }
            }
        }
    }

    @Test
    void whoWasAwayIsSentTheSpansThatComeThen() throws Exception {
        int port = FreePorts.next();
        try (Tracing tracing = to("http://127.0.0.1:" + port, 1)) {
            tracing.span("early", SpanKind.INTERNAL, Context.root()).startSpan().end();
            try (TraceReceiver receiver = TraceReceiver.start(port)) {
                await().atMost(PATIENCE).until(() -> {
                    tracing.span("late", SpanKind.INTERNAL, Context.root())
                            .startSpan()
                            .end();
                    return receiver.spans().stream()
                            .anyMatch(span -> span.name().equals("late"));
                });
            }
        }
    }

    @Test
    void theEmbeddedTransportHasNamesToo() {
        try (EmbeddedTransport transport = EmbeddedTransport.create()) {
            assertThat(transport.address(Destination.jobs(ECHO)).takenFrom()).isEqualTo("jobs:test.echo.v1");
            assertThat(transport.address(Destination.events()).sentTo()).isEqualTo("events");
            assertThat(transport.address(Destination.dead()).system()).isEqualTo("plainsail");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "ftp://example.org", "http://", "http:// x"})
    void aWrongEndpointIsRefused(String endpoint) {
        assertThatThrownBy(() -> new TracingConfig(endpoint, 1, OtlpHeaders.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("endpoint is \"" + endpoint.strip() + "\"");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void aWrongRatioIsRefused(double ratio) {
        assertThatThrownBy(() -> new TracingConfig("", ratio, OtlpHeaders.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sampleRatio is " + ratio);
    }
}
