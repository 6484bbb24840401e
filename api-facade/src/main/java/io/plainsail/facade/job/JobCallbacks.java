package io.plainsail.facade.job;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Whose ends are to be told, and which were. Every change is durable when the call returns. Thread-safe. */
public interface JobCallbacks {

    /**
     * A finished job whose end was not told yet.
     *
     * @param callback as in {@link NewJob#callback}
     */
    record Due(UUID jobId, String callback) {}

    /** Some of those, at most so many. */
    List<Due> due(int limit);

    /** What was asked for with a job; empty if nothing. */
    Optional<String> of(UUID jobId);

    /**
     * Accepts the job that tells the end of another: once, whoever else is about to.
     *
     * @return false if another one does it, or did
     */
    boolean tell(UUID jobId, NewJob delivery);
}
