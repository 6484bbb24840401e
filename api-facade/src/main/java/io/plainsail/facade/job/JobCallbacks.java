package io.plainsail.facade.job;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Whose ends are to be told, and which were. Every change is durable when the call returns. Thread-safe. */
public interface JobCallbacks {

    /**
     * A finished job whose end was not told yet.
     *
     * @param callback as in {@link NewJob#callback}
     */
    record Due(UUID jobId, String callback) {}

    /**
     * A part of the walk over jobs whose ends were not told yet.
     *
     * @param next the job to go on behind; null at the end
     */
    record Part(List<Due> due, @Nullable UUID next) {}

    /**
     * Those of the next untold jobs that have finished, so many at most. Looks at a bounded number of jobs: there may be none,
     * and more to come.
     *
     * @param behind where to go on; null for the oldest
     */
    Part due(@Nullable UUID behind, int limit);

    /** What was asked for with a job; empty if nothing. */
    Optional<String> of(UUID jobId);

    /**
     * Accepts the job that tells the end of another: once, whoever else is about to.
     *
     * @return false if another one does it, or did
     */
    boolean tell(UUID jobId, NewJob delivery);
}
