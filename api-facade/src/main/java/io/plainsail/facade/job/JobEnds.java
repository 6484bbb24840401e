package io.plainsail.facade.job;

import io.plainsail.contracts.lifecycle.JobState;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Ends jobs before they end by themselves. Every change is durable when the call returns. Thread-safe. */
public interface JobEnds {

    /** Cancels a job that has not ended. The state it then has, whoever gave it that; empty if there is no such job. */
    Optional<JobState> cancel(UUID jobId, String reason, Instant now);

    /** Cancels the newest unfinished jobs that the query finds, as many as its limit allows. Returns how many. */
    int cancel(JobQuery query, String reason, Instant now);

    /** How many unfinished jobs the query finds, counted up to its limit. */
    int countUnfinished(JobQuery query);

    /**
     * Ends jobs whose time is up as expired: at once where their message was never sent, the others when all that their
     * workers reported in time is recorded. Returns how many limits it looked at.
     *
     * @param recordedUpTo what was reported before is recorded
     */
    int expire(Instant now, Instant recordedUpTo, int limit);
}
