package io.plainsail.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Turns answers that are none of 2xx into exceptions. */
final class Problems {
    /** Nobody reads a longer one. */
    private static final int MAX_BYTES = 1024 * 1024;

    private static final int TOLD_FINDINGS = 5;
    private static final int MAX_DETAIL = 2_000;
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

    private Problems() {}

    /** Reads the problem out of an answer; what cannot be read is left out. */
    static PlainsailException of(int status, HttpHeaders headers, InputStream body, ObjectMapper json, Instant now) {
        JsonNode problem = null;
        try {
            byte[] bytes = body.readNBytes(MAX_BYTES);
            if (headers.firstValue("Content-Type").orElse("").contains("json")) {
                problem = json.readTree(bytes);
            }
        } catch (IOException e) {
            // The status says enough.
        }
        return of(status, problem, retryAfter(headers, now).orElse(null));
    }

    static PlainsailException of(int status, @Nullable JsonNode problem, @Nullable Duration retryAfter) {
        List<Finding> findings = problem == null ? List.of() : findings(problem);
        boolean mayPass = status >= 500 || status == 429;
        boolean redirect = status < 400;
        return new PlainsailException(
                redirect
                        ? PlainsailException.Kind.NOT_UNDERSTOOD
                        : mayPass ? PlainsailException.Kind.UNAVAILABLE : PlainsailException.Kind.REFUSED,
                message(status, problem, findings),
                null,
                status,
                problem == null ? "" : problem.path("type").asText(),
                findings,
                retryAfter,
                null);
    }

    static List<Finding> findings(JsonNode problem) {
        List<Finding> findings = new ArrayList<>();
        for (JsonNode error : problem.path("errors")) {
            findings.add(new Finding(
                    error.path("pointer").asText(),
                    error.path("rule").asText(),
                    error.path("detail").asText()));
        }
        return findings;
    }

    private static String message(int status, @Nullable JsonNode problem, List<Finding> findings) {
        if (problem == null) {
            return status + (status < 400 ? ": a redirect, which is not followed" : ": no reason was given");
        }
        StringBuilder message = new StringBuilder()
                .append(status)
                .append(' ')
                .append(problem.path("title").asText("The request failed"));
        String detail = detail(problem);
        if (!detail.isEmpty()) {
            message.append(": ").append(detail);
        }
        for (Finding finding : findings.subList(0, Math.min(TOLD_FINDINGS, findings.size()))) {
            message.append("; ").append(finding.pointer()).append(' ').append(finding.detail());
        }
        if (findings.size() > TOLD_FINDINGS) {
            message.append("; and ").append(findings.size() - TOLD_FINDINGS).append(" more");
        }
        return message.toString();
    }

    static String detail(JsonNode problem) {
        String detail = problem.path("detail").asText();
        return detail.length() <= MAX_DETAIL ? detail : detail.substring(0, MAX_DETAIL) + "…";
    }

    /** {@code Retry-After} as seconds or as a time (RFC 9110, 10.2.3). */
    static Optional<Duration> retryAfter(HttpHeaders headers, Instant now) {
        String text = headers.firstValue("Retry-After").map(String::strip).orElse("");
        if (SECONDS.matcher(text).matches()) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        }
        try {
            Duration until = Duration.between(
                    now,
                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant());
            return Optional.of(until.isNegative() ? Duration.ZERO : until);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
