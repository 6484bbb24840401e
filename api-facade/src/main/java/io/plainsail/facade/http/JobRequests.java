package io.plainsail.facade.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.TimeLimits;
import io.plainsail.contracts.Violation;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.facade.access.Caller;
import io.plainsail.facade.access.Owner;
import io.plainsail.facade.contracts.ContractRegistry;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.notify.Callbacks;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Turns request bodies into jobs that meet their contracts, or says everything that is wrong with them. Thread-safe. */
public final class JobRequests {
    static final int MAX_LABELS = 16;

    /** So many fields that no request has are told. */
    static final int MAX_UNKNOWN_FIELDS = 20;

    /** How far ahead a limit in time may lie. */
    static final Duration LONGEST_LIMIT = Duration.ofDays(365);

    private static final int MAX_CALLBACK_CHARS = 30_000;

    private static final Pattern LABEL_NAME = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,62}");
    /** As the store counts: UTF-16 code units. */
    private static final int MAX_LABEL_UNITS = 200;

    private static final Pattern LABEL_VALUE = Pattern.compile("[^\\p{Cc}\\p{Cs}]{0,200}");

    private final ContractRegistry contracts;
    private final Clock clock;

    public JobRequests(ContractRegistry contracts, Clock clock) {
        this.contracts = contracts;
        this.clock = clock;
    }

    /**
     * Reads a body that holds one request.
     *
     * @throws ProblemException with every finding
     * @throws io.plainsail.contracts.json.InvalidJsonException if the body is not strict JSON
     */
    NewJob one(byte[] body, Caller caller) {
        StrictJson.checkUtf8(body);
        try (JsonParser parser = StrictJson.parser(body)) {
            if (parser.nextToken() == null) {
                throw new ProblemException(Problem.Kind.NOT_JSON, "the body is empty: expected a job request");
            }
            Submission submission = Submission.read(parser, body);
            if (parser.nextToken() != null) {
                throw new ProblemException(Problem.Kind.NOT_JSON, "the body goes on after the JSON value");
            }
            return check(submission, caller);
        } catch (IOException e) {
            throw StrictJson.explained(e);
        }
    }

    /**
     * Reads the body of a replay: nothing, or an object with the edited input.
     *
     * @return the edited input; null for none
     * @throws ProblemException if there is anything else in it
     */
    byte @Nullable [] editedInput(byte[] body) {
        if (body.length == 0) {
            return null;
        }
        StrictJson.checkUtf8(body);
        try (JsonParser parser = StrictJson.parser(body)) {
            parser.nextToken();
            Submission edited = Submission.read(parser, body);
            if (parser.nextToken() != null) {
                throw new ProblemException(Problem.Kind.NOT_JSON, "the body goes on after the JSON value");
            }
            boolean more = edited.type() != null
                    || edited.version() != null
                    || edited.labels() != null
                    || edited.timeout() != null
                    || edited.retry() != null
                    || edited.startWithin() != null
                    || edited.endWithin() != null
                    || edited.callback() != null
                    || !edited.unknown().isEmpty();
            if (more || edited.input() == null) {
                throw new ProblemException(
                        Problem.Kind.INVALID_JOB,
                        "a replay takes an edited input and nothing else",
                        List.of(new Violation("", "unknown-field", "known is input")));
            }
            return edited.inputBytes();
        } catch (IOException e) {
            throw StrictJson.explained(e);
        }
    }

    /**
     * A new job that repeats one: the same type, version, labels and bounds.
     *
     * @param input as it was, or edited
     * @param callback as the origin had it
     * @param owner as the origin has it
     * @throws ProblemException if the contract is gone, or the input breaks the one that is in force now
     */
    NewJob.Builder again(Job origin, byte[] input, @Nullable String callback, Owner owner) {
        ContractRegistry.Known known = contracts
                .find(origin.jobType())
                .orElseThrow(() -> new ProblemException(
                        Problem.Kind.UNKNOWN_JOB_TYPE, origin.jobType() + " has no contract any more"));
        List<Violation> violations = new ArrayList<>();
        checkInput(StrictJson.read(input), input.length, known, violations);
        if (!violations.isEmpty()) {
            throw invalid(violations);
        }
        Duration longest = known.contract().timeout();
        // Without its limits: they ended with the time that they were given for.
        return NewJob.builder(
                        JobIds.next(),
                        origin.jobType(),
                        input,
                        origin.timeout().compareTo(longest) < 0 ? origin.timeout() : longest,
                        clock.instant().truncatedTo(ChronoUnit.MICROS))
                .labels(origin.labels())
                .retryBounds(origin.retryBounds())
                .replayOf(origin.id())
                .callback(callback)
                .owner(owner);
    }

    private static ProblemException invalid(List<Violation> violations) {
        return new ProblemException(
                Problem.Kind.INVALID_JOB,
                violations.size() + (violations.size() == 1 ? " finding" : " findings"),
                violations);
    }

    /** One of many: a job, or what is wrong with it. */
    record Item(@Nullable NewJob job, @Nullable Problem problem) {}

    /**
     * Reads a body that holds many requests: a JSON array, or one after the other (NDJSON).
     *
     * @throws ProblemException if there are more than {@code maxItems}
     * @throws io.plainsail.contracts.json.InvalidJsonException if the body is not strict JSON: nothing of it counts
     */
    List<Item> many(byte[] body, int maxItems, Caller caller) {
        StrictJson.checkUtf8(body);
        List<Item> items = new ArrayList<>();
        try (JsonParser parser = StrictJson.parser(body)) {
            JsonToken first = parser.nextToken();
            boolean array = first == JsonToken.START_ARRAY;
            for (JsonToken token = array ? parser.nextToken() : first;
                    token != null && token != JsonToken.END_ARRAY;
                    token = parser.nextToken()) {
                if (items.size() == maxItems) {
                    throw new ProblemException(
                            Problem.Kind.TOO_LARGE, "more than " + maxItems + " job requests in one body");
                }
                items.add(item(Submission.read(parser, body), caller));
            }
            if (array && parser.nextToken() != null) {
                throw new ProblemException(Problem.Kind.NOT_JSON, "the body goes on after the array");
            }
            return items;
        } catch (IOException e) {
            throw StrictJson.explained(e);
        }
    }

    private Item item(Submission submission, Caller caller) {
        try {
            return new Item(check(submission, caller), null);
        } catch (ProblemException e) {
            return new Item(null, e.problem());
        }
    }

    private NewJob check(Submission submission, Caller caller) {
        List<Violation> violations = new ArrayList<>(submission.unknown());
        ContractRegistry.Known known = contract(submission, violations);
        if (known != null && !caller.maySubmit(known.contract().jobType().name())) {
            throw new ProblemException(
                    Problem.Kind.FORBIDDEN,
                    "the key " + caller.id() + " may not submit "
                            + known.contract().jobType().name() + ", only " + caller.jobTypes());
        }
        Map<String, String> labels = labels(submission.labels(), violations);
        Duration timeout = timeout(submission.timeout(), known == null ? null : known.contract(), violations);
        RetryBounds retryBounds = retryBounds(submission.retry(), known == null ? null : known.contract(), violations);
        JsonNode input = submission.input();
        if (input == null) {
            violations.add(new Violation("/input", "required", "input is missing"));
        } else if (known != null) {
            checkInput(input, submission.inputBytes().length, known, violations);
        }
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        TimeLimits limits = new TimeLimits(
                within(submission.startWithin(), "startWithin", now, violations),
                within(submission.endWithin(), "endWithin", now, violations));
        String callback = callback(submission.callback(), violations);
        if (!violations.isEmpty() || known == null) {
            throw invalid(violations);
        }
        return NewJob.builder(JobIds.next(), known.contract().jobType(), submission.inputBytes(), timeout, now)
                .labels(labels)
                .retryBounds(retryBounds)
                .limits(limits)
                .callback(callback)
                .owner(caller.owner())
                .build();
    }

    /** How the end of the job is told: what {@code webhook.deliver} takes, less the body. */
    private @Nullable String callback(@Nullable JsonNode given, List<Violation> violations) {
        if (given == null || given.isNull()) {
            return null;
        }
        if (!(given instanceof ObjectNode callback) || callback.has("body")) {
            violations.add(new Violation(
                    "/callback", "type", "callback must be an object with url, and maybe signingKey and headers"));
            return null;
        }
        ContractRegistry.Known webhook = contracts.find(Callbacks.DELIVERY).orElse(null);
        if (webhook == null) {
            violations.add(new Violation(
                    "/callback", "unknown", "no worker has announced " + Callbacks.DELIVERY + ", which tells it"));
            return null;
        }
        ObjectNode input = callback.deepCopy();
        input.putObject("body");
        int before = violations.size();
        for (Violation violation : webhook.input().violations(input)) {
            violations.add(new Violation("/callback" + violation.pointer(), violation.rule(), violation.detail()));
        }
        String text = callback.toString();
        if (text.length() > MAX_CALLBACK_CHARS) {
            violations.add(new Violation(
                    "/callback",
                    "maxLength",
                    "callback has " + text.length() + " characters: at most " + MAX_CALLBACK_CHARS));
        }
        return violations.size() == before ? text : null;
    }

    private ContractRegistry.@Nullable Known contract(Submission submission, List<Violation> violations) {
        JsonNode type = submission.type();
        JsonNode version = submission.version();
        if (type == null || !type.isTextual() || !JobType.isName(type.textValue())) {
            violations.add(new Violation(
                    "/type",
                    type == null ? "required" : "format",
                    type == null
                            ? "type is missing"
                            : "type must be lower-case words joined by dots, such as webhook.deliver"));
            return null;
        }
        boolean versionFits = version == null
                || (version.isIntegralNumber()
                        && version.canConvertToInt()
                        && version.intValue() >= 1
                        && version.intValue() <= JobType.MAX_VERSION);
        if (!versionFits) {
            violations.add(
                    new Violation("/version", "range", "version must be a whole number, 1 to " + JobType.MAX_VERSION));
            return null;
        }
        List<Integer> versions = contracts.versions(type.textValue());
        if (versions.isEmpty()) {
            throw new ProblemException(
                    Problem.Kind.UNKNOWN_JOB_TYPE,
                    "type is \"" + type.textValue() + "\": no worker has announced it",
                    List.of(new Violation("/type", "unknown", "no worker has announced this job type")));
        }
        int wanted = version == null ? versions.get(versions.size() - 1) : version.intValue();
        Optional<ContractRegistry.Known> known = contracts.find(new JobType(type.textValue(), wanted));
        known.ifPresent(this::refuseAfterSunset);
        return known.orElseThrow(() -> new ProblemException(
                Problem.Kind.UNKNOWN_JOB_TYPE,
                type.textValue() + " has no version " + wanted + ": known are " + versions,
                List.of(new Violation("/version", "unknown", "known versions are " + versions))));
    }

    private void refuseAfterSunset(ContractRegistry.Known known) {
        LocalDate sunset = known.contract().sunset();
        if (sunset != null && !clock.instant().isBefore(Lifetime.begin(sunset))) {
            throw new ProblemException(
                    Problem.Kind.SUNSET,
                    known.contract().jobType() + " takes no new jobs since " + sunset + ": known versions are "
                            + contracts.versions(known.contract().jobType().name()),
                    List.of(new Violation("/version", "sunset", "its sunset was on " + sunset)));
        }
    }

    /** The headers that tell a caller of the version's end, if it has one. */
    Map<String, String> lifetime(JobView accepted) {
        if (!contracts.anyEnds()) {
            return Map.of();
        }
        return contracts
                .find(new JobType(accepted.type(), accepted.version()))
                .map(known -> Lifetime.headers(known.contract()))
                .orElse(Map.of());
    }

    private static void checkInput(
            JsonNode input, int bytes, ContractRegistry.Known known, List<Violation> violations) {
        int max = known.contract().maxInputBytes();
        if (bytes > max) {
            violations.add(new Violation(
                    "/input",
                    "maxInputBytes",
                    "input has " + bytes + " bytes: " + known.contract().jobType() + " takes at most " + max));
            return;
        }
        for (Violation violation : known.input().violations(input)) {
            violations.add(new Violation("/input" + violation.pointer(), violation.rule(), violation.detail()));
        }
    }

    private static Map<String, String> labels(@Nullable JsonNode labels, List<Violation> violations) {
        Map<String, String> checked = new LinkedHashMap<>();
        if (labels == null) {
            return checked;
        }
        if (!labels.isObject() || labels.size() > MAX_LABELS) {
            violations.add(new Violation(
                    "/labels",
                    labels.isObject() ? "maxProperties" : "type",
                    "labels must be an object of at most " + MAX_LABELS + " strings"));
            return checked;
        }
        labels.properties().forEach(label -> {
            String pointer = "/labels/" + label.getKey().replace("~", "~0").replace("/", "~1");
            if (!LABEL_NAME.matcher(label.getKey()).matches()) {
                violations.add(new Violation(pointer, "format", "a label's name must match " + LABEL_NAME.pattern()));
            } else if (!label.getValue().isTextual()
                    || !LABEL_VALUE.matcher(label.getValue().textValue()).matches()
                    || label.getValue().textValue().length() > MAX_LABEL_UNITS) {
                violations.add(
                        new Violation(
                                pointer,
                                "format",
                                "a label's value must be a string of at most 200 UTF-16 characters, none of them control characters"));
            } else {
                checked.put(label.getKey(), label.getValue().textValue());
            }
        });
        return checked;
    }

    /** A caller may ask for fewer attempts and shorter rests than the contract gives, never for more. */
    private static RetryBounds retryBounds(
            @Nullable JsonNode retry, @Nullable Contract contract, List<Violation> violations) {
        if (retry == null) {
            return RetryBounds.NONE;
        }
        if (!retry.isObject()) {
            violations.add(new Violation("/retry", "type", "retry must be an object with attempts and maxBackoff"));
            return RetryBounds.NONE;
        }
        int told = violations.size() + MAX_UNKNOWN_FIELDS;
        retry.fieldNames().forEachRemaining(name -> {
            if (!name.equals("attempts") && !name.equals("maxBackoff") && violations.size() < told) {
                violations.add(new Violation(
                        "/retry/" + Submission.shown(name),
                        "unknown-field",
                        "unknown field; known are attempts, maxBackoff"));
            }
        });
        JsonNode attempts = retry.get("attempts");
        int most = contract == null ? 100 : contract.retry().attempts();
        if (attempts != null
                && !(attempts.isIntegralNumber()
                        && attempts.canConvertToInt()
                        && attempts.intValue() >= 1
                        && attempts.intValue() <= most)) {
            violations.add(new Violation("/retry/attempts", "range", "attempts must be a whole number, 1 to " + most));
            attempts = null;
        }
        JsonNode maxBackoff = retry.get("maxBackoff");
        Duration cap =
                contract == null ? Duration.ofHours(24) : contract.retry().maxBackoff();
        return new RetryBounds(
                attempts == null ? null : attempts.intValue(),
                maxBackoff == null
                        ? null
                        : duration(maxBackoff, "/retry/maxBackoff", "maxBackoff", Duration.ZERO, cap, violations));
    }

    /** A caller may ask for less time than the contract gives, never for more. */
    private static Duration timeout(
            @Nullable JsonNode timeout, @Nullable Contract contract, List<Violation> violations) {
        Duration longest = contract == null ? Duration.ofHours(24) : contract.timeout();
        if (timeout == null) {
            return longest;
        }
        return duration(timeout, "/timeout", "timeout", Duration.ofSeconds(1), longest, violations);
    }

    private static @Nullable Instant within(
            @Nullable JsonNode given, String name, Instant now, List<Violation> violations) {
        return given == null
                ? null
                : now.plus(duration(given, "/" + name, name, Duration.ofSeconds(1), LONGEST_LIMIT, violations));
    }

    /** The duration that was asked for; the longest one, and a violation, if it is not within its bounds. */
    private static Duration duration(
            JsonNode given,
            String pointer,
            String name,
            Duration shortest,
            Duration longest,
            List<Violation> violations) {
        try {
            if (given.isTextual()) {
                Duration asked = Duration.parse(given.textValue());
                if (asked.compareTo(shortest) >= 0 && asked.compareTo(longest) <= 0) {
                    return asked;
                }
            }
        } catch (DateTimeParseException e) {
            // told below
        }
        violations.add(new Violation(
                pointer, "range", name + " must be an ISO 8601 duration from " + shortest + " to " + longest));
        return longest;
    }
}
