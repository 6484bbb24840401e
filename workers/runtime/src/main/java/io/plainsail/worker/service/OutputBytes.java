package io.plainsail.worker.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.Violation;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes a handler's output and checks what was written, not what was meant: a reader of the event gets the very bytes
 * that met the schema. Thread-safe.
 */
final class OutputBytes {
    /** The event that carries the output has three levels of its own, and every reader stops at 64. */
    static final int MAX_DEPTH = StrictJson.MAX_DEPTH - 4;

    private static final byte[] NOTHING = "{}".getBytes(StandardCharsets.UTF_8);

    private final int maxBytes;

    /**
     * @param maxBytes bound over all contracts
     */
    OutputBytes(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * @throws AttemptFailedException limit-exceeded {@code output-size}; internal {@code output-encoding} if it cannot
     *     be written as strict JSON, or {@code output-schema}
     */
    byte[] of(JsonNode output, HandledType type) throws AttemptFailedException {
        if (output.isObject() && output.isEmpty()) {
            refuse(type.violationsOfNothing(), type);
            return NOTHING;
        }
        byte[] written = write(output);
        long bound = Math.min(maxBytes, type.contract().maxOutputBytes());
        if (written.length > bound) {
            throw new AttemptFailedException(
                    ErrorCategory.LIMIT_EXCEEDED,
                    "output-size",
                    "the output has " + written.length + " bytes: at most " + bound + " are allowed");
        }
        JsonNode read = read(written);
        refuse(type.outputCheck().violations(read), type);
        return written;
    }

    private static byte[] write(JsonNode output) throws AttemptFailedException {
        try {
            return StrictJson.mapper().writeValueAsBytes(output);
        } catch (JsonProcessingException e) {
            throw unreadable(e.getOriginalMessage(), output);
        } catch (RuntimeException | StackOverflowError e) {
            throw unreadable(e.toString(), output);
        }
    }

    private static JsonNode read(byte[] written) throws AttemptFailedException {
        try {
            JsonNode read = StrictJson.read(written);
            if (depth(read) > MAX_DEPTH) {
                throw unreadable("objects and arrays nest deeper than " + MAX_DEPTH, read);
            }
            return read;
        } catch (InvalidJsonException e) {
            throw new AttemptFailedException(
                    ErrorCategory.INTERNAL, "output-encoding", "the output is not strict JSON: " + e.getMessage());
        }
    }

    private static AttemptFailedException unreadable(String reason, JsonNode output) {
        return new AttemptFailedException(
                ErrorCategory.INTERNAL,
                "output-encoding",
                "the output (" + output.getNodeType() + ") cannot be written as JSON: " + reason);
    }

    private static void refuse(List<Violation> violations, HandledType type) throws AttemptFailedException {
        if (violations.isEmpty()) {
            return;
        }
        String told = violations.stream()
                .limit(3)
                .map(violation ->
                        "output" + violation.pointer() + " breaks " + violation.rule() + ": " + violation.detail())
                .collect(Collectors.joining("; "));
        throw new AttemptFailedException(
                ErrorCategory.INTERNAL,
                "output-schema",
                "the handler broke the output schema of " + type.jobType() + ": " + told);
    }

    private static int depth(JsonNode node) {
        int deepest = 0;
        for (JsonNode child : node) {
            if (child.isContainerNode()) {
                deepest = Math.max(deepest, depth(child));
            }
        }
        return node.isContainerNode() ? deepest + 1 : 0;
    }
}
