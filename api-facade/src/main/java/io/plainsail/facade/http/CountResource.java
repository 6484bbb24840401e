package io.plainsail.facade.http;

import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.JobFigures;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** How many jobs there are. */
@Path("/v1/jobs")
@Produces(MediaType.APPLICATION_JSON)
public final class CountResource {
    private static final Set<String> FILTERS = Set.of("state", "type", "label", "fingerprint", "from", "before");

    private final JobFigures figures;

    public CountResource(JobFigures figures) {
        this.figures = figures;
    }

    /**
     * @param total of the states
     * @param states each state, also those without jobs
     */
    record Count(long total, Map<String, Long> states) {
        static Count of(Map<JobState, Long> counted) {
            Map<String, Long> states = new LinkedHashMap<>();
            for (JobState state : JobState.values()) {
                states.put(state.word(), counted.getOrDefault(state, 0L));
            }
            return new Count(states.values().stream().mapToLong(Long::longValue).sum(), states);
        }
    }

    /** Those that meet the filter, which is that of the list of jobs. */
    @GET
    @Path("/count")
    public Count count(@Context UriInfo uri) {
        return Count.of(figures.count(
                ListParameters.of(uri.getQueryParameters(), FILTERS, 1).query()));
    }
}
