package io.plainsail.messaging.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.plainsail.testbed.TraceReceiver;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A collector that asks for a key gets it, and nobody else does. */
@Timeout(120)
class OtlpHeadersTest {
    private static final String SECRET = "s3cr3t-abc";
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    @BeforeEach
    void listen() {
        logged.start();
        root.addAppender(logged);
    }

    @AfterEach
    void theSecretIsInNoLine() {
        root.detachAppender(logged);
        assertThat(List.copyOf(logged.list))
                .noneMatch(line -> (line.getFormattedMessage() + line.getThrowableProxy()).contains(SECRET));
    }

    private static Tracing open(TraceReceiver receiver, String headers, String file) {
        return Tracing.of(
                TracingConfig.configured(receiver.endpoint().toString(), 1.0, headers, file), "test", "test-1", "1");
    }

    private static void span(Tracing tracing, String name) {
        tracing.span(name, SpanKind.INTERNAL, Context.root()).startSpan().end();
    }

    private static void awaitSpan(TraceReceiver receiver, Tracing tracing, String name) {
        await().atMost(PATIENCE).until(() -> {
            span(tracing, name);
            return receiver.spans().stream().anyMatch(span -> span.name().equals(name));
        });
    }

    @Test
    void aCollectorWithAKeyTakesTheSpans() {
        try (TraceReceiver receiver = TraceReceiver.start().requires("Authorization", "Basic " + SECRET);
                Tracing tracing = open(receiver, "x-team=a, Authorization=Basic%20" + SECRET, "")) {
            awaitSpan(receiver, tracing, "with the key");
            assertThat(receiver.refused()).isZero();
        }
    }

    @Test
    void aWrongKeyIsToldAndNotShown() {
        try (TraceReceiver receiver = TraceReceiver.start().requires("x-key", "another");
                Tracing tracing = open(receiver, "x-key=" + SECRET, "")) {
            span(tracing, "any");
            await().atMost(PATIENCE).until(() -> List.copyOf(logged.list).stream()
                    .anyMatch(line -> line.getFormattedMessage().startsWith("Traces are not taken at")));
            assertThat(receiver.spans()).isEmpty();
        }
    }

    @Test
    void aRenewedFileIsTakenOverAndOneThatIsGoneChangesNothing() throws Exception {
        Path file = Files.writeString(directory.resolve("headers"), "x-key=" + SECRET + "-1\n");
        try (TraceReceiver receiver = TraceReceiver.start().requires("x-key", SECRET + "-1");
                Tracing tracing = open(receiver, "x-key=of-the-environment", file.toString())) {
            awaitSpan(receiver, tracing, "first");
            Files.writeString(file, "x-key=" + SECRET + "-2");
            receiver.requires("x-key", SECRET + "-2");
            awaitSpan(receiver, tracing, "second");
            Files.delete(file);
            awaitSpan(receiver, tracing, "third");
            Files.writeString(file, "x-key " + SECRET);
            awaitSpan(receiver, tracing, "fourth");
            assertThat(List.copyOf(logged.list))
                    .as("told once while it lasts; a file being written is empty for a moment")
                    .filteredOn(line -> line.getFormattedMessage().startsWith("Traces go on with the headers"))
                    .hasSizeBetween(1, 2);
        }
    }

    @Test
    void aFileThatCannotBeReadEndsTheStart() {
        String missing = directory.resolve("missing").toString();
        try (TraceReceiver receiver = TraceReceiver.start()) {
            assertThatThrownBy(() -> open(receiver, "", missing))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("headersFile is \"" + missing + "\"");
        }
    }

    @Test
    void anEmptyFileEndsTheStart() throws Exception {
        Path file = Files.writeString(directory.resolve("headers"), " \n,\n");
        OtlpHeaders headers = OtlpHeaders.of("x-key=" + SECRET, file.toString());
        assertThatThrownBy(headers::now)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("headersFile is \"" + file + "\": it holds no header");
    }

    @Test
    void noTextOfAConfigurationHoldsAValue() throws Exception {
        TracingConfig config = TracingConfig.configured("https://traces.example", 1.0, "x-key=" + SECRET, null);
        assertThat(config.toString()).contains("[REDACTED]").doesNotContain(SECRET);
        assertThat(new ObjectMapper().writeValueAsString(config))
                .contains("[REDACTED]")
                .doesNotContain(SECRET);
        assertThat(config.headers().now()).isEqualTo(Map.of("x-key", SECRET));
        assertThat(config).isNotEqualTo(TracingConfig.configured("https://traces.example", 1.0, "x-key=b", null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                SECRET,
                "=" + SECRET,
                "x-key=",
                "x key=" + SECRET,
                "x-key=" + SECRET + "%",
                "x-key=" + SECRET + "%0d%0aevil: 1",
                "x-key=" + SECRET + "\u00e9",
                "x-key=" + SECRET + "%00",
                "content-length=" + SECRET,
                "Host=" + SECRET,
                "x-key=" + SECRET + ",X-Key=" + SECRET
            })
    void whatIsNoHeaderIsRefusedAndNotShown(String text) {
        assertThatThrownBy(() -> OtlpHeaders.of(text, ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("headers: entry ")
                .hasMessageNotContaining(SECRET);
    }

    @Test
    void theyAreBounded() {
        String many =
                IntStream.rangeClosed(1, 33).mapToObj(n -> "x-" + n + "=1").collect(Collectors.joining(","));
        assertThatThrownBy(() -> OtlpHeaders.of(many, "")).hasMessageContaining("32 entries at most");
        assertThatThrownBy(() -> OtlpHeaders.of("x-key=" + "a".repeat(5_000), ""))
                .hasMessageContaining("entry 1 must be name=value");
    }

    @Test
    void headersThatGoInTheClearAreToldOf() {
        assertThat(TracingConfig.configured("http://traces.example:4318", 1.0, "", "")
                        .isInTheClear())
                .isTrue();
        for (String safe : new String[] {"https://traces.example", "http://127.0.0.1:4318", "http://[::1]:4318"}) {
            assertThat(TracingConfig.configured(safe, 1.0, "", "").isInTheClear())
                    .as(safe)
                    .isFalse();
        }
    }
}
