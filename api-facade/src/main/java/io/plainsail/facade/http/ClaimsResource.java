package io.plainsail.facade.http;

import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.UndecodableMessageException;
import io.plainsail.facade.guard.Guard;
import io.plainsail.facade.results.JobTokens;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Workers ask whether an attempt may begin. */
@Path("/v1/jobs")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
public final class ClaimsResource {
    private final Guard guard;
    private final JobTokens tokens;

    public ClaimsResource(Guard guard, JobTokens tokens) {
        this.guard = guard;
        this.tokens = tokens;
    }

    /** Claims an attempt with the token of its job; see {@link AttemptClaim}. */
    @POST
    @Path("/{id}/attempts/{attempt}/claim")
    public byte[] claim(
            @PathParam("id") String id,
            @PathParam("attempt") int attempt,
            @HeaderParam(HttpHeaders.AUTHORIZATION) @Nullable String authorization,
            InputStream body)
            throws IOException {
        UUID jobId = JobsResource.jobId(id);
        if (!tokens.matches(ResultsResource.bearer(authorization), jobId)) {
            throw new ProblemException(
                    Problem.Kind.INVALID_TOKEN, "an attempt is claimed with the token of its own job");
        }
        if (attempt < 1 || attempt > JobMessage.MAX_ATTEMPT) {
            throw new ProblemException(Problem.Kind.BAD_REQUEST, "attempt must be 1 to " + JobMessage.MAX_ATTEMPT);
        }
        try {
            return guard.claim(jobId, attempt, AttemptClaim.decode(read(body, AttemptClaim.MAX_BYTES)))
                    .encode();
        } catch (UndecodableMessageException e) {
            throw new ProblemException(Problem.Kind.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }

    static byte[] read(InputStream body, int max) throws IOException {
        byte[] read = body.readNBytes(max + 1);
        if (read.length > max) {
            throw new ProblemException(Problem.Kind.TOO_LARGE, "the body is longer than " + max + " bytes");
        }
        return read;
    }
}
