package io.plainsail.facade.job;

import java.util.List;
import java.util.UUID;

/**
 * The jobs in the order of their last changes. A job that changes again comes again, later: what it was in between is not
 * kept, so nothing grows. Thread-safe.
 */
public interface JobChanges {

    /**
     * Up to where somebody has read; good at every facade of the store, and after a restart.
     *
     * @param stamp of a transaction
     * @param job of those that it changed, the last one that was read; the least of all UUIDs before the first
     */
    record Position(long stamp, UUID job) {
        public static final UUID BEFORE_ALL = new UUID(0, 0);

        @Override
        public String toString() {
            return stamp + "." + job;
        }
    }

    /** Behind every change that is settled now: those that are under way come after it. */
    Position now();

    /**
     * @param job as it is, without an output of more than {@link Job#MAX_LISTED_OUTPUT_BYTES}
     */
    record Change(Position position, Job job) {}

    /**
     * @param changes in their order
     * @param reached where the next page begins
     * @param more whether it is known that there is more
     */
    record Page(List<Change> changes, Position reached, boolean more) {}

    /**
     * What changed after a position and meets the query, whose cursor and limit do not matter.
     *
     * @param limit so many changes are looked at, whether or not they meet the query
     */
    Page after(Position from, JobQuery query, int limit);
}
