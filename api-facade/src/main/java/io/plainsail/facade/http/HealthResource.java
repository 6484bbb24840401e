package io.plainsail.facade.http;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Two different questions. Alive: does the process work at all, or should it be restarted? Ready: should it get
 * requests now? A facade whose broker is away is both: it accepts, and says that the broker is away.
 */
@Path("/health")
@Produces(MediaType.APPLICATION_JSON)
public final class HealthResource {
    private final Supplier<Boolean> alive;
    private final Supplier<Readiness> readiness;

    /**
     * @param ready whether requests are served
     * @param store {@code up} or {@code down}
     * @param transport what the transport says of itself
     * @param outbox jobs that the transport has not taken
     */
    public record Readiness(boolean ready, boolean stopping, String store, String transport, long outbox) {}

    public HealthResource(Supplier<Boolean> alive, Supplier<Readiness> readiness) {
        this.alive = alive;
        this.readiness = readiness;
    }

    @GET
    @Path("/alive")
    public Response alive() {
        boolean isAlive = alive.get();
        return Response.status(isAlive ? 200 : 503)
                .entity(Map.of("alive", isAlive))
                .build();
    }

    @GET
    @Path("/ready")
    public Response ready() {
        Readiness now = readiness.get();
        return Response.status(now.ready() ? 200 : 503).entity(now).build();
    }
}
