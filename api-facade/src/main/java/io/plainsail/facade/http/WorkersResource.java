package io.plainsail.facade.http;

import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.UndecodableMessageException;
import io.plainsail.facade.contracts.Announcements;
import io.plainsail.facade.fleet.Fleet;
import io.plainsail.facade.fleet.Instance;
import io.plainsail.facade.guard.Guard;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** The worker instances: they ask whether what they do is still wanted, and operators see them and tell them to drain. */
@Path("/v1/workers")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
public final class WorkersResource {
    private final Guard guard;
    private final Fleet fleet;
    private final Announcements announcements;

    public WorkersResource(Guard guard, Fleet fleet, Announcements announcements) {
        this.guard = guard;
        this.fleet = fleet;
        this.announcements = announcements;
    }

    /**
     * @param state {@code ready}, {@code starting}, {@code draining}, {@code drained} (it takes no jobs and runs none), or
     *     {@code silent} (not heard of for 20 seconds)
     * @param drain whether it was asked to take no further jobs
     */
    record View(
            String instance,
            String service,
            String release,
            String host,
            String state,
            boolean drain,
            int running,
            int capacity,
            List<String> types,
            Instant startedAt,
            Instant lastSeen) {}

    private View view(Instance instance) {
        boolean drained = instance.state().equals(RunningCheck.Presence.DRAINING) && instance.running() == 0;
        return new View(
                instance.worker().instance(),
                instance.worker().service(),
                instance.worker().release(),
                instance.worker().host(),
                fleet.isSilent(instance) ? "silent" : drained ? "drained" : instance.state(),
                instance.drain(),
                instance.running(),
                instance.capacity(),
                instance.types(),
                instance.startedAt(),
                instance.lastSeen());
    }

    /** By service; those that ended or were silent for an hour are left out. */
    @GET
    public Map<String, List<View>> all() {
        return Map.of("workers", fleet.all().stream().map(this::view).toList());
    }

    @GET
    @Path("/{instance}")
    public View one(@PathParam("instance") String instance) {
        return view(fleet.find(instance).orElseThrow(() -> unknown(instance)));
    }

    /** The instance takes no further jobs and finishes what it runs; it learns so within seconds. Lasts until it ends. */
    @POST
    @Path("/{instance}/drain")
    @Consumes(MediaType.WILDCARD)
    public View drain(@PathParam("instance") String instance, @Context HttpServletRequest request) {
        return drain(instance, true, request);
    }

    /** The instance takes jobs again, as soon as it runs none of those that it had. */
    @DELETE
    @Path("/{instance}/drain")
    public View resume(@PathParam("instance") String instance, @Context HttpServletRequest request) {
        return drain(instance, false, request);
    }

    private View drain(String instance, boolean wanted, HttpServletRequest request) {
        boolean before =
                fleet.find(instance).orElseThrow(() -> unknown(instance)).drain();
        View after = view(fleet.drain(instance, wanted).orElseThrow(() -> unknown(instance)));
        AccessFilter.noteChange(request, Map.of("drain", before), Map.of("drain", wanted));
        return after;
    }

    private static ProblemException unknown(String instance) {
        String shown = instance.length() <= 100 ? instance : instance.substring(0, 100) + "…";
        return new ProblemException(
                Problem.Kind.UNKNOWN_WORKER,
                "no worker instance is named \"" + shown + "\"; GET /v1/workers names them");
    }

    /** See {@link RunningCheck}. */
    @POST
    @Path("/{instance}/check")
    public byte[] check(@PathParam("instance") String instance, InputStream body) throws IOException {
        try {
            RunningCheck check = RunningCheck.decode(ClaimsResource.read(body, RunningCheck.MAX_BYTES));
            RunningCheck.Presence presence = check.presence();
            if (presence != null && !presence.worker().instance().equals(instance)) {
                throw new ProblemException(
                        Problem.Kind.BAD_REQUEST, "presence.worker.instance must be the instance that the path names");
            }
            return guard.check(check).refusing(announcements.heard(check)).encode();
        } catch (UndecodableMessageException e) {
            throw new ProblemException(Problem.Kind.BAD_REQUEST, String.valueOf(e.getMessage()));
        }
    }
}
