package io.plainsail.messaging.trace;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where traces go.
 *
 * @param endpoint of a collector that speaks OTLP over HTTP, such as {@code http://127.0.0.1:4318}; {@code /v1/traces} is
 *     put behind it. Empty, the default: nothing is recorded, and contexts of callers are passed on as they came
 * @param sampleRatio how many of the traces that begin here are recorded, 0 to 1, default 1; one that began elsewhere is
 *     recorded if it is there
 * @param headers what each request to the collector bears, default none
 */
public record TracingConfig(String endpoint, double sampleRatio, OtlpHeaders headers) {
    private static final String PATH = "/v1/traces";

    /** Nothing is recorded. */
    public static final TracingConfig OFF = new TracingConfig("", 1, OtlpHeaders.NONE);

    public TracingConfig {
        endpoint = endpoint.strip();
        if (!endpoint.isEmpty() && !isHttp(endpoint)) {
            throw new IllegalArgumentException("endpoint is \"" + endpoint
                    + "\": must be an http: or https: URL, or empty for no traces (default)");
        }
        if (!(sampleRatio >= 0 && sampleRatio <= 1)) {
            throw new IllegalArgumentException("sampleRatio is " + sampleRatio + ": must be 0 to 1 (default 1)");
        }
    }

    @JsonCreator
    public static TracingConfig configured(
            @JsonProperty("endpoint") @Nullable String endpoint,
            @JsonProperty("sampleRatio") @Nullable Double sampleRatio,
            @JsonProperty("headers") @Nullable String headers,
            @JsonProperty("headersFile") @Nullable String headersFile) {
        return new TracingConfig(
                endpoint == null ? "" : endpoint,
                sampleRatio == null ? 1 : sampleRatio,
                OtlpHeaders.of(headers == null ? "" : headers, headersFile == null ? "" : headersFile));
    }

    private static boolean isHttp(String text) {
        try {
            URI uri = URI.create(text);
            String scheme = String.valueOf(uri.getScheme());
            return (scheme.equals("http") || scheme.equals("https")) && uri.getHost() != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    boolean isOn() {
        return !endpoint.isEmpty();
    }

    /** Whether who listens to the network between would see the headers. */
    boolean isInTheClear() {
        URI uri = URI.create(endpoint);
        String host = uri.getHost();
        boolean here = host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
        return "http".equals(uri.getScheme()) && !here;
    }

    /** Where spans are posted. */
    String url() {
        return (endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint) + PATH;
    }
}
