package io.plainsail.facade.http;

import io.plainsail.facade.job.JobStore;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;

/** For an operator whose broker has lost all messages: after a restore, or with a new broker. */
@Path("/v1/jobs/release")
@Produces(MediaType.APPLICATION_JSON)
public final class ReleaseResource {
    private final JobStore store;
    private final Clock clock;

    public ReleaseResource(JobStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    record Released(int released) {}

    /**
     * Puts every unfinished job that is not in the outbox there, as a possible duplicate: it is claimed before it runs,
     * so none runs twice where its first message is there after all. Again, it finds those that have been sent meanwhile.
     */
    @POST
    public Released release() {
        return new Released(store.releaseUnfinished(clock.instant()));
    }
}
