package io.plainsail.facade.retention;

import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.JobStore.Finished;
import io.plainsail.facade.results.ResultStore;
import io.plainsail.facade.store.StoreUnavailableException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets finished jobs with their logs, attempts and result files, and parked messages, when they are old enough: batch
 * by batch, each its own short transaction, so that accepting and recording go on beside it.
 *
 * <p>Thread-safe; {@link #forgetNext} is called by one thread, and by several facades of one store.
 */
public final class Retention {
    static final int BATCH = 500;

    private static final Logger log = LoggerFactory.getLogger(Retention.class);

    private final JobStore store;
    private final ResultStore results;
    private final RetentionConfig config;
    private final Clock clock;
    private final AtomicLong forgotten = new AtomicLong();

    public Retention(JobStore store, ResultStore results, RetentionConfig config, Clock clock) {
        this.store = store;
        this.results = results;
        this.config = config;
        this.clock = clock;
    }

    /** Forgets a batch of each kind. Returns whether there may be more to forget now. */
    public boolean forgetNext() {
        boolean more = forgetJobs(JobState.SUCCEEDED, config.succeeded());
        more |= forgetJobs(JobState.FAILED, config.failed());
        more |= forgetJobs(JobState.CANCELLED, config.cancelled());
        more |= forgetJobs(JobState.EXPIRED, config.cancelled());
        more |= store.forgetParkedBefore(clock.instant().minus(config.parked()), BATCH) == BATCH;
        return more;
    }

    private boolean forgetJobs(JobState state, Duration keep) {
        Instant cutoff = clock.instant().minus(keep);
        List<Finished> old = store.finishedBefore(state, cutoff, BATCH);
        int gone = forget(old);
        if (gone > 0) {
            log.debug("{} {} jobs that ended before {} are forgotten", gone, state.word(), cutoff);
        }
        return old.size() == BATCH;
    }

    /**
     * Forgets finished jobs with all that belongs to them; any other of these stays as it is. The files go first: what is
     * cut off in between is taken up again.
     *
     * @throws StoreUnavailableException if a result file cannot be deleted now
     */
    public int forget(List<Finished> jobs) {
        try {
            for (Finished job : jobs) {
                results.forget(job.id(), job.attempts());
            }
        } catch (IOException e) {
            throw new StoreUnavailableException("a result file cannot be deleted: " + e.getMessage(), e);
        }
        int gone = store.forget(jobs.stream().map(Finished::id).toList());
        forgotten.addAndGet(gone);
        return gone;
    }

    public long forgotten() {
        return forgotten.get();
    }
}
