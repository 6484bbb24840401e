package io.plainsail.facade.job;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the jobs add up to. Each call counts rows, some at a time and none for ever. Thread-safe. */
public interface JobFigures {

    /** How many jobs meet the query, by state; states without any are left out. Cursor and limit do not matter. */
    Map<JobState, Long> count(JobQuery query);

    /**
     * The unfinished jobs of a job type.
     *
     * @param states how many, by state; without those that have none
     * @param oldest when the one that waits longest to be run was accepted
     * @param lastMinute what happened in the minute before
     * @param lastMinutes and in the {@link #MINUTES} minutes before
     */
    record Queue(
            JobType jobType,
            Map<JobState, Long> states,
            @Nullable Instant oldest,
            Moves lastMinute,
            Moves lastMinutes) {}

    int MINUTES = 5;

    /**
     * @param started attempts that are their jobs' current ones, of jobs accepted in the hour before
     * @param finished of those accepted in the hour before
     */
    record Moves(long accepted, long started, long finished) {
        public static final Moves NONE = new Moves(0, 0, 0);
    }

    /** By name and version; types without unfinished or recent jobs are left out. */
    List<Queue> queues(Instant now);

    /** The same less what happened lately: it reads no job that has ended, however many there are. */
    List<Queue> unfinished();

    /**
     * What came of the attempts that a release of a service made at jobs of a type.
     *
     * @param succeeded jobs
     * @param failed jobs, for good
     * @param retried attempts after which the job was tried again
     * @param lost attempts whose worker was not heard of any more
     * @param handedBack attempts that were put off or given back without an outcome
     * @param failedAgain those of {@code failed} and {@code retried} that were at repeated dead jobs, which failed before
     *     too; without jobs that end their workers
     * @param median run time of succeeded jobs, if there are any
     * @param p95 19 of 20 succeeded jobs took no longer
     * @param last when the newest of them ended
     */
    record ReleaseOutcomes(
            String service,
            String release,
            JobType jobType,
            long succeeded,
            long failed,
            long retried,
            long lost,
            long handedBack,
            long failedAgain,
            @Nullable Duration median,
            @Nullable Duration p95,
            Instant last) {}

    /**
     * By type, service and release; at most 1,000. Jobs that waited for longer than a day before {@code from} are left
     * out.
     *
     * @param type name of the job type, any version; null for all
     * @param from attempts that ended at or after
     * @param before and before
     */
    List<ReleaseOutcomes> releases(@Nullable String type, Instant from, Instant before);
}
