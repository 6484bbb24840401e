package io.plainsail.facade.job;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import java.util.List;
import java.util.UUID;

/** The inputs of jobs that may still run. Reads only, a little at a time. Thread-safe. */
public interface StoredInputs {

    /**
     * Ids of the type's jobs that have not ended, or failed for good and were not repeated; by id.
     *
     * @param limit at most
     */
    List<UUID> mayRun(JobType type, int limit);

    /**
     * @param state now
     */
    record Stored(UUID jobId, JobState state, byte[] input) {}

    /**
     * @param taken so many of the ids from the first on were looked at
     * @param inputs of those that may still run
     */
    record Batch(int taken, List<Stored> inputs) {}

    /**
     * The inputs of the first of these jobs.
     *
     * @param ids as {@link #mayRun} gave them; not empty
     * @param limit jobs at most
     * @param maxBytes inputs at most, all together; one is read whatever its size
     */
    Batch inputs(List<UUID> ids, int limit, long maxBytes);
}
