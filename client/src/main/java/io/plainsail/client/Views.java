package io.plainsail.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Reads what the API shows. Fields that are not known are passed over: a newer facade may show more. */
final class Views {
    private Views() {}

    static Job job(JsonNode json) {
        Map<String, String> labels = new LinkedHashMap<>();
        json.path("labels")
                .properties()
                .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
        Map<String, String> links = new LinkedHashMap<>();
        json.path("links")
                .properties()
                .forEach(link -> links.put(link.getKey(), link.getValue().asText()));
        List<Job.Attempt> attempts = new ArrayList<>();
        json.path("attempts").forEach(attempt -> attempts.add(attempt(attempt)));
        JsonNode progress = json.get("progress");
        JsonNode file = json.get("result");
        return new Job(
                id(json, "id"),
                text(json, "type"),
                json.path("version").asInt(),
                JobState.ofWord(text(json, "state")),
                optional(json, "reason"),
                labels,
                time(json, "acceptedAt"),
                optionalTime(json, "startedAt"),
                optionalTime(json, "finishedAt"),
                optionalTime(json, "nextAttemptAt"),
                progress == null
                        ? null
                        : new Job.Progress(
                                progress.has("percent")
                                        ? progress.get("percent").doubleValue()
                                        : null,
                                optional(progress, "message"),
                                time(progress, "at")),
                attempts,
                json.get("output"),
                file == null
                        ? null
                        : new Job.File(
                                text(file, "mediaType"), file.path("size").asLong(), text(file, "digest")),
                error(json.get("error")),
                links,
                json);
    }

    private static Job.Attempt attempt(JsonNode json) {
        return new Job.Attempt(
                json.path("number").asInt(),
                optional(json, "service"),
                optional(json, "instance"),
                optional(json, "host"),
                optional(json, "release"),
                optionalTime(json, "startedAt"),
                optionalTime(json, "finishedAt"),
                optional(json, "reason"),
                error(json.get("error")));
    }

    private static Job.@Nullable Error error(@Nullable JsonNode json) {
        return json == null
                ? null
                : new Job.Error(
                        text(json, "category"),
                        text(json, "code"),
                        json.path("message").asText(),
                        optional(json, "fingerprint"));
    }

    static LogLine logLine(JsonNode json) {
        return new LogLine(
                json.path("attempt").asInt(), json.path("sequence").asInt(), time(json, "at"), text(json, "line"));
    }

    static BulkAnswer bulkAnswer(int index, JsonNode json) {
        JsonNode problem = json.path("problem");
        return new BulkAnswer(
                index,
                json.path("status").asInt(),
                json.has("id") ? id(json, "id") : null,
                problem.path("type").asText(),
                Problems.detail(problem),
                Problems.findings(problem));
    }

    static DeadGroup deadGroup(JsonNode json) {
        return new DeadGroup(
                text(json, "type"),
                json.path("version").asInt(),
                optional(json, "fingerprint"),
                json.path("count").asLong(),
                time(json, "firstSeen"),
                time(json, "lastSeen"),
                StreamSupport.stream(json.path("releases").spliterator(), false)
                        .map(JsonNode::asText)
                        .toList(),
                id(json, "sample"),
                error(json.get("error")));
    }

    static JobTypeInfo jobType(JsonNode json) {
        return new JobTypeInfo(
                text(json, "type"),
                json.path("version").asInt(),
                json.path("title").asText(),
                json.path("effectClass").asText(),
                json.path("digest").asText());
    }

    private static String text(JsonNode json, String field) {
        JsonNode value = json.get(field);
        if (value == null || !value.isTextual()) {
            throw notUnderstood(field + " is missing, or is no text", null);
        }
        return value.textValue();
    }

    private static @Nullable String optional(JsonNode json, String field) {
        JsonNode value = json.get(field);
        return value == null || value.isNull() ? null : value.asText();
    }

    private static Instant time(JsonNode json, String field) {
        try {
            return Instant.parse(text(json, field));
        } catch (DateTimeException e) {
            throw notUnderstood(field + " is no time", e);
        }
    }

    private static @Nullable Instant optionalTime(JsonNode json, String field) {
        return json.hasNonNull(field) ? time(json, field) : null;
    }

    private static UUID id(JsonNode json, String field) {
        try {
            return UUID.fromString(text(json, field));
        } catch (IllegalArgumentException e) {
            throw notUnderstood(field + " is no id", e);
        }
    }

    static PlainsailException notUnderstood(String what, @Nullable Exception cause) {
        return new PlainsailException(
                PlainsailException.Kind.NOT_UNDERSTOOD, "the answer is not one of a facade: " + what, cause);
    }
}
