package io.plainsail.client;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** How a client is set up; {@link #build} makes it. Not thread-safe. */
public final class PlainsailBuilder {
    /** Three times as long as the facade's streams are ever silent. */
    private static final Duration SILENCE = Duration.ofSeconds(30);

    private static final int MAX_ANSWER_BYTES = 64 * 1024 * 1024;

    private final String base;
    private Supplier<String> apiKey = () -> "";
    private Duration connectTimeout = Duration.ofSeconds(5);
    private Duration requestTimeout = Duration.ofSeconds(30);
    private Duration silence = SILENCE;
    private RetryPolicy retry = RetryPolicy.DEFAULT;
    private Pace pace = Pace.SYSTEM;
    private @Nullable SSLContext tls;
    private ObjectMapper json = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    PlainsailBuilder(URI facade) {
        String scheme = facade.getScheme();
        boolean fits = ("http".equals(scheme) || "https".equals(scheme))
                && facade.getHost() != null
                && facade.getRawQuery() == null
                && facade.getRawFragment() == null
                && facade.getRawUserInfo() == null;
        if (!fits) {
            throw new IllegalArgumentException("the facade's address is \"" + facade
                    + "\": must be http or https, a host, and maybe port and path, such as http://127.0.0.1:8080");
        }
        String text = facade.toString();
        base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    /** The API key, such as {@code psk_…}. */
    public PlainsailBuilder apiKey(String key) {
        return apiKey(() -> key);
    }

    /** Gives the API key, anew for each attempt of a request, so that it may be rotated; an empty one is not sent. */
    public PlainsailBuilder apiKey(Supplier<String> provider) {
        apiKey = provider;
        return this;
    }

    /** Until a connection is made; 5 s by default. */
    public PlainsailBuilder connectTimeout(Duration timeout) {
        connectTimeout = positive("connectTimeout", timeout);
        return this;
    }

    /** Until an answer begins, beyond what it is asked to wait; 30 s by default. */
    public PlainsailBuilder requestTimeout(Duration timeout) {
        requestTimeout = positive("requestTimeout", timeout);
        return this;
    }

    /**
     * How long nothing may come of an answer that has begun; 30 s by default. Streams of events say something every
     * 10 s: less than that breaks them again and again.
     */
    public PlainsailBuilder longestSilence(Duration longest) {
        silence = positive("longestSilence", longest);
        return this;
    }

    /** {@link RetryPolicy#DEFAULT} by default. */
    public PlainsailBuilder retry(RetryPolicy policy) {
        retry = policy;
        return this;
    }

    /** For https, in place of Java's own trust and keys. */
    public PlainsailBuilder tls(SSLContext context) {
        tls = context;
        return this;
    }

    /** Turns inputs into JSON and outputs into objects; one with no modules by default. Not to be changed afterwards. */
    public PlainsailBuilder mapper(ObjectMapper mapper) {
        json = mapper;
        return this;
    }

    PlainsailBuilder pace(Pace given) {
        pace = given;
        return this;
    }

    public Plainsail build() {
        // Never a redirect: the key is for this facade. HTTP/1.1 spares every first request the offer of an upgrade.
        HttpClient.Builder http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(connectTimeout);
        if (tls != null) {
            http.sslContext(tls);
        }
        FacadeHttp.Timing timing = new FacadeHttp.Timing(requestTimeout, silence, retry, MAX_ANSWER_BYTES);
        return new Plainsail(new FacadeHttp(base, http.build(), apiKey, timing, pace, json), json, MAX_ANSWER_BYTES);
    }

    private static Duration positive(String name, Duration value) {
        if (value.isZero() || value.isNegative()) {
            throw new IllegalArgumentException(name + " is " + value + ": must be longer than nothing");
        }
        return value;
    }
}
