package io.plainsail.contracts.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.TimeLimits;
import io.plainsail.contracts.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WireTest {
    private static final UUID ID = UUID.fromString("0190a5b0-0000-7000-8000-000000000001");
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00.123456Z");
    private static final Worker WORKER = new Worker("echo", "host-1-ab", "host", "1.2.3");
    private static final JobMessage JOB = new JobMessage(
            ID,
            new JobType("test.echo", 2),
            3,
            NOW,
            Duration.ofSeconds(30),
            "token",
            true,
            new RetryBounds(4, Duration.ofMinutes(2)),
            2,
            NOW.plusSeconds(90),
            new TimeLimits(NOW.plusSeconds(600), NOW.plusSeconds(6000)),
            List.of(new UUID(1, 2), new UUID(3, 4)),
            new TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "vendor=a:b,other=c"),
            "{\"a\":1.10}".getBytes(StandardCharsets.UTF_8));

    @Test
    void messageThatIsBuiltAnewKeepsEverything() {
        assertThat(JOB.toBuilder().build()).isEqualTo(JOB);
    }

    @Test
    void jobMessageSurvivesTheWire() {
        assertThat(JobMessageCodec.decode(JobMessageCodec.encode(JOB))).isEqualTo(JOB);
    }

    @Test
    void nextAttemptCarriesWhatTheJobHas() {
        Instant begins = NOW.plusSeconds(10);
        JobMessage afterFailure = JobMessageCodec.decode(JobMessageCodec.encode(JOB.next(begins, true)));

        assertThat(afterFailure.attempt()).isEqualTo(4);
        assertThat(afterFailure.failedAttempts()).isEqualTo(3);
        assertThat(afterFailure.notBefore()).isEqualTo(begins);
        assertThat(afterFailure.maybeDuplicate()).isFalse();
        assertThat(afterFailure.token()).isEqualTo("token");
        assertThat(afterFailure.retryBounds()).isEqualTo(JOB.retryBounds());
        assertThat(afterFailure.input()).isSameAs(JOB.input());
        assertThat(JOB.next(begins, false).failedAttempts()).isEqualTo(2);
    }

    @Test
    void firstAttemptWithoutBoundsNeedsNoHeadersForRetries() {
        Map<String, String> headers = new HashMap<>(JobMessageCodec.encode(JOB).headers());
        headers.keySet().removeIf(name -> name.contains("retry") || name.contains("failed") || name.contains("before"));
        JobMessage job = JobMessageCodec.decode(new Message("application/json", headers, JOB.input()));

        assertThat(job.retryBounds()).isEqualTo(RetryBounds.NONE);
        assertThat(job.failedAttempts()).isZero();
        assertThat(job.notBefore()).isNull();
        assertThat(JobMessageCodec.encode(job).headers()).isEqualTo(headers);
    }

    @Test
    void jobMessageIsACloudEvent() {
        Message message = JobMessageCodec.encode(JOB);

        assertThat(message.headers())
                .containsEntry("cloudEvents_specversion", "1.0")
                .containsEntry("cloudEvents_id", ID + ".3")
                .containsKeys("cloudEvents_source", "cloudEvents_type")
                .containsEntry("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                .containsEntry("tracestate", "vendor=a:b,other=c");
        assertThat(message.contentType()).isEqualTo("application/json");
        assertThat(message.body()).asString().isEqualTo("{\"a\":1.10}");
    }

    /** How somebody else traces is no reason to refuse a job. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n"
            })
    void whatIsNoTraceparentIsPassedOver(String traceparent) {
        Map<String, String> headers = new HashMap<>(JobMessageCodec.encode(JOB).headers());
        headers.put("traceparent", traceparent);
        assertThat(JobMessageCodec.decode(new Message("application/json", headers, JOB.input()))
                        .trace())
                .isNull();
        headers.put("traceparent", "x".repeat(1_000_000));
        assertThat(JobMessageCodec.decode(new Message("application/json", headers, JOB.input()))
                        .trace())
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a=\u0000", "a=ü", "a=b\r\nx: y"})
    void whatIsNoTracestateIsPassedOverAlone(String tracestate) {
        String traceparent = JOB.trace().traceparent();
        assertThat(TraceContext.of(traceparent, tracestate)).isEqualTo(new TraceContext(traceparent, null));
        assertThat(TraceContext.of(traceparent, "a=" + "x".repeat(511))).isEqualTo(new TraceContext(traceparent, null));
        assertThat(TraceContext.of(traceparent, "a=" + "x".repeat(510)).tracestate())
                .hasSize(512);
    }

    @Test
    void anEventSaysWhereInATraceItWasSent() {
        List<WorkerEvent> events = List.of(new WorkerEvent.Started(ID, 1, NOW), new WorkerEvent.Started(ID, 2, NOW));
        EventBatch batch = new EventBatch(WORKER, events, Map.of(1, JOB.trace()));
        assertThat(EventBatchCodec.decode(EventBatchCodec.encode(batch))).isEqualTo(batch);
    }

    @ParameterizedTest
    @CsvSource({
        "cloudEvents_subject, not-a-uuid",
        "cloudEvents_plainsailtype, Shouting",
        "cloudEvents_plainsailversion, two",
        "cloudEvents_plainsailattempt, first",
        "cloudEvents_plainsailtimeout, soon",
        "cloudEvents_time, yesterday",
        "cloudEvents_plainsailretryattempts, some",
        "cloudEvents_plainsailretrymaxbackoff, long",
        "cloudEvents_plainsailfailedattempts, few",
        "cloudEvents_plainsailnotbefore, later",
        "cloudEvents_plainsailunheardclaims, 'some, others'",
        "cloudEvents_subject, ",
    })
    void undecodableJobMessageNamesTheHeader(String header, String value) {
        Map<String, String> headers = new HashMap<>(JobMessageCodec.encode(JOB).headers());
        headers.remove(header);
        if (value != null) {
            headers.put(header, value);
        }

        assertThatThrownBy(() -> JobMessageCodec.decode(new Message("application/json", headers, new byte[0])))
                .isInstanceOf(UndecodableMessageException.class)
                .hasMessageContaining(header);
    }

    @Test
    void everyKindOfEventSurvivesTheWire() {
        byte[] output = "{\"n\":1.10,\"s\":\"é\"}".getBytes(StandardCharsets.UTF_8);
        List<WorkerEvent> events = List.of(
                new WorkerEvent.Announced(
                        NOW, List.of(StrictJson.read("{\"type\":\"x\"}".getBytes(StandardCharsets.UTF_8)))),
                new WorkerEvent.Started(ID, 1, NOW),
                new WorkerEvent.Progress(ID, 1, NOW, 12.5, "half way"),
                new WorkerEvent.Progress(ID, 1, NOW, null, null),
                new WorkerEvent.LogLine(ID, 1, NOW, 7, "line"),
                new WorkerEvent.Failed(
                        ID, 1, NOW, NOW, new Failure(ErrorCategory.TIMEOUT, "c", "m", "java.lang.X", "digest")),
                new WorkerEvent.Retrying(
                        ID,
                        1,
                        NOW,
                        NOW,
                        NOW.plusSeconds(5),
                        new Failure(ErrorCategory.UNAVAILABLE, "c", "m", "java.lang.X", "digest"),
                        "m"),
                new WorkerEvent.Retrying(ID, 2, NOW, NOW, NOW.plusSeconds(5), null, "the shop is closed"),
                new WorkerEvent.Failed(ID, 1, NOW, NOW, Failure.of(ErrorCategory.INVALID_INPUT, "c", "m")));

        assertThat(roundTrip(events)).isEqualTo(new EventBatch(WORKER, events));

        byte[] file = {0, 1, (byte) 0xff};
        WorkerEvent.Succeeded inline = new WorkerEvent.Succeeded(
                ID, 1, NOW, NOW, output, new ResultFile("application/pdf", 3, "sha-256:" + "0a".repeat(32), file));
        assertThat(roundTrip(List.of(inline)).events())
                .singleElement()
                .isInstanceOfSatisfying(WorkerEvent.Succeeded.class, back -> {
                    assertThat(back.output()).isEqualTo(output);
                    assertThat(back.file().inline()).isEqualTo(file);
                    assertThat(back.file().size()).isEqualTo(3);
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nope",
                "{}",
                "{\"worker\":{\"service\":\"s\",\"instance\":\"i\",\"host\":\"h\",\"release\":\"r\"}}",
                "{\"worker\":{\"service\":\"s\",\"instance\":\"i\",\"host\":\"h\",\"release\":\"r\"},"
                        + "\"events\":[{\"kind\":\"exploded\",\"at\":\"2026-11-22T10:00:00Z\"}]}",
                "{\"worker\":{\"service\":\"s\",\"instance\":\"i\",\"host\":\"h\",\"release\":\"r\"},"
                        + "\"events\":[{\"kind\":\"started\",\"at\":\"now\"}]}"
            })
    void undecodableBatchIsRefused(String body) {
        Message message = new Message(EventBatchCodec.CONTENT_TYPE, Map.of(), body.getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> EventBatchCodec.decode(message)).isInstanceOf(UndecodableMessageException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"attempt\":0|attempt is 0: must be 1 to 1000000",
                "\"attempt\":2147483647|attempt is 2147483647",
                "\"attempt\":1.5|attempt is 1.5",
                "\"attempt\":\"one\"|attempt is",
                "\"attempt\":1,\"file\":{\"mediaType\":\"a/b\",\"size\":1,\"digest\":\"md5:0\"}|file.digest is \"md5:0\"",
                "\"attempt\":1,\"file\":{\"mediaType\":\"ab\",\"size\":1,\"digest\":\"sha-256:0\"}|file.mediaType is \"ab\"",
            })
    void eventThatNoJobCanHaveNamesTheField(String fields, String told) {
        String body = "{\"worker\":{\"service\":\"s\",\"instance\":\"i\",\"host\":\"h\",\"release\":\"r\"},\"events\":["
                + "{\"kind\":\"succeeded\",\"job\":\"" + ID + "\",\"at\":\"2026-11-22T10:00:00Z\","
                + "\"startedAt\":\"2026-11-22T10:00:00Z\",\"output\":{}," + fields + "}]}";
        Message message = new Message(EventBatchCodec.CONTENT_TYPE, Map.of(), body.getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> EventBatchCodec.decode(message))
                .isInstanceOf(UndecodableMessageException.class)
                .hasMessageContaining("events[0]")
                .hasMessageContaining(told);
    }

    @Test
    void textFromHandlersIsMadeFitToStore() {
        assertThat(WireText.storable("a\0b", 10)).isEqualTo("a\ufffdb");
        assertThat(WireText.storable("x\ud83d", 10)).isEqualTo("x\ufffd");
        assertThat(WireText.storable("\ude80x", 10)).isEqualTo("\ufffdx");
        assertThat(WireText.storable("🚀", 10)).isEqualTo("🚀");
        assertThat(WireText.storable("abc🚀def", 6)).isEqualTo("abc🚀…");
        assertThat(WireText.storable("abcd🚀def", 6)).isEqualTo("abcd…").hasSizeLessThanOrEqualTo(6);
    }

    private static EventBatch roundTrip(List<WorkerEvent> events) {
        return EventBatchCodec.decode(EventBatchCodec.encode(new EventBatch(WORKER, events)));
    }
}
