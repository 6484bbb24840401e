package io.plainsail.facade.http;

import io.plainsail.contracts.Violation;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.facade.access.QuotaException;
import io.plainsail.facade.job.OverloadedException;
import io.plainsail.facade.store.StoreUnavailableException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns whatever ends a request into a problem document. */
public final class ProblemMapper implements ExceptionMapper<Throwable> {
    private static final Logger log = LoggerFactory.getLogger(ProblemMapper.class);

    /**
     * What a failure is answered with.
     *
     * @param retryAfterSeconds when to come again; 0 if there is no use in it
     */
    record Answer(Problem problem, int retryAfterSeconds) {}

    @Override
    public Response toResponse(Throwable failure) {
        if (failure instanceof WebApplicationException e) {
            return ofStatus(e);
        }
        Answer answer = answerTo(failure);
        Response.ResponseBuilder response = response(answer.problem());
        return (answer.retryAfterSeconds() == 0
                        ? response
                        : response.header(HttpHeaders.RETRY_AFTER, answer.retryAfterSeconds()))
                .build();
    }

    static Answer answerTo(Throwable failure) {
        if (failure instanceof ProblemException e) {
            return new Answer(e.problem(), 0);
        }
        if (failure instanceof InvalidJsonException e) {
            return new Answer(notJson(e), 0);
        }
        if (failure instanceof OverloadedException e) {
            return new Answer(Problem.of(Problem.Kind.OVERLOADED, e.getMessage()), e.retryAfterSeconds());
        }
        if (failure instanceof QuotaException e) {
            return new Answer(Problem.of(Problem.Kind.RATE_LIMITED, e.getMessage()), e.retryAfterSeconds());
        }
        if (failure instanceof StoreUnavailableException e) {
            log.warn("Answered 503: {}", e.getMessage());
            return new Answer(Problem.of(Problem.Kind.UNAVAILABLE, e.getMessage()), 5);
        }
        if (failure.getCause() instanceof ZipException e) {
            // So Jetty says it, which inflates what is read.
            return new Answer(Problem.of(Problem.Kind.BAD_REQUEST, "the body is no gzip: " + e.getMessage()), 0);
        }
        log.error("Answered 500", failure);
        return new Answer(Problem.of(Problem.Kind.INTERNAL, "see the facade's log"), 0);
    }

    static Problem notJson(InvalidJsonException e) {
        return Problem.of(
                Problem.Kind.NOT_JSON,
                e.getMessage(),
                List.of(new Violation(e.pointer(), e.rule(), String.valueOf(e.getMessage()))));
    }

    private static Response ofStatus(WebApplicationException e) {
        int status = e.getResponse().getStatus();
        Problem problem =
                switch (status) {
                    case 400 -> Problem.of(Problem.Kind.BAD_REQUEST, e.getMessage());
                    case 404 -> Problem.of(Problem.Kind.NOT_FOUND, "no resource has this path");
                    case 405 -> Problem.of(Problem.Kind.METHOD_NOT_ALLOWED, e.getMessage());
                    case 406 -> Problem.of(Problem.Kind.NOT_ACCEPTABLE, e.getMessage());
                    case 413 -> Problem.of(Problem.Kind.TOO_LARGE, e.getMessage());
                    case 415 -> Problem.of(Problem.Kind.UNSUPPORTED_MEDIA_TYPE, e.getMessage());
                    default -> Problem.ofStatus(status, e.getMessage());
                };
        Response.ResponseBuilder answer = response(problem);
        Set<String> allowed = new TreeSet<>(e.getResponse().getAllowedMethods());
        if (allowed.contains("GET")) {
            allowed.add("HEAD"); // Jersey has it and does not say so.
        }
        return (allowed.isEmpty() ? answer : answer.header(HttpHeaders.ALLOW, String.join(", ", allowed))).build();
    }

    private static Response.ResponseBuilder response(Problem problem) {
        return Response.status(problem.status()).type(Problem.MEDIA_TYPE).entity(problem);
    }
}
