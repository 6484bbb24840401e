package io.plainsail.facade.accept;

import io.plainsail.facade.job.NewJob;
import java.util.List;

/** Says whether so many jobs may be accepted of those who submit them. Thread-safe. */
public interface JobQuota {
    JobQuota NONE = new JobQuota() {
        @Override
        public void take(List<NewJob> jobs) {
            // As many as one likes.
        }

        @Override
        public void giveBack(List<NewJob> jobs) {
            // Nothing was taken.
        }
    };

    /**
     * Counts these jobs.
     *
     * @throws RuntimeException if they are too many: none is counted
     */
    void take(List<NewJob> jobs);

    /** These jobs were counted and surely not accepted. */
    void giveBack(List<NewJob> jobs);
}
