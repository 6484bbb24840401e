package io.plainsail.workers.webhook;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the webhook worker. Every field has a default; unset, it sends over https to public addresses only,
 * and has no key to sign with, so every job fails until one is given.
 *
 * @param signingKeys by the name that jobs ask for; {@code default} serves jobs that name none. A name with empty text
 *     has no key. Default none
 * @param allowHttp whether {@code http:} is allowed; body and signature travel in clear then. Default false
 * @param allowedPorts ports a URL may name; keeps callers from talking to mail or database servers. Default 80, 443,
 *     8080, 8443
 * @param allowedAddresses ranges that may be dialled though they are not public. Default none
 * @param deniedAddresses ranges that are never dialled, such as the own public ones; wins over allowedAddresses.
 *     Default none
 * @param requestTimeout from the look-up of the name to the end of the answer; 1 s to 10 min, and never past the
 *     attempt's deadline. Longer waits for slow receivers, and a stuck one holds a job's place longer. Default 20 s
 * @param connectTimeout for a free connection, for one address to accept, and for the TLS handshake, each; 100 ms to
 *     requestTimeout. Default 5 s
 * @param maxConnections open at most; set it to the worker's concurrency or more. 1 to 10,000; default 100
 * @param maxConnectionsPerHost open at most to one host and port, so that one slow receiver does not take them all:
 *     further deliveries are put off by a second or three. Less than the worker's concurrency. 1 to maxConnections;
 *     default 20
 * @param failuresUntilRest failures in a row after which a URL is left alone for a while; no answer counts, and a status
 *     of 500 or more. 0 for never, to 1,000; default 5
 * @param rest how long; doubled by each further failure, up to sixteen times. 1 s to 1 h, default 30 s
 * @param goneFor how long nothing is sent to a URL that answered 410; 1 s to 30 d, default 1 h
 */
public record WebhookConfig(
        Map<String, SigningKey> signingKeys,
        boolean allowHttp,
        List<PortRange> allowedPorts,
        List<Cidr> allowedAddresses,
        List<Cidr> deniedAddresses,
        Duration requestTimeout,
        Duration connectTimeout,
        int maxConnections,
        int maxConnectionsPerHost,
        int failuresUntilRest,
        Duration rest,
        Duration goneFor) {

    static final String DEFAULT_KEY = "default";

    private static final Pattern KEY_NAME = Pattern.compile("[a-z][a-z0-9-]{0,62}");
    private static final List<PortRange> WEB_PORTS =
            List.of(PortRange.of(80), PortRange.of(443), PortRange.of(8080), PortRange.of(8443));

    public WebhookConfig {
        signingKeys = Map.copyOf(signingKeys);
        allowedPorts = List.copyOf(allowedPorts);
        allowedAddresses = List.copyOf(allowedAddresses);
        deniedAddresses = List.copyOf(deniedAddresses);
        for (String name : signingKeys.keySet()) {
            if (!KEY_NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("signingKeys has the name \"" + name
                        + "\": must be lower-case letters, digits and dashes, 1 to 63, a letter first");
            }
        }
        between("requestTimeout", requestTimeout, Duration.ofSeconds(1), Duration.ofMinutes(10));
        between("connectTimeout", connectTimeout, Duration.ofMillis(100), requestTimeout);
        between("maxConnections", maxConnections, 10_000);
        between("maxConnectionsPerHost", maxConnectionsPerHost, maxConnections);
        if (failuresUntilRest < 0 || failuresUntilRest > 1_000) {
            throw new IllegalArgumentException("failuresUntilRest is " + failuresUntilRest + ": must be 0 to 1000");
        }
        between("rest", rest, Duration.ofSeconds(1), Duration.ofHours(1));
        between("goneFor", goneFor, Duration.ofSeconds(1), Duration.ofDays(30));
    }

    /** Fills in what a configuration file leaves out. Durations are ISO 8601, such as {@code PT20S}. */
    @JsonCreator
    static WebhookConfig of(
            @JsonProperty("signingKeys") @Nullable Map<String, @Nullable SigningKey> signingKeys,
            @JsonProperty("allowHttp") @Nullable Boolean allowHttp,
            @JsonProperty("allowedPorts") @Nullable List<PortRange> allowedPorts,
            @JsonProperty("allowedAddresses") @Nullable List<Cidr> allowedAddresses,
            @JsonProperty("deniedAddresses") @Nullable List<Cidr> deniedAddresses,
            @JsonProperty("requestTimeout") @Nullable String requestTimeout,
            @JsonProperty("connectTimeout") @Nullable String connectTimeout,
            @JsonProperty("maxConnections") @Nullable Integer maxConnections,
            @JsonProperty("maxConnectionsPerHost") @Nullable Integer maxConnectionsPerHost,
            @JsonProperty("failuresUntilRest") @Nullable Integer failuresUntilRest,
            @JsonProperty("rest") @Nullable String rest,
            @JsonProperty("goneFor") @Nullable String goneFor) {
        Duration request = requestTimeout == null ? Duration.ofSeconds(20) : duration("requestTimeout", requestTimeout);
        int connections = maxConnections == null ? 100 : maxConnections;
        return new WebhookConfig(
                signingKeys == null ? Map.of() : present(signingKeys),
                allowHttp != null && allowHttp,
                allowedPorts == null ? WEB_PORTS : allowedPorts,
                allowedAddresses == null ? List.of() : allowedAddresses,
                deniedAddresses == null ? List.of() : deniedAddresses,
                request,
                connectTimeout == null
                        ? shorter(request, Duration.ofSeconds(5))
                        : duration("connectTimeout", connectTimeout),
                connections,
                maxConnectionsPerHost == null ? Math.min(connections, 20) : maxConnectionsPerHost,
                failuresUntilRest == null ? 5 : failuresUntilRest,
                rest == null ? Duration.ofSeconds(30) : duration("rest", rest),
                goneFor == null ? Duration.ofHours(1) : duration("goneFor", goneFor));
    }

    /** The defaults, with keys. */
    public static WebhookConfig withKeys(Map<String, SigningKey> signingKeys) {
        return of(new LinkedHashMap<>(signingKeys), null, null, null, null, null, null, null, null, null, null, null);
    }

    /**
     * The same, and open to {@code http:}, to every port and to these ranges: for demos and tests on one machine.
     *
     * @param addresses such as 127.0.0.0/8
     */
    public WebhookConfig openTo(List<Cidr> addresses) {
        return new WebhookConfig(
                signingKeys,
                true,
                List.of(new PortRange(1, 65_535)),
                addresses,
                deniedAddresses,
                requestTimeout,
                connectTimeout,
                maxConnections,
                maxConnectionsPerHost,
                failuresUntilRest,
                rest,
                goneFor);
    }

    private static Map<String, SigningKey> present(Map<String, @Nullable SigningKey> keys) {
        Map<String, SigningKey> present = new LinkedHashMap<>();
        keys.forEach((name, key) -> {
            if (key != null) {
                present.put(name, key);
            }
        });
        return present;
    }

    private static Duration duration(String field, String text) {
        try {
            return Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    field + " is \"" + text + "\": must be an ISO 8601 duration such as PT20S", e);
        }
    }

    private static void between(String field, Duration value, Duration least, Duration most) {
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(field + " is " + value + ": must be " + least + " to " + most);
        }
    }

    private static void between(String field, int value, int most) {
        if (value < 1 || value > most) {
            throw new IllegalArgumentException(field + " is " + value + ": must be 1 to " + most);
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
