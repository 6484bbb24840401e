package io.plainsail.facade.http;

import io.plainsail.contracts.Violation;
import io.plainsail.contracts.wire.UndecodableMessageException;
import io.plainsail.contracts.wire.WireText;
import io.plainsail.facade.events.Parking;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.ParkedMessage;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Messages that nobody could read or apply. */
@Path("/v1/parked-messages")
@Produces(MediaType.APPLICATION_JSON)
public final class ParkedResource {
    private static final Set<String> PARAMETERS = Set.of("limit");
    private static final int SHOWN_CHARS = 2_000;

    private final JobStore store;
    private final Parking parking;

    public ParkedResource(JobStore store, Parking parking) {
        this.store = store;
        this.parking = parking;
    }

    /** @param body its beginning, as text */
    record ParkedView(
            UUID id,
            String source,
            String reason,
            Map<String, String> headers,
            String body,
            long bodyBytes,
            String parkedAt) {}

    /** Newest first. */
    @GET
    public Map<String, List<ParkedView>> list(@Context UriInfo uri) {
        int limit = ListParameters.of(uri.getQueryParameters(), PARAMETERS, JobQuery.MAX_LIMIT)
                .query()
                .limit();
        return Map.of(
                "messages",
                store.parked(limit).stream().map(ParkedResource::view).toList());
    }

    private static ParkedView view(JobStore.ParkedBeginning parked) {
        ParkedMessage message = parked.message();
        return new ParkedView(
                message.id(),
                message.source(),
                message.reason(),
                message.headers(),
                WireText.storable(new String(message.body(), StandardCharsets.UTF_8), SHOWN_CHARS),
                parked.bodyBytes(),
                message.parkedAt().toString());
    }

    /** Sends a message back to where it belongs, once what could not read it can. */
    @POST
    @Path("/{id}/release")
    public Response release(@PathParam("id") String id) {
        try {
            if (!parking.release(messageId(id))) {
                throw unknown();
            }
        } catch (UndecodableMessageException e) {
            throw new ProblemException(Problem.Kind.NOT_RELEASABLE, e.getMessage());
        }
        return Response.noContent().build();
    }

    @DELETE
    @Path("/{id}")
    public Response delete(@PathParam("id") String id) {
        if (!store.forgetParked(messageId(id))) {
            throw unknown();
        }
        return Response.noContent().build();
    }

    private static UUID messageId(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw unknown();
        }
    }

    private static ProblemException unknown() {
        return new ProblemException(
                Problem.Kind.UNKNOWN_MESSAGE,
                "it was released or deleted, or never was",
                List.of(new Violation("", "unknown", "ids are those that the list of parked messages shows")));
    }
}
