package io.plainsail.facade.guard;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.UnheardJobs;
import io.plainsail.facade.job.UnheardJobs.Page;
import io.plainsail.facade.job.UnheardJobs.Unheard;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds jobs whose message the transport has lost while nobody ran them, and releases them again. A message that is not
 * lost waits in its queue, or is in the hands of a worker that has not begun with it, or goes round because it has to wait
 * and then asks. So:
 *
 * <ol>
 *   <li>A job that has been due for long, and whose type's queue has nothing to give, is noted as missing.
 *   <li>Whatever is heard of its message takes the note away: a claim, a beginning, a next attempt.
 *   <li>If the note is old enough, and the queue has nothing to give again, the job is released again, marked as a possible
 *       duplicate: should a worker have the message after all, one of the two is dropped when it asks.
 * </ol>
 *
 * <p>What is released again waits in the queue if nobody has room for it: then that queue has something to give, and nothing
 * more is released for it. Looks only while the recorder is not behind, at a bounded number of jobs each time, one part
 * after the other.
 *
 * <p>The messages of jobs that ended meanwhile can be missing too. Until they come, each message of their type is claimed; so
 * that is forgotten when they cannot come any more.
 *
 * <p>Thread-safe; {@link #look} is called by one thread, and by several facades of one store.
 */
public final class MissingMessages {
    static final int PAGE = 1_000;
    static final int MAX_RELEASED = 200;
    private static final int MAX_PAGES = 10;
    private static final int MAX_FORGOTTEN = 1_000;

    /** What was in a worker's hands for so long is claimed before it begins. */
    private static final Duration STALE = Duration.ofSeconds(10);

    /** A relay that was publishing a message as its job ended has published it, or will mark it as a possible duplicate. */
    private static final Duration PUBLISHED = Duration.ofSeconds(30);

    private static final List<JobState> STATES = List.of(JobState.QUEUED, JobState.RETRYING);
    private static final Logger log = LoggerFactory.getLogger(MissingMessages.class);

    private final UnheardJobs jobs;
    private final Function<Collection<JobType>, Set<JobType>> nothingWaits;
    private final BooleanSupplier caughtUp;
    private final Clock clock;
    private final Duration patience;

    /** Where the walk goes on, by state. For the one thread. */
    private final Map<JobState, UUID> behind = new EnumMap<>(JobState.class);

    /** Since when the queues of types with unwanted messages are seen to be empty. For the one thread. */
    private final Map<JobType, Instant> emptySince = new HashMap<>();

    private final AtomicLong released = new AtomicLong();

    /**
     * @param nothingWaits of which types no message waits in the queue
     * @param caughtUp whether all that was reported until a moment ago is recorded
     * @param after how long after it was due a job is released again, more or less; for half of that its message is missing
     */
    public MissingMessages(
            UnheardJobs jobs,
            Function<Collection<JobType>, Set<JobType>> nothingWaits,
            BooleanSupplier caughtUp,
            Clock clock,
            Duration after) {
        this.jobs = jobs;
        this.nothingWaits = nothingWaits;
        this.caughtUp = caughtUp;
        this.clock = clock;
        this.patience = after.dividedBy(2);
    }

    /** Looks at the next jobs that are due for long. */
    public void look() {
        if (!caughtUp.getAsBoolean()) {
            return;
        }
        Look look = new Look(clock.instant());
        STATES.forEach(look::walk);
        look.forgetUnwanted();
        if (look.released > 0) {
            released.addAndGet(look.released);
            log.warn(
                    "{} jobs of {} are released again: their messages are in no queue, and nothing was heard of them for {}",
                    look.released,
                    look.types,
                    patience);
        }
    }

    /** One look: asks for each type once. */
    private final class Look {
        private final Instant now;
        private final Map<JobType, Boolean> empty = new HashMap<>();
        private final Set<JobType> types = new HashSet<>();
        private int released;

        Look(Instant now) {
            this.now = now;
        }

        void walk(JobState state) {
            for (int pages = 0; pages < MAX_PAGES && released < MAX_RELEASED; pages++) {
                Page page = jobs.unheard(state, behind.get(state), now.minus(patience), PAGE);
                judge(page.jobs());
                if (released >= MAX_RELEASED) {
                    return; // the rest of this page comes next time
                }
                if (page.next() == null) {
                    behind.remove(state);
                    return;
                }
                behind.put(state, page.next());
            }
        }

        private void judge(List<Unheard> page) {
            ask(page.stream().map(Unheard::jobType).toList());
            List<UUID> noticed = new ArrayList<>();
            List<UUID> missing = new ArrayList<>();
            for (Unheard job : page) {
                if (Boolean.TRUE.equals(empty.get(job.jobType()))) {
                    Instant since = job.missingSince();
                    if (since == null || since.isAfter(now)) { // the clock was set
                        noticed.add(job.id());
                    } else if (!since.isAfter(now.minus(patience)) && released + missing.size() < MAX_RELEASED) {
                        missing.add(job.id());
                        types.add(job.jobType());
                    }
                }
            }
            jobs.missing(noticed, now);
            released += jobs.releaseMissing(missing, now.minus(patience), now);
        }

        /** A type's messages are claimed as long as there is one to come: it does not if the broker lost it. */
        void forgetUnwanted() {
            Set<JobType> unwanted = jobs.unwantedTypes();
            ask(unwanted);
            emptySince.keySet().retainAll(unwanted);
            for (JobType type : unwanted) {
                Instant since = emptySince.get(type);
                if (!Boolean.TRUE.equals(empty.get(type))) {
                    emptySince.remove(type);
                } else if (since == null || since.isAfter(now)) {
                    emptySince.put(type, now);
                } else if (!since.isAfter(now.minus(STALE))
                        && jobs.forgetUnwanted(type, since.minus(PUBLISHED), MAX_FORGOTTEN) < MAX_FORGOTTEN) {
                    emptySince.put(type, now);
                }
            }
        }

        private void ask(Collection<JobType> about) {
            Set<JobType> unasked = new HashSet<>(about);
            unasked.removeAll(empty.keySet());
            if (!unasked.isEmpty()) {
                Set<JobType> found = nothingWaits.apply(unasked);
                unasked.forEach(type -> empty.put(type, found.contains(type)));
            }
        }
    }

    /** Jobs released again since the start. */
    public long released() {
        return released.get();
    }
}
