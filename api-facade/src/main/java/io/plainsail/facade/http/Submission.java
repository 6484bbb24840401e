package io.plainsail.facade.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Violation;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A job request as it was sent, its shape not yet checked beyond being JSON.
 *
 * @param inputBytes the bytes of {@code input} exactly as they stand in the request
 * @param unknown violations for fields that no request has
 */
record Submission(
        @Nullable JsonNode type,
        @Nullable JsonNode version,
        @Nullable JsonNode input,
        byte[] inputBytes,
        @Nullable JsonNode labels,
        @Nullable JsonNode timeout,
        @Nullable JsonNode retry,
        @Nullable JsonNode startWithin,
        @Nullable JsonNode endWithin,
        @Nullable JsonNode callback,
        List<Violation> unknown) {

    /**
     * Reads one request, the parser standing at its first token.
     *
     * @param source what the parser reads, for cutting out the input
     */
    static Submission read(JsonParser parser, byte[] source) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return new Submission(
                    null,
                    null,
                    null,
                    new byte[0],
                    null,
                    null,
                    null,
                    null,
                    null,
                    null,
                    List.of(new Violation("", "type", "a job request must be a JSON object")));
        }
        JsonNode type = null;
        JsonNode version = null;
        JsonNode input = null;
        byte[] inputBytes = new byte[0];
        JsonNode labels = null;
        JsonNode timeout = null;
        JsonNode retry = null;
        JsonNode startWithin = null;
        JsonNode endWithin = null;
        JsonNode callback = null;
        List<Violation> unknown = new ArrayList<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "type" -> type = parser.readValueAsTree();
                case "version" -> version = parser.readValueAsTree();
                case "labels" -> labels = parser.readValueAsTree();
                case "timeout" -> timeout = parser.readValueAsTree();
                case "retry" -> retry = parser.readValueAsTree();
                case "startWithin" -> startWithin = parser.readValueAsTree();
                case "endWithin" -> endWithin = parser.readValueAsTree();
                case "callback" -> callback = parser.readValueAsTree();
                case "input" -> {
                    int from = (int) parser.currentTokenLocation().getByteOffset();
                    boolean container = parser.currentToken().isStructStart();
                    input = parser.readValueAsTree();
                    int to = (int) parser.currentLocation().getByteOffset();
                    inputBytes = container
                            ? Arrays.copyOfRange(source, from, to)
                            : StrictJson.mapper().writeValueAsBytes(input);
                }
                default -> {
                    parser.skipChildren();
                    if (unknown.size() < JobRequests.MAX_UNKNOWN_FIELDS) {
                        unknown.add(new Violation(
                                "/" + shown(name),
                                "unknown-field",
                                "unknown field; known are type, version, input, labels, timeout, retry,"
                                        + " startWithin, endWithin, callback"));
                    }
                }
            }
        }
        return new Submission(
                type,
                version,
                input,
                inputBytes,
                labels,
                timeout,
                retry,
                startWithin,
                endWithin,
                callback,
                List.copyOf(unknown));
    }

    static String shown(String name) {
        String cut = name.length() <= 100 ? name : name.substring(0, 100) + "…";
        return cut.replace("~", "~0").replace("/", "~1");
    }
}
