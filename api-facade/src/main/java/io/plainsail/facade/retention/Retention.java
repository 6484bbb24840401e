package io.plainsail.facade.retention;

import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.IdempotencyKeys;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.JobStore.Finished;
import io.plainsail.facade.results.ResultStore;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forgets finished jobs with their logs, attempts and result files, parked messages, and idempotency keys, when they are old enough: batch
 * by batch, each its own short transaction, so that accepting and recording go on beside it.
 *
 * <p>Thread-safe; {@link #forgetNext} is called by one thread, and by several facades of one store.
 */
public final class Retention {
    static final int BATCH = 500;

    /** No message is on its way for longer. */
    static final Duration ON_ITS_WAY = Duration.ofDays(365);

    private static final Logger log = LoggerFactory.getLogger(Retention.class);

    private final JobStore store;
    private final IdempotencyKeys keys;
    private final ResultStore results;
    private final RetentionConfig config;
    private final Clock clock;
    private final AtomicLong forgotten = new AtomicLong();

    public Retention(JobStore store, IdempotencyKeys keys, ResultStore results, RetentionConfig config, Clock clock) {
        this.store = store;
        this.keys = keys;
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
        more |= keys.forgetBefore(clock.instant().minus(config.idempotencyKeys()), BATCH) == BATCH;
        store.forgetUnwantedBefore(clock.instant().minus(ON_ITS_WAY));
        return more;
    }

    private boolean forgetJobs(JobState state, Duration keep) {
        Instant cutoff = clock.instant().minus(keep);
        List<Finished> old = store.finishedBefore(state, cutoff, BATCH);
        int gone = forget(old);
        if (gone > 0) {
            log.debug("{} {} jobs that ended before {} are forgotten", gone, state.word(), cutoff);
        }
        return gone == BATCH;
    }

    /**
     * Forgets finished jobs with all that belongs to them; any other of these stays as it is, and so does one whose files
     * cannot be deleted. The files go first: what is cut off in between is taken up again. Returns how many are gone.
     */
    public int forget(List<Finished> jobs) {
        List<UUID> without = new ArrayList<>(jobs.size());
        int kept = 0;
        String why = "";
        for (Finished job : jobs) {
            try {
                results.forget(job.id(), job.attempts());
                without.add(job.id());
            } catch (IOException e) {
                kept++;
                why = e.toString();
            }
        }
        if (kept > 0) {
            log.warn("{} jobs are kept longer: their result files cannot be deleted, the last one by {}", kept, why);
        }
        int gone = store.forget(without);
        forgotten.addAndGet(gone);
        return gone;
    }

    public long forgotten() {
        return forgotten.get();
    }
}
