package io.plainsail.facade.http;

import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.UndecodableMessageException;
import io.plainsail.facade.guard.Guard;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;

/** Worker instances ask whether what they do is still wanted. */
@Path("/v1/workers")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
public final class WorkersResource {
    private final Guard guard;

    public WorkersResource(Guard guard) {
        this.guard = guard;
    }

    /** See {@link RunningCheck}. */
    @POST
    @Path("/{instance}/check")
    public byte[] check(@PathParam("instance") String instance, InputStream body) throws IOException {
        try {
            return guard.check(RunningCheck.decode(ClaimsResource.read(body, RunningCheck.MAX_BYTES)))
                    .encode();
        } catch (UndecodableMessageException e) {
            throw new ProblemException(Problem.Kind.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }
}
