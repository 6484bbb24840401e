package io.plainsail.facade.job;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * A message that could not be read or applied.
 *
 * @param source where it came from: {@code events} or {@code dead}
 */
public record ParkedMessage(
        UUID id, String source, String reason, Map<String, String> headers, byte[] body, Instant parkedAt) {
    public ParkedMessage {
        headers = Map.copyOf(headers);
    }
}
