package io.plainsail.facade.job;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that were given to the transport, and of which nothing was heard since: their messages wait, or are in somebody's
 * hands, or are nowhere. Every change is durable when the call returns, and is made whole or not at all. Thread-safe.
 */
public interface UnheardJobs {

    /**
     * @param missingSince since when its message was not to be found; null if nobody has noticed that
     */
    record Unheard(UUID id, JobType jobType, @Nullable Instant missingSince) {}

    /**
     * A part of the walk over all of them.
     *
     * @param next the job to go on behind; null at the end
     */
    record Page(List<Unheard> jobs, @Nullable UUID next) {}

    /**
     * Jobs in one state that are due since before a time, and are not in the outbox. Looks at a bounded number of rows.
     *
     * @param state queued, or retrying: then the time of the next attempt is what counts
     * @param behind where to go on; null for the oldest
     * @param limit rows to look at; there may be fewer jobs, none even, and more to come
     */
    Page unheard(JobState state, @Nullable UUID behind, Instant dueBefore, int limit);

    /**
     * Notes that the messages of these jobs are not to be found, as far as that is still so and was not noted before. Any
     * word of a message takes the note away.
     */
    void missing(Collection<UUID> jobIds, Instant now);

    /**
     * Writes an outbox row for those of these jobs whose messages were missing at a time already and still are; they will be
     * published as possible duplicates. Whoever comes second, releases none. Returns how many it released.
     */
    int releaseMissing(Collection<UUID> jobIds, Instant missingBefore, Instant now);

    /** Types of which each message is claimed, because some belong to jobs that ended while they were on their way. */
    Set<JobType> unwantedTypes();

    /** Forgets that messages of jobs of this type that ended before a time are unwanted, so many at most. Returns how many. */
    int forgetUnwanted(JobType type, Instant endedBefore, int limit);
}
