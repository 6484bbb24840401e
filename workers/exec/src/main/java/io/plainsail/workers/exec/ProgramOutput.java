package io.plainsail.workers.exec;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.worker.JobContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Understands what a program writes, line by line, as {@code docs/exec-protocol.md} says: JSON objects that begin with a
 * known word; everything else is a line for the log. One thread writes to it; read it when the program has ended.
 */
final class ProgramOutput {
    private static final Duration LONGEST_REST = Duration.ofDays(30);

    /** What a program may call its own failure. */
    private static final Set<ErrorCategory> CATEGORIES = Set.of(
            ErrorCategory.INVALID_INPUT,
            ErrorCategory.REJECTED,
            ErrorCategory.UNAVAILABLE,
            ErrorCategory.THROTTLED,
            ErrorCategory.LIMIT_EXCEEDED,
            ErrorCategory.INTERNAL);

    private final JobContext job;

    private @Nullable JsonNode result;
    private @Nullable File file;
    private @Nullable Error error;
    private @Nullable Duration rest;
    private boolean snooze;
    private @Nullable String broken;

    /** A result file. */
    record File(String path, String mediaType) {}

    /** @param category null: by the exit status */
    record Error(@Nullable ErrorCategory category, String code, String message) {}

    ProgramOutput(JobContext job) {
        this.job = job;
    }

    /** Takes a line of its standard output. */
    void line(String text, boolean cut) {
        JsonNode line = cut ? null : object(text);
        if (cut && text.startsWith("{")) {
            broken("a line is longer than " + ProgramHandler.MAX_LINE_BYTES + " bytes");
        }
        if (line == null || !understood(line)) {
            job.log(text + (cut ? "…" : ""));
        }
    }

    private static @Nullable JsonNode object(String text) {
        if (!text.startsWith("{")) {
            return null;
        }
        try {
            JsonNode read = StrictJson.read(text.getBytes(StandardCharsets.UTF_8));
            return read.isObject() && !read.isEmpty() ? read : null;
        } catch (InvalidJsonException e) {
            return null;
        }
    }

    private boolean understood(JsonNode line) {
        String word = line.fieldNames().next();
        JsonNode value = line.get(word);
        switch (word) {
            case "progress" -> {
                if (!value.isNumber()) {
                    broken("progress is " + value + ": must be a number, 0 to 100");
                } else {
                    job.progress(value.asDouble(), line.path("message").asText(""));
                }
            }
            case "log" -> job.log(value.isTextual() ? value.textValue() : value.toString());
            case "result" -> {
                if (result != null) {
                    broken("result is written twice");
                }
                result = value;
            }
            case "file" -> file(value);
            case "error" -> error(value);
            case "retryAfter", "snooze" -> rest(word, value);
            default -> {
                return false;
            }
        }
        return true;
    }

    private void file(JsonNode value) {
        String path = value.path("path").asText("");
        String mediaType = value.path("mediaType").asText("");
        if (path.isEmpty() || mediaType.isEmpty()) {
            broken("file is " + value + ": must have path and mediaType");
        } else if (file != null) {
            broken("file is written twice");
        } else {
            file = new File(path, mediaType);
        }
    }

    private void error(JsonNode value) {
        ErrorCategory category = null;
        String word = value.path("category").asText("");
        if (!word.isEmpty()) {
            category = CATEGORIES.stream()
                    .filter(known -> word(known).equals(word))
                    .findFirst()
                    .orElse(null);
            if (category == null) {
                broken("error.category is \"" + word + "\": must be one of "
                        + CATEGORIES.stream().map(ProgramOutput::word).sorted().toList());
            }
        }
        error = new Error(
                category,
                value.path("code").asText("program"),
                value.path("message").asText("the program failed"));
    }

    private static String word(ErrorCategory category) {
        return category.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private void rest(String word, JsonNode value) {
        if (!value.isNumber() || value.asDouble() < 0 || value.asDouble() > LONGEST_REST.toSeconds()) {
            broken(word + " is " + value + ": must be seconds, 0 to " + LONGEST_REST.toSeconds());
            return;
        }
        rest = Duration.ofMillis((long) (value.asDouble() * 1_000));
        snooze = word.equals("snooze");
    }

    /** The first thing that is wrong is told. */
    private void broken(String what) {
        broken = broken == null ? what : broken;
    }

    @Nullable
    JsonNode result() {
        return result;
    }

    @Nullable
    File file() {
        return file;
    }

    @Nullable
    Error error() {
        return error;
    }

    /** How long it asked to wait. */
    @Nullable
    Duration rest() {
        return rest;
    }

    /** Whether that does not count as a failed attempt. */
    boolean snooze() {
        return snooze;
    }

    /** How it broke the protocol; null if it did not. */
    @Nullable
    String broken() {
        return broken;
    }
}
