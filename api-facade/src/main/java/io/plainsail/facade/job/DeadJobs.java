package io.plainsail.facade.job;

import io.plainsail.contracts.JobType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Jobs that failed for good. Every query here looks at those alone, whatever states it names. Thread-safe. */
public interface DeadJobs {

    /** Those of one type that went wrong in one way, the largest groups first. */
    List<Group> groups(JobQuery query);

    /**
     * @param fingerprint see {@link Fingerprint}; null for jobs that failed before there were fingerprints
     * @param firstSeen when the first of them failed
     * @param lastSeen when the last of them failed
     * @param releases of the workers that they failed on
     * @param sample the newest of them
     */
    record Group(
            JobType jobType,
            @Nullable String fingerprint,
            long count,
            Instant firstSeen,
            Instant lastSeen,
            List<String> releases,
            Job sample) {
        public Group {
            releases = List.copyOf(releases);
        }
    }

    /** How many there are, counted up to the query's limit. */
    int count(JobQuery query);

    /** The input as it was accepted. */
    Optional<byte[]> input(UUID jobId);

    /** The job that repeats the given one, if there is one; there is never another. */
    Optional<UUID> replayOf(UUID jobId);
}
