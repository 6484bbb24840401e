package io.plainsail.contracts.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An event batch on the wire: one JSON document, {@code {"worker": {…}, "events": [{"kind": "succeeded", …}, …]}}.
 * Unknown fields are passed over; an unknown kind makes the batch undecodable, so that it is parked and not lost.
 */
public final class EventBatchCodec {
    public static final String CONTENT_TYPE = "application/vnd.plainsail.events+json";

    private static final Pattern MEDIA_TYPE = Pattern.compile("[!-.0-~]+/[ -~]+");
    private static final Pattern DIGEST = Pattern.compile("sha-256:[0-9a-f]{64}");

    private EventBatchCodec() {}

    public static Message encode(EventBatch batch) {
        ByteArrayOutputStream body =
                new ByteArrayOutputStream(256 + 256 * batch.events().size());
        try (JsonGenerator out = StrictJson.mapper().createGenerator(body)) {
            out.writeStartObject();
            out.writeObjectFieldStart("worker");
            out.writeStringField("service", batch.worker().service());
            out.writeStringField("instance", batch.worker().instance());
            out.writeStringField("host", batch.worker().host());
            out.writeStringField("release", batch.worker().release());
            out.writeEndObject();
            out.writeArrayFieldStart("events");
            int place = 0;
            for (WorkerEvent event : batch.events()) {
                out.writeStartObject();
                write(out, event);
                writeTrace(out, batch.traces().get(place++));
                out.writeEndObject();
            }
            out.writeEndArray();
            out.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("an event cannot be written: " + e.getMessage(), e);
        }
        return new Message(CONTENT_TYPE, Map.of(), body.toByteArray());
    }

    private static void write(JsonGenerator out, WorkerEvent event) throws IOException {
        if (event instanceof WorkerEvent.OfAttempt ofAttempt) {
            out.writeStringField("job", ofAttempt.jobId().toString());
            out.writeNumberField("attempt", ofAttempt.attempt());
            out.writeStringField("at", ofAttempt.at().toString());
        }
        if (event instanceof WorkerEvent.Started) {
            out.writeStringField("kind", "started");
        } else if (event instanceof WorkerEvent.Progress progress) {
            out.writeStringField("kind", "progress");
            if (progress.percent() != null) {
                out.writeNumberField("percent", progress.percent());
            }
            if (progress.message() != null) {
                out.writeStringField("message", WireText.storable(progress.message(), 500));
            }
        } else if (event instanceof WorkerEvent.LogLine log) {
            out.writeStringField("kind", "log");
            out.writeNumberField("sequence", log.sequence());
            out.writeStringField("line", WireText.storable(log.line(), 4_000));
        } else if (event instanceof WorkerEvent.Succeeded succeeded) {
            out.writeStringField("kind", "succeeded");
            out.writeStringField("startedAt", succeeded.startedAt().toString());
            out.writeFieldName("output");
            out.writeRawValue(new String(succeeded.output(), StandardCharsets.UTF_8));
            writeFile(out, succeeded.file());
        } else if (event instanceof WorkerEvent.Failed failed) {
            out.writeStringField("kind", "failed");
            out.writeStringField("startedAt", failed.startedAt().toString());
            writeFailure(out, failed.failure());
        } else if (event instanceof WorkerEvent.Retrying retrying) {
            out.writeStringField("kind", "retrying");
            out.writeStringField("startedAt", retrying.startedAt().toString());
            out.writeStringField("nextAt", retrying.nextAt().toString());
            out.writeStringField("reason", WireText.storable(retrying.reason(), 1_000));
            if (retrying.failure() != null) {
                writeFailure(out, retrying.failure());
            }
        } else if (event instanceof WorkerEvent.HandedBack handedBack) {
            out.writeStringField("kind", "handed-back");
            out.writeStringField("startedAt", handedBack.startedAt().toString());
        } else if (event instanceof WorkerEvent.Mark mark) {
            out.writeStringField("kind", "mark");
            out.writeStringField("at", mark.at().toString());
        } else if (event instanceof WorkerEvent.Announced announced) {
            out.writeStringField("kind", "announced");
            out.writeStringField("at", announced.at().toString());
            out.writeArrayFieldStart("contracts");
            for (JsonNode contract : announced.contracts()) {
                out.writeTree(contract);
            }
            out.writeEndArray();
        }
    }

    private static void writeTrace(JsonGenerator out, @Nullable TraceContext trace) throws IOException {
        if (trace != null) {
            out.writeStringField(JobMessageCodec.TRACEPARENT, trace.traceparent());
            if (trace.tracestate() != null) {
                out.writeStringField(JobMessageCodec.TRACESTATE, trace.tracestate());
            }
        }
    }

    private static void writeFailure(JsonGenerator out, Failure failure) throws IOException {
        out.writeObjectField("category", failure.category());
        out.writeStringField("code", failure.code());
        out.writeStringField("message", failure.message());
        if (failure.errorClass() != null) {
            out.writeStringField("errorClass", failure.errorClass());
        }
        if (failure.stackDigest() != null) {
            out.writeStringField("stackDigest", failure.stackDigest());
        }
    }

    private static void writeFile(JsonGenerator out, @Nullable ResultFile file) throws IOException {
        if (file == null) {
            return;
        }
        out.writeObjectFieldStart("file");
        out.writeStringField("mediaType", file.mediaType());
        out.writeNumberField("size", file.size());
        out.writeStringField("digest", file.digest());
        if (file.inline() != null) {
            out.writeBinaryField("inline", file.inline());
        }
        out.writeEndObject();
    }

    /**
     * @throws UndecodableMessageException naming the event and what is wrong with it
     */
    public static EventBatch decode(Message message) {
        String place = "body";
        try {
            JsonNode root = StrictJson.read(message.body());
            place = "worker";
            JsonNode worker = required(root, "worker");
            Worker reporter = new Worker(
                    text(worker, "service"), text(worker, "instance"), text(worker, "host"), text(worker, "release"));
            List<WorkerEvent> events = new ArrayList<>();
            Map<Integer, TraceContext> traces = new HashMap<>();
            for (JsonNode event : required(root, "events")) {
                place = "events[" + events.size() + "]";
                TraceContext trace = trace(event);
                if (trace != null) {
                    traces.put(events.size(), trace);
                }
                events.add(event(event));
            }
            return new EventBatch(reporter, events, traces);
        } catch (InvalidJsonException | IllegalArgumentException | DateTimeException | IOException e) {
            throw new UndecodableMessageException(place + ": " + e.getMessage(), e);
        }
    }

    /** What is not one is passed over, like in a job's message. */
    private static @Nullable TraceContext trace(JsonNode node) {
        return TraceContext.of(
                node.path(JobMessageCodec.TRACEPARENT).textValue(),
                node.path(JobMessageCodec.TRACESTATE).textValue());
    }

    private static WorkerEvent event(JsonNode node) throws IOException {
        String kind = text(node, "kind");
        Instant at = instant(node, "at");
        if (kind.equals("announced")) {
            List<JsonNode> contracts = new ArrayList<>();
            required(node, "contracts").forEach(contracts::add);
            return new WorkerEvent.Announced(at, contracts);
        }
        if (kind.equals("mark")) {
            return new WorkerEvent.Mark(at);
        }
        UUID job = UUID.fromString(text(node, "job"));
        int attempt = attempt(node);
        return switch (kind) {
            case "started" -> new WorkerEvent.Started(job, attempt, at);
            case "progress" ->
                new WorkerEvent.Progress(
                        job,
                        attempt,
                        at,
                        node.hasNonNull("percent") ? node.get("percent").asDouble() : null,
                        optional(node, "message", 500));
            case "log" ->
                new WorkerEvent.LogLine(
                        job,
                        attempt,
                        at,
                        required(node, "sequence").asInt(),
                        WireText.storable(text(node, "line"), 4_000));
            case "succeeded" ->
                new WorkerEvent.Succeeded(
                        job,
                        attempt,
                        instant(node, "startedAt"),
                        at,
                        StrictJson.mapper().writeValueAsBytes(required(node, "output")),
                        file(node.get("file")));
            case "failed" -> new WorkerEvent.Failed(job, attempt, instant(node, "startedAt"), at, failure(node));
            case "retrying" ->
                new WorkerEvent.Retrying(
                        job,
                        attempt,
                        instant(node, "startedAt"),
                        at,
                        instant(node, "nextAt"),
                        node.hasNonNull("category") ? failure(node) : null,
                        WireText.storable(text(node, "reason"), 1_000));
            case "handed-back" -> new WorkerEvent.HandedBack(job, attempt, instant(node, "startedAt"), at);
            default -> throw new IllegalArgumentException("kind is \"" + kind + "\": unknown");
        };
    }

    private static int attempt(JsonNode node) {
        JsonNode value = required(node, "attempt");
        if (!value.canConvertToInt()
                || !value.isIntegralNumber()
                || value.intValue() < 1
                || value.intValue() > JobMessage.MAX_ATTEMPT) {
            throw new IllegalArgumentException("attempt is " + WireText.storable(value.toString(), 100)
                    + ": must be 1 to " + JobMessage.MAX_ATTEMPT);
        }
        return value.intValue();
    }

    private static Failure failure(JsonNode node) throws IOException {
        return new Failure(
                StrictJson.mapper().treeToValue(required(node, "category"), ErrorCategory.class),
                text(node, "code"),
                text(node, "message"),
                optional(node, "errorClass", 300),
                optional(node, "stackDigest", 100));
    }

    private static @Nullable ResultFile file(@Nullable JsonNode node) throws IOException {
        if (node == null || node.isNull()) {
            return null;
        }
        String mediaType = text(node, "mediaType");
        String digest = text(node, "digest");
        long size = required(node, "size").asLong(-1);
        if (!MEDIA_TYPE.matcher(mediaType).matches() || mediaType.length() > 200) {
            throw new IllegalArgumentException("file.mediaType is \"" + WireText.storable(mediaType, 100)
                    + "\": must be a media type of at most 200 characters");
        }
        if (!DIGEST.matcher(digest).matches()) {
            throw new IllegalArgumentException("file.digest is \"" + WireText.storable(digest, 100)
                    + "\": must be sha-256: and 64 hexadecimal digits");
        }
        if (size < 0) {
            throw new IllegalArgumentException("file.size is " + size + ": must be 0 or more");
        }
        return new ResultFile(
                mediaType,
                size,
                digest,
                node.hasNonNull("inline") ? node.get("inline").binaryValue() : null);
    }

    private static JsonNode required(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null) {
            throw new IllegalArgumentException(field + " is missing");
        }
        return value;
    }

    private static String text(JsonNode node, String field) {
        JsonNode value = required(node, field);
        if (!value.isTextual()) {
            throw new IllegalArgumentException(field + " is not a string");
        }
        return value.textValue();
    }

    private static @Nullable String optional(JsonNode node, String field, int max) {
        return node.hasNonNull(field) ? WireText.storable(node.get(field).asText(), max) : null;
    }

    private static Instant instant(JsonNode node, String field) {
        return Instant.parse(text(node, field));
    }
}
