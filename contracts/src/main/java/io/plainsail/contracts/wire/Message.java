package io.plainsail.contracts.wire;

import java.util.Map;

/**
 * What a transport carries, whatever it is made of. The body is not copied: treat it as read-only.
 *
 * @param contentType media type of the body
 * @param headers names and values, all text; names are case-sensitive
 * @param body the payload
 */
public record Message(String contentType, Map<String, String> headers, byte[] body) {
    public Message {
        headers = Map.copyOf(headers);
    }
}
