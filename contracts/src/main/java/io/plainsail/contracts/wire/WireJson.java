package io.plainsail.contracts.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The bodies of what workers ask the facade, as JSON. */
final class WireJson {
    private WireJson() {}

    static byte[] write(Object body) {
        try {
            return StrictJson.mapper().writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of plain values cannot be written", e);
        }
    }

    /**
     * @throws UndecodableMessageException if it is no JSON, or does not fit
     */
    static <T> T read(byte[] body, Class<T> type) {
        try {
            StrictJson.checkUtf8(body);
            T read = StrictJson.mapper().readValue(body, type);
            if (read == null) {
                throw new IllegalArgumentException("it is null");
            }
            return read;
        } catch (JsonProcessingException e) {
            throw new UndecodableMessageException("body: " + e.getOriginalMessage(), e);
        } catch (IOException | InvalidJsonException | IllegalArgumentException e) {
            throw new UndecodableMessageException("body: " + e.getMessage(), e);
        }
    }

    /** The value of a field that must be there. */
    static <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(field + " is missing");
        }
        return value;
    }
}
