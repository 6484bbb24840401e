package io.plainsail.workers.webhook;

import io.plainsail.workers.webhook.InvalidWebhookException.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Signs and verifies webhooks after Standard Webhooks 1.0, symmetric scheme {@code v1}: HMAC-SHA256 over
 * {@code id.timestamp.body}. Stateless, thread-safe. A receiver needs this class and the raw bytes of the body:
 *
 * <pre>{@code
 * String id = WebhookSignature.verify(headers, body, key, WebhookSignature.DEFAULT_TOLERANCE, clock);
 * }</pre>
 */
public final class WebhookSignature {
    public static final String ID = "webhook-id";
    public static final String TIMESTAMP = "webhook-timestamp";
    public static final String SIGNATURE = "webhook-signature";

    /** How far the sender's clock may be from ours; what the reference libraries allow. */
    public static final Duration DEFAULT_TOLERANCE = Duration.ofMinutes(5);

    private static final Pattern UNIX_SECONDS = Pattern.compile("[0-9]{1,11}");
    private static final int MAX_SIGNATURES = 16;

    private WebhookSignature() {}

    /**
     * The three headers that sign a body.
     *
     * @param id the same on every attempt; not empty, without full stop, or the signed text could be read in two ways
     * @param at when this attempt is made; whole seconds count
     */
    public static Map<String, String> sign(String id, Instant at, byte[] body, SigningKey key) {
        if (id.isEmpty() || id.indexOf('.') >= 0) {
            throw new IllegalArgumentException("webhook-id is \"" + id + "\": must hold text without a full stop");
        }
        String timestamp = Long.toString(at.getEpochSecond());
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(ID, id);
        headers.put(TIMESTAMP, timestamp);
        headers.put(SIGNATURE, key.sign(content(id, timestamp, body)));
        return headers;
    }

    /**
     * Proves that a request was signed with the key, lately.
     *
     * @param headers the request's headers; names in any case
     * @param body the bytes as received, not parsed and written again
     * @param tolerance how far the timestamp may be from the clock, either way
     * @return the webhook's id: keep it for twice the tolerance at least and act once per id
     * @throws InvalidWebhookException saying which rule is broken
     */
    public static String verify(
            Map<String, ? extends List<String>> headers, byte[] body, SigningKey key, Duration tolerance, Clock clock) {
        String id = one(headers, ID);
        String timestamp = one(headers, TIMESTAMP);
        String signatures = one(headers, SIGNATURE);
        if (id.isEmpty() || id.indexOf('.') >= 0) {
            throw new InvalidWebhookException(Reason.HEADER, ID + " must hold text without a full stop");
        }
        if (!UNIX_SECONDS.matcher(timestamp).matches()) {
            throw new InvalidWebhookException(Reason.HEADER, TIMESTAMP + " must be whole seconds since 1970");
        }
        Duration apart = Duration.between(Instant.ofEpochSecond(Long.parseLong(timestamp)), clock.instant())
                .abs();
        if (apart.compareTo(tolerance) > 0) {
            throw new InvalidWebhookException(
                    Reason.TIMESTAMP, TIMESTAMP + " is more than " + tolerance + " away from the receiver's clock");
        }
        byte[] content = content(id, timestamp, body);
        boolean verified = false;
        for (String signature : signatures.split(" ", MAX_SIGNATURES)) {
            byte[] bytes = v1(signature);
            verified |= bytes != null && key.verifies(bytes, content);
        }
        if (!verified) {
            throw new InvalidWebhookException(
                    Reason.SIGNATURE, "no v1 signature in " + SIGNATURE + " fits id, timestamp and body");
        }
        return id;
    }

    private static byte[] content(String id, String timestamp, byte[] body) {
        byte[] head = (id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8);
        byte[] content = new byte[head.length + body.length];
        System.arraycopy(head, 0, content, 0, head.length);
        System.arraycopy(body, 0, content, head.length, body.length);
        return content;
    }

    private static String one(Map<String, ? extends List<String>> headers, String name) {
        String found = null;
        for (Map.Entry<String, ? extends List<String>> header : headers.entrySet()) {
            // Some servers keep the request line under a null name.
            if (!name.equalsIgnoreCase(header.getKey())) {
                continue;
            }
            for (String value : header.getValue()) {
                if (found != null) {
                    throw new InvalidWebhookException(Reason.HEADER, name + " is given more than once");
                }
                found = value;
            }
        }
        if (found == null) {
            throw new InvalidWebhookException(Reason.HEADER, name + " is missing");
        }
        return found;
    }

    private static byte @Nullable [] v1(String signature) {
        if (!signature.startsWith("v1,")) {
            return null;
        }
        try {
            return Base64.getDecoder().decode(signature.substring(3));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
