package io.plainsail.facade.http;

import io.plainsail.facade.description.Descriptions;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;

/** The interfaces as documents that programs read, for everybody: they say what is asked for, and hold nothing of any job. */
@Path("/")
@Produces(MediaType.APPLICATION_JSON)
public final class DescriptionResource {
    private final Descriptions descriptions;

    public DescriptionResource(Descriptions descriptions) {
        this.descriptions = descriptions;
    }

    @GET
    @Path("openapi.json")
    public Response openApi(@Context Request request) {
        return answer(descriptions.openApi(), request);
    }

    @GET
    @Path("asyncapi.json")
    public Response asyncApi(@Context Request request) {
        return answer(descriptions.asyncApi(), request);
    }

    private static Response answer(Descriptions.Document document, Request request) {
        // Weak: it may be sent compressed or not.
        EntityTag tag = new EntityTag(document.tag(), true);
        Response.ResponseBuilder unchanged = request.evaluatePreconditions(tag);
        return (unchanged == null ? Response.ok(document.json()).tag(tag) : unchanged)
                .header("Cache-Control", "no-cache")
                .build();
    }
}
