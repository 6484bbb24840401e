package io.plainsail.facade.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.plainsail.contracts.Violation;
import io.plainsail.facade.description.ProblemKind;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An error as RFC 9457 describes it.
 *
 * @param type stable, {@code urn:plainsail:problem:<kind>}
 * @param title the kind in words
 * @param status HTTP status
 * @param detail what is wrong this time
 * @param errors each offending place as a JSON pointer into the request, if there are such places
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Problem(
        String type, String title, int status, @Nullable String detail, List<Violation> errors) {

    public static final String MEDIA_TYPE = "application/problem+json";

    /** The kinds of problems; a kind's name and status never change. */
    public enum Kind {
        NOT_JSON("not-json", "The body is not JSON", 400),
        INVALID_PARAMETER("invalid-parameter", "A parameter is invalid", 400),
        BAD_REQUEST("bad-request", "The request is malformed", 400),
        UNAUTHORIZED("unauthorized", "A valid API key or token is required", 401),
        FORBIDDEN("forbidden", "The key may not do this", 403),
        INVALID_TOKEN("invalid-token", "The attempt's token is missing or wrong", 403),
        UNKNOWN_JOB("unknown-job", "There is no such job", 404),
        NOT_FOUND("not-found", "There is nothing here", 404),
        NO_RESULT("no-result", "The job has no result", 404),
        METHOD_NOT_ALLOWED("method-not-allowed", "This method is not allowed here", 405),
        NOT_ACCEPTABLE("not-acceptable", "No representation fits the Accept header", 406),
        NOT_DEAD("not-dead", "Only a job that failed for good can be replayed", 409),
        ALREADY_REPLAYED("already-replayed", "The job was replayed before", 409),
        UNKNOWN_WORKER("unknown-worker", "There is no such worker instance", 404),
        UNKNOWN_MESSAGE("unknown-message", "There is no such parked message", 404),
        NOT_RELEASABLE("not-releasable", "The message does not tell where it belongs", 409),
        RELEASE_ABSENT("release-absent", "No worker of that release takes the job", 409),
        KEY_IN_PROGRESS("key-in-progress", "The same request is under way", 409),
        ALREADY_ENDED("already-ended", "The job has ended", 409),
        NOT_CURRENT("attempt-not-current", "The attempt is not the job's current one", 409),
        TOO_LARGE("too-large", "The request is too large", 413),
        RANGE_NOT_SATISFIABLE("range-not-satisfiable", "The result has no such part", 416),
        REFUSED_TOGETHER("refused-together", "Requests of the body are refused, and so are all", 422),
        UNSUPPORTED_MEDIA_TYPE("unsupported-media-type", "The media type is not supported", 415),
        UNKNOWN_JOB_TYPE("unknown-job-type", "No worker has announced this job type", 422),
        SUNSET("sunset", "The version takes no new jobs any more", 422),
        INVALID_CONTRACT("invalid-contract", "The contract breaks the rules of its format", 422),
        KEY_REUSED("key-reused", "The idempotency key was used for another request", 422),
        INVALID_JOB("invalid-job", "The job breaks its contract", 422),
        WRONG_DIGEST("wrong-digest", "The content does not match its digest", 422),
        INTERNAL("internal", "The facade failed", 500),
        RATE_LIMITED("rate-limited", "The key has no more requests or jobs left for now", 429),
        UNKNOWN_KEY("unknown-key", "There is no such key", 404),
        INVALID_KEY("invalid-key", "The key cannot be made so", 422),
        OVERLOADED("overloaded", "A bound is reached", 503),
        UNAVAILABLE("unavailable", "The store does not answer", 503),
        ISSUER_UNAVAILABLE("issuer-unavailable", "The issuer of tokens does not answer", 503),
        OTHER("http", "The request failed", 0);

        private final String word;
        private final String title;
        private final int status;

        Kind(String word, String title, int status) {
            this.word = word;
            this.title = title;
            this.status = status;
        }

        public int status() {
            return status;
        }
    }

    /** All kinds that have a status of their own. */
    public static List<ProblemKind> kinds() {
        return Arrays.stream(Kind.values())
                .filter(kind -> kind != Kind.OTHER)
                .map(kind -> new ProblemKind(kind.word, kind.title, kind.status))
                .toList();
    }

    public static Problem of(Kind kind, @Nullable String detail) {
        return of(kind, detail, List.of());
    }

    public static Problem of(Kind kind, @Nullable String detail, List<Violation> errors) {
        return new Problem("urn:plainsail:problem:" + kind.word, kind.title, kind.status, detail, errors);
    }

    /** For a status that has no kind of its own. */
    static Problem ofStatus(int status, @Nullable String detail) {
        return new Problem("urn:plainsail:problem:http", Kind.OTHER.title, status, detail, List.of());
    }
}
