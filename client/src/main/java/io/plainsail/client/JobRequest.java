package io.plainsail.client;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A job to be done. Immutable: each method returns another request. */
public final class JobRequest {
    private final Map<String, Object> fields;
    private final @Nullable String key;

    private JobRequest(Map<String, Object> fields, @Nullable String key) {
        this.fields = fields;
        this.key = key;
    }

    /**
     * A job of a type's newest version.
     *
     * @param input a {@code JsonNode}, a {@code Map}, or any object that the client's mapper turns into JSON; not copied
     *     before it is sent
     */
    public static JobRequest of(String type, Object input) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("type", type);
        fields.put("input", input);
        return new JobRequest(fields, null);
    }

    /** Of this version, in place of the newest. */
    public JobRequest version(int version) {
        return with("version", version);
    }

    /** A label by which the job is found again; there may be 16. */
    public JobRequest label(String name, String value) {
        Map<String, String> labels = new LinkedHashMap<>();
        if (fields.get("labels") instanceof Map<?, ?> before) {
            before.forEach((n, v) -> labels.put(String.valueOf(n), String.valueOf(v)));
        }
        labels.put(name, value);
        return with("labels", labels);
    }

    /** How long an attempt may take; at most, and by default, what the contract says. */
    public JobRequest timeout(Duration timeout) {
        return with("timeout", timeout.toString());
    }

    /** At most so many attempts, resting so long at most between them; both at most what the contract says. */
    public JobRequest retry(int attempts, Duration maxBackoff) {
        return with("retry", Map.of("attempts", attempts, "maxBackoff", maxBackoff.toString()));
    }

    /** If it has not begun after so long, the job is expired. */
    public JobRequest startWithin(Duration time) {
        return with("startWithin", time.toString());
    }

    /** If it has not ended after so long, the job is expired. */
    public JobRequest endWithin(Duration time) {
        return with("endWithin", time.toString());
    }

    /** The job's end is told there by a signed webhook. */
    public JobRequest callback(String url) {
        return with("callback", Map.of("url", url));
    }

    /** As {@link #callback(String)}, with all that a callback may have: {@code url}, {@code signingKey}, {@code headers}. */
    public JobRequest callback(Map<String, ?> callback) {
        return with("callback", Map.copyOf(callback));
    }

    /**
     * Names the request, in place of a key of the client's making: whoever sends the same request under the same key,
     * even after a restart, gets the same job. 1 to 255 visible ASCII characters. Not for one of many.
     */
    public JobRequest idempotencyKey(String named) {
        return new JobRequest(fields, named);
    }

    private JobRequest with(String name, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(fields);
        more.put(name, value);
        return new JobRequest(more, key);
    }

    /** As the API takes it, the input not yet JSON. */
    Map<String, Object> fields() {
        return fields;
    }

    @Nullable
    String key() {
        return key;
    }
}
