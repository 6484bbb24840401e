package io.plainsail.facade.http;

import io.plainsail.contracts.Violation;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.JobEnds;
import io.plainsail.facade.job.JobStore;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.SecurityContext;
import jakarta.ws.rs.core.UriInfo;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** Cancelling: the job is cancelled when it is answered so, whatever its worker says later. */
@Path("/v1/jobs")
@Produces(MediaType.APPLICATION_JSON)
public final class CancelResource {
    private static final Set<String> FILTERS = Set.of("state", "type", "label", "from", "before", "limit", "dryRun");
    private static final int MAX_LIMIT = 1_000;
    private static final String REASON = "cancelled by request";

    private final JobStore store;
    private final JobEnds ends;
    private final Clock clock;

    public CancelResource(JobStore store, JobEnds ends, Clock clock) {
        this.store = store;
        this.ends = ends;
        this.clock = clock;
    }

    /** Cancels one job, in whatever state it is; 200 with the job, again if it was cancelled before. */
    @POST
    @Path("/{id}/cancel")
    public JobView cancel(@PathParam("id") String id, @Context HttpServletRequest request) {
        UUID jobId = JobsResource.jobId(id);
        JobState before =
                store.find(jobId).orElseThrow(() -> JobsResource.unknown(id)).state();
        JobState state = ends.cancel(jobId, REASON, clock.instant()).orElseThrow(() -> JobsResource.unknown(id));
        AccessFilter.noteChange(request, Map.of("state", before.word()), Map.of("state", state.word()));
        if (state != JobState.CANCELLED) {
            throw new ProblemException(Problem.Kind.ALREADY_ENDED, "the job is " + state.word());
        }
        return JobView.of(store.find(jobId).orElseThrow(() -> JobsResource.unknown(id)));
    }

    record Cancelled(boolean dryRun, int matched, int cancelled) {}

    /**
     * Cancels the newest unfinished jobs that the filter finds, as many as {@code limit} allows; the filters are those of
     * the list of jobs. Without any filter nothing is cancelled: that is more likely a mistake than a wish.
     */
    @POST
    @Path("/cancel")
    public Cancelled cancelMany(
            @Context UriInfo uri, @Context SecurityContext security, @Context HttpServletRequest request) {
        MultivaluedMap<String, String> given = uri.getQueryParameters();
        ListParameters parameters = ListParameters.of(given, FILTERS, MAX_LIMIT).seenBy(AccessFilter.caller(security));
        List<Violation> wrong = new ArrayList<>();
        boolean dryRun = DeadJobsResource.isDryRun(given, wrong);
        if (List.of("state", "type", "label", "from", "before").stream().noneMatch(given::containsKey)) {
            wrong.add(new Violation("", "required", "one of state, type, label, from and before is required"));
        }
        Set<JobState> states = parameters.query().states();
        if (!states.isEmpty() && states.stream().allMatch(JobState::terminal)) {
            wrong.add(new Violation("state", "enum", "one of the states must be waiting, queued, running or retrying"));
        }
        DeadJobsResource.refuse(wrong);
        if (dryRun) {
            return new Cancelled(true, ends.countUnfinished(parameters.query()), 0);
        }
        int cancelled = ends.cancel(parameters.query(), REASON, clock.instant());
        Cancelled answer = new Cancelled(false, cancelled, cancelled);
        AccessFilter.noteChange(request, null, answer);
        return answer;
    }
}
