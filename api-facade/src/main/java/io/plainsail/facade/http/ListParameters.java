package io.plainsail.facade.http;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.Violation;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.access.Caller;
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
    private static final Set<String> KNOWN =
            Set.of("state", "type", "label", "fingerprint", "from", "before", "limit", "cursor");
    private static final Set<String> REPEATABLE = Set.of("state", "label");
    private static final int MAX_FINGERPRINT_LENGTH = 64;
    private static final int DEFAULT_LIMIT = 50;

    static ListParameters of(MultivaluedMap<String, String> given) {
        return of(given, KNOWN, JobQuery.MAX_LIMIT);
    }

    /**
     * @param known the parameters that there may be
     * @param maxLimit what {@code limit} may be at most
     */
    static ListParameters of(MultivaluedMap<String, String> given, Set<String> known, int maxLimit) {
        List<Violation> wrong = new ArrayList<>();
        given.keySet().stream()
                .filter(name -> !known.contains(name))
                .limit(20)
                .forEach(name -> wrong.add(new Violation(name, "unknown-parameter", "known are " + known)));
        given.forEach((name, values) -> {
            if (values.size() > 1 && known.contains(name) && !REPEATABLE.contains(name)) {
                wrong.add(
                        new Violation(name, "maxItems", name + " is given " + values.size() + " times: once at most"));
            }
        });
        String fingerprint = given.getFirst("fingerprint");
        if (fingerprint != null && (fingerprint.length() > MAX_FINGERPRINT_LENGTH || fingerprint.indexOf('\0') >= 0)) {
            wrong.add(new Violation("fingerprint", "format", "fingerprint must be one that a failed job shows"));
        }
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
                fingerprint,
                false,
                time(given, "from", wrong),
                time(given, "before", wrong),
                cursor(given.getFirst("cursor"), wrong),
                whole(given, "limit", DEFAULT_LIMIT, maxLimit, wrong));
        if (!wrong.isEmpty()) {
            throw new ProblemException(Problem.Kind.INVALID_PARAMETER, "the query is invalid", wrong);
        }
        return new ListParameters(given, query);
    }

    /** The same, of those jobs alone that the caller sees. */
    ListParameters seenBy(Caller caller) {
        return new ListParameters(given, query.ofTenant(caller.tenant()));
    }

    private static Map<String, String> labels(List<String> given, List<Violation> wrong) {
        Map<String, String> labels = new LinkedHashMap<>();
        for (String label : given) {
            int colon = label.indexOf(':');
            if (colon < 1 || label.indexOf('\0') >= 0) {
                wrong.add(new Violation("label", "format", "label must be name:value"));
            } else if (labels.put(label.substring(0, colon), label.substring(colon + 1)) != null) {
                wrong.add(new Violation(
                        "label",
                        "uniqueItems",
                        "label " + label.substring(0, colon) + " is given twice: a job has one"));
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

    /** {@code true} or {@code false}; false if absent. */
    static boolean flag(MultivaluedMap<String, String> given, String name, List<Violation> wrong) {
        String word = given.getFirst(name);
        if (word != null && !word.equals("true") && !word.equals("false")) {
            wrong.add(new Violation(name, "enum", name + " must be true or false"));
        }
        return "true".equals(word);
    }

    /** A whole number from 1 on. */
    static int whole(MultivaluedMap<String, String> given, String name, int byDefault, int max, List<Violation> wrong) {
        String text = given.getFirst(name);
        if (text == null) {
            return byDefault;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        wrong.add(new Violation(name, "range", name + " must be 1 to " + max));
        return byDefault;
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
