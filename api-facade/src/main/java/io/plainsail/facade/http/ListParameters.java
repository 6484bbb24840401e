package io.plainsail.facade.http;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.Violation;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.JobQuery;
import jakarta.ws.rs.core.MultivaluedMap;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Query parameters of a list: {@code state} and {@code label=name:value} may be repeated, {@code type}, {@code from}
 * and {@code before} (acceptance, RFC 3339), {@code limit}, {@code cursor}.
 */
record ListParameters(MultivaluedMap<String, String> given, JobQuery query) {
    private static final Set<String> KNOWN = Set.of("state", "type", "label", "from", "before", "limit", "cursor");
    private static final int DEFAULT_LIMIT = 50;

    static ListParameters of(MultivaluedMap<String, String> given) {
        List<Violation> wrong = new ArrayList<>();
        given.keySet().stream()
                .filter(name -> !KNOWN.contains(name))
                .limit(20)
                .forEach(name -> wrong.add(new Violation(name, "unknown-parameter", "known are " + KNOWN)));
        Set<JobState> states = EnumSet.noneOf(JobState.class);
        for (String word : given.getOrDefault("state", List.of())) {
            JobState.ofWord(word)
                    .ifPresentOrElse(
                            states::add,
                            () -> wrong.add(new Violation(
                                    "state",
                                    "enum",
                                    "state must be one of "
                                            + Arrays.stream(JobState.values())
                                                    .map(JobState::word)
                                                    .toList())));
        }
        String type = given.getFirst("type");
        if (type != null && !JobType.isName(type)) {
            wrong.add(new Violation("type", "format", "type must be a job type's name, such as webhook.deliver"));
        }
        JobQuery query = new JobQuery(
                states,
                type,
                labels(given.getOrDefault("label", List.of()), wrong),
                time(given, "from", wrong),
                time(given, "before", wrong),
                cursor(given.getFirst("cursor"), wrong),
                limit(given.getFirst("limit"), wrong));
        if (!wrong.isEmpty()) {
            throw new ProblemException(Problem.Kind.INVALID_PARAMETER, "the query is invalid", wrong);
        }
        return new ListParameters(given, query);
    }

    private static Map<String, String> labels(List<String> given, List<Violation> wrong) {
        Map<String, String> labels = new LinkedHashMap<>();
        for (String label : given) {
            int colon = label.indexOf(':');
            if (colon < 1 || label.indexOf('\0') >= 0) {
                wrong.add(new Violation("label", "format", "label must be name:value"));
            } else {
                labels.put(label.substring(0, colon), label.substring(colon + 1));
            }
        }
        if (labels.size() > JobRequests.MAX_LABELS) {
            wrong.add(new Violation("label", "maxItems", "at most " + JobRequests.MAX_LABELS + " labels"));
        }
        return labels;
    }

    private static @Nullable Instant time(MultivaluedMap<String, String> given, String name, List<Violation> wrong) {
        String text = given.getFirst(name);
        if (text == null) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            wrong.add(new Violation(name, "format", name + " must be a time such as 2026-01-31T12:00:00Z"));
            return null;
        }
    }

    private static @Nullable UUID cursor(@Nullable String text, List<Violation> wrong) {
        if (text == null) {
            return null;
        }
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException e) {
            wrong.add(new Violation("cursor", "format", "cursor must come from the next link of the page before"));
            return null;
        }
    }

    private static int limit(@Nullable String text, List<Violation> wrong) {
        if (text == null) {
            return DEFAULT_LIMIT;
        }
        try {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= JobQuery.MAX_LIMIT) {
                return limit;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        wrong.add(new Violation("limit", "range", "limit must be 1 to " + JobQuery.MAX_LIMIT));
        return DEFAULT_LIMIT;
    }

    /** The path of the page that follows the given job. */
    String pathAfter(UUID last) {
        StringBuilder path = new StringBuilder("/v1/jobs?");
        given.forEach((name, values) -> values.forEach(value -> {
            if (!name.equals("cursor")) {
                path.append(name)
                        .append('=')
                        .append(URLEncoder.encode(value, StandardCharsets.UTF_8))
                        .append('&');
            }
        }));
        return path.append("cursor=").append(last).toString();
    }

    /** A position in a log, {@code attempt.sequence}; before the first line if absent. */
    static int[] logPosition(@Nullable String after) {
        if (after == null) {
            return new int[] {0, -1};
        }
        String[] parts = after.split("\\.", -1);
        try {
            if (parts.length == 2) {
                return new int[] {Integer.parseInt(parts[0]), Integer.parseInt(parts[1])};
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw new ProblemException(
                Problem.Kind.INVALID_PARAMETER,
                "the query is invalid",
                List.of(new Violation("after", "format", "after must be attempt.sequence, such as 1.42")));
    }
}
