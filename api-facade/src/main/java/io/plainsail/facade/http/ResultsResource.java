package io.plainsail.facade.http;

import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.results.RefusedFileException;
import io.plainsail.facade.results.ResultIntake;
import io.plainsail.facade.results.ResultStore;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
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
    /** Of results, as Jetty takes a regular expression. */
    public static final String PATH = "^/v1/jobs/[^/]+/result$";

    private static final Pattern DIGEST = Pattern.compile("sha-256=:([A-Za-z0-9+/]{43}=):");
    /** Of a file that is too long, so that its worker hears of it. */
    private static final int PASSED_OVER_BYTES = 1024 * 1024;

    private static final String BEARER = "Bearer ";

    private final JobStore store;
    private final ResultStore results;
    private final ResultIntake intake;

    public ResultsResource(JobStore store, ResultStore results, ResultIntake intake) {
        this.store = store;
        this.results = results;
        this.intake = intake;
    }

    /**
     * The result file with its media type, or the output as JSON if there is no file. A part of it with {@code Range}; the
     * ETag is that of the content, so {@code If-None-Match} and {@code If-Range} hold for as long as the job is kept.
     */
    @GET
    @Path("/{id}/result")
    public Response result(
            @PathParam("id") String id,
            @HeaderParam("Range") @Nullable String range,
            @HeaderParam("If-Range") @Nullable String ifRange,
            @Context HttpServletRequest servlet,
            @Context Request request) {
        // Jersey takes HEAD for GET.
        boolean head = servlet.getMethod().equals("HEAD");
        Job job = find(id);
        Content content = content(job);
        EntityTag tag = new EntityTag(content.digest());
        Response.ResponseBuilder unchanged = request.evaluatePreconditions(tag);
        if (unchanged != null) {
            return unchanged.build();
        }
        boolean whole = head || (ifRange != null && !ifRange.equals("\"" + tag.getValue() + "\""));
        ByteRange.Asked asked = ByteRange.of(whole ? null : range, content.size());
        if (asked instanceof ByteRange.Outside) {
            Problem problem = Problem.of(
                    Problem.Kind.RANGE_NOT_SATISFIABLE,
                    "the result has " + content.size() + " bytes: none of them is asked for");
            return Response.status(problem.status())
                    .type(Problem.MEDIA_TYPE)
                    .header("Content-Range", "bytes */" + content.size())
                    .entity(problem)
                    .build();
        }
        ByteRange part = asked instanceof ByteRange.Part found ? found.range() : new ByteRange(0, content.size());
        Response.ResponseBuilder answer = Response.status(asked instanceof ByteRange.Part ? 206 : 200)
                .entity(head ? null : content.part(part))
                .tag(tag)
                .header(HttpHeaders.CONTENT_TYPE, content.mediaType())
                .header(HttpHeaders.CONTENT_LENGTH, part.length())
                .header("Accept-Ranges", "bytes")
                .header(
                        "Repr-Digest",
                        "sha-256=:"
                                + Base64.getEncoder()
                                        .encodeToString(HexFormat.of().parseHex(content.digest())) + ":")
                // A result may be somebody else's HTML: a browser shows it powerless.
                .header(
                        "Content-Security-Policy",
                        "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'")
                .header("X-Content-Type-Options", "nosniff");
        return (asked instanceof ByteRange.Part
                        ? answer.header("Content-Range", part.contentRange(content.size()))
                        : answer)
                .build();
    }

    /**
     * A result that is to be sent.
     *
     * @param digest SHA-256, hexadecimal
     * @param file that it is, if it is not in {@code bytes}
     */
    private record Content(String mediaType, long size, String digest, byte[] bytes, ResultStore.@Nullable Found file) {
        Object part(ByteRange part) {
            if (file == null) {
                return part.length() == bytes.length
                        ? bytes
                        : Arrays.copyOfRange(bytes, (int) part.from(), (int) (part.from() + part.length()));
            }
            return (StreamingOutput) out -> file.copy(part.from(), part.length(), out);
        }
    }

    private Content content(Job job) {
        Job.StoredFile file = job.file();
        if (file != null) {
            String digest = file.digest().substring("sha-256:".length());
            Optional<ResultStore.Found> stored = results.find(job.id(), job.attempt());
            if (stored.isPresent()) {
                return new Content(file.mediaType(), file.size(), digest, new byte[0], stored.get());
            }
            byte[] inline = store.inlineFile(job.id())
                    .orElseThrow(() -> new ProblemException(
                            Problem.Kind.NO_RESULT, "the result file is no longer in the result store"));
            return new Content(file.mediaType(), inline.length, digest, inline, null);
        }
        byte[] output = job.output();
        if (output == null) {
            throw new ProblemException(
                    Problem.Kind.NO_RESULT, "the job is " + job.state().word() + ": it has no result");
        }
        return new Content(MediaType.APPLICATION_JSON, output.length, sha256(output), output, null);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Every Java has it.
        }
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
            if (e.rule() == RefusedFileException.Rule.TOO_LARGE) { // told to one who may deliver
                BodyReader.passOver(content, PASSED_OVER_BYTES);
            }
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
