package io.plainsail.facade.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.plainsail.contracts.Violation;
import io.plainsail.facade.job.DeadJobs;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.JobStore.Finished;
import io.plainsail.facade.retention.Retention;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that failed for good: what went wrong how often, and what to do about it. Filters are those of the list of jobs,
 * without state and cursor; {@code limit} bounds what one call does.
 */
@Path("/v1/dead-jobs")
@Produces(MediaType.APPLICATION_JSON)
public final class DeadJobsResource {
    private static final Set<String> FILTERS = Set.of("type", "label", "fingerprint", "from", "before", "limit");
    private static final Set<String> PURGE = with("dryRun");
    private static final Set<String> REPLAY = with("dryRun", "rate", "onRelease");
    private static final int MAX_LIMIT = 1_000;
    private static final int MAX_RATE = 1_000;

    private final DeadJobs dead;
    private final JobStore store;
    private final Retention retention;
    private final Replays replays;

    public DeadJobsResource(DeadJobs dead, JobStore store, Retention retention, Replays replays) {
        this.dead = dead;
        this.store = store;
        this.retention = retention;
        this.replays = replays;
    }

    /** Jobs of one type that went wrong in one way. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record GroupView(
            String type,
            int version,
            @Nullable String fingerprint,
            long count,
            String firstSeen,
            String lastSeen,
            List<String> releases,
            UUID sample,
            JobView.@Nullable ErrorView error) {}

    /** The largest groups first. */
    @GET
    public Map<String, Object> groups(@Context UriInfo uri, @Context SecurityContext security) {
        ListParameters parameters =
                ListParameters.of(uri.getQueryParameters(), FILTERS, MAX_LIMIT).seenBy(AccessFilter.caller(security));
        return Map.of(
                "groups",
                dead.groups(parameters.query()).stream()
                        .map(DeadJobsResource::view)
                        .toList());
    }

    private static GroupView view(DeadJobs.Group group) {
        return new GroupView(
                group.jobType().name(),
                group.jobType().version(),
                group.fingerprint(),
                group.count(),
                group.firstSeen().toString(),
                group.lastSeen().toString(),
                group.releases(),
                group.sample().id(),
                JobView.error(group.sample()));
    }

    /**
     * Repeats the newest dead jobs that were not repeated yet, {@code rate} of them in a second, on the release {@code
     * onRelease}.
     */
    @POST
    @Path("/replay")
    public Replays.Replayed replay(
            @Context UriInfo uri, @Context SecurityContext security, @Context HttpServletRequest request) {
        MultivaluedMap<String, String> given = uri.getQueryParameters();
        ListParameters parameters = ListParameters.of(given, REPLAY, MAX_LIMIT).seenBy(AccessFilter.caller(security));
        List<Violation> wrong = new ArrayList<>();
        int rate = ListParameters.whole(given, "rate", 0, MAX_RATE, wrong);
        boolean dryRun = isDryRun(given, wrong);
        refuse(wrong);
        Replays.Replayed answer = replays.many(parameters.query(), rate, given.getFirst("onRelease"), dryRun);
        AccessFilter.noteChange(request, null, answer);
        return answer;
    }

    record Purged(boolean dryRun, int matched, int purged) {}

    /** Forgets the newest dead jobs that the limit allows, with all that belongs to them. */
    @POST
    @Path("/purge")
    public Purged purge(@Context UriInfo uri, @Context SecurityContext security, @Context HttpServletRequest request) {
        MultivaluedMap<String, String> given = uri.getQueryParameters();
        ListParameters parameters = ListParameters.of(given, PURGE, MAX_LIMIT).seenBy(AccessFilter.caller(security));
        List<Violation> wrong = new ArrayList<>();
        if (FILTERS.stream().filter(name -> !name.equals("limit")).noneMatch(given::containsKey)) {
            wrong.add(new Violation("", "required", "a filter is required, such as type or before"));
        }
        boolean dryRun = isDryRun(given, wrong);
        refuse(wrong);
        if (dryRun) {
            return new Purged(true, dead.count(parameters.query()), 0);
        }
        List<Finished> found = store.list(parameters.query().ofDead()).stream()
                .map(job -> new Finished(job.id(), job.attempt()))
                .toList();
        Purged answer = new Purged(false, found.size(), retention.forget(found));
        AccessFilter.noteChange(request, null, answer);
        return answer;
    }

    static boolean isDryRun(MultivaluedMap<String, String> given, List<Violation> wrong) {
        return ListParameters.flag(given, "dryRun", wrong);
    }

    static void refuse(List<Violation> wrong) {
        if (!wrong.isEmpty()) {
            throw new ProblemException(Problem.Kind.INVALID_PARAMETER, "the query is invalid", wrong);
        }
    }

    private static Set<String> with(String... more) {
        Set<String> names = new java.util.TreeSet<>(FILTERS);
        names.addAll(List.of(more));
        return names;
    }
}
