package io.plainsail.facade.http;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.handler.CrossOriginHandler;

/** Lets browsers show the API's answers to pages of some other origins (CORS). */
public final class CrossOrigin {
    private CrossOrigin() {}

    /** Answers what browsers ask beforehand, which they do without a key; no cookies are concerned. */
    public static Handler.Singleton allowing(List<String> origins) {
        CrossOriginHandler handler = new CrossOriginHandler();
        handler.setAllowedOriginPatterns(origins.stream().map(Pattern::quote).collect(Collectors.toSet()));
        handler.setAllowedMethods(Set.of("GET", "HEAD", "POST", "PUT", "DELETE"));
        handler.setAllowedHeaders(Set.of(
                "Accept",
                "Authorization",
                "Content-Type",
                Idempotency.HEADER,
                "If-None-Match",
                "If-Range",
                "Last-Event-ID",
                Preference.HEADER,
                "Range",
                "traceparent",
                "tracestate"));
        handler.setExposedHeaders(Set.of(
                "Accept-Ranges",
                "Content-Range",
                "ETag",
                "Location",
                Preference.APPLIED,
                "RateLimit",
                "RateLimit-Policy",
                "Repr-Digest",
                "Retry-After"));
        handler.setAllowCredentials(false);
        handler.setPreflightMaxAge(Duration.ofMinutes(10));
        // Others get the answer that they would get from a program, and their browsers keep it from the page.
        handler.setDeliverNonAllowedOriginRequests(true);
        return handler;
    }
}
