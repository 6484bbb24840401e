package io.plainsail.facade.http;

import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.results.RefusedFileException;
import io.plainsail.facade.results.ResultIntake;
import io.plainsail.facade.results.ResultStore;
import io.plainsail.facade.store.StoreUnavailableException;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Results: workers deliver large ones, callers fetch any. */
@Path("/v1/jobs")
public final class ResultsResource {
    private static final Pattern DIGEST = Pattern.compile("sha-256=:([A-Za-z0-9+/]{43}=):");
    private static final String BEARER = "Bearer ";

    private final JobStore store;
    private final ResultStore results;
    private final ResultIntake intake;

    public ResultsResource(JobStore store, ResultStore results, ResultIntake intake) {
        this.store = store;
        this.results = results;
        this.intake = intake;
    }

    /** The result file with its media type, or the output as JSON if there is no file. */
    @GET
    @Path("/{id}/result")
    public Response result(@PathParam("id") String id) {
        Job job = find(id);
        Job.StoredFile file = job.file();
        if (file != null) {
            return stream(job, file);
        }
        if (job.output() == null) {
            throw new ProblemException(
                    Problem.Kind.NO_RESULT, "the job is " + job.state().word() + ": it has no result");
        }
        return Response.ok(job.output(), MediaType.APPLICATION_JSON_TYPE).build();
    }

    private Response stream(Job job, Job.StoredFile file) {
        Object content;
        Optional<java.nio.file.Path> stored = results.find(job.id(), job.attempt());
        if (stored.isPresent()) {
            try {
                content = Files.newInputStream(stored.get());
            } catch (IOException e) {
                throw new StoreUnavailableException("the result cannot be read: " + e.getMessage(), e);
            }
        } else {
            content = store.inlineFile(job.id())
                    .orElseThrow(() -> new ProblemException(
                            Problem.Kind.NO_RESULT, "the result file is no longer in the result store"));
        }
        byte[] digest = HexFormat.of().parseHex(file.digest().substring("sha-256:".length()));
        return Response.ok(content)
                .header(HttpHeaders.CONTENT_TYPE, file.mediaType())
                .header(HttpHeaders.CONTENT_LENGTH, file.size())
                .header("Repr-Digest", "sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":")
                // A result may be somebody else's HTML: a browser shows it powerless.
                .header(
                        "Content-Security-Policy",
                        "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'")
                .header("X-Content-Type-Options", "nosniff")
                .build();
    }

    /** Keeps the result file of a running attempt: durable once it is answered 204. */
    @PUT
    @Path("/{id}/attempts/{attempt}/result")
    public Response deliver(
            @PathParam("id") String id,
            @PathParam("attempt") int attempt,
            @HeaderParam(HttpHeaders.AUTHORIZATION) @Nullable String authorization,
            @HeaderParam("Content-Digest") @Nullable String contentDigest,
            InputStream content) {
        UUID jobId = JobsResource.jobId(id);
        Matcher digest = DIGEST.matcher(contentDigest == null ? "" : contentDigest);
        if (!digest.matches()) {
            throw new ProblemException(
                    Problem.Kind.BAD_REQUEST, "Content-Digest must be sha-256=:<base64>: (RFC 9530)");
        }
        String hex = HexFormat.of().formatHex(Base64.getDecoder().decode(digest.group(1)));
        try {
            intake.take(jobId, attempt, bearer(authorization), content, "sha-256:" + hex);
        } catch (RefusedFileException e) {
            throw new ProblemException(kind(e.rule()), e.getMessage());
        }
        return Response.noContent().build();
    }

    static String bearer(@Nullable String authorization) {
        return authorization != null && authorization.startsWith(BEARER)
                ? authorization.substring(BEARER.length())
                : "";
    }

    private static Problem.Kind kind(RefusedFileException.Rule rule) {
        return switch (rule) {
            case WRONG_TOKEN -> Problem.Kind.INVALID_TOKEN;
            case UNKNOWN_JOB -> Problem.Kind.UNKNOWN_JOB;
            case NOT_CURRENT -> Problem.Kind.NOT_CURRENT;
            case TOO_LARGE -> Problem.Kind.TOO_LARGE;
            case WRONG_DIGEST -> Problem.Kind.WRONG_DIGEST;
        };
    }

    private Job find(String id) {
        return store.find(JobsResource.jobId(id)).orElseThrow(() -> JobsResource.unknown(id));
    }
}
