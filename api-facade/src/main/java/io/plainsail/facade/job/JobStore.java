package io.plainsail.facade.job;

import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.facade.access.Owner;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The truth about jobs. Every change is durable when the call returns, and is made whole or not at all. Thread-safe.
 */
public interface JobStore {

    /**
     * Stores accepted jobs with their outbox rows and idempotency keys.
     *
     * @param claim the relay that will publish them, and until when; null leaves them for any relay
     * @throws IdempotencyKeys.TakenException if a key is there already: nothing is stored
     */
    void accept(List<NewJob> jobs, @Nullable Claim claim);

    /**
     * @param relay name of the claiming relay
     * @param until when the claim lapses
     */
    record Claim(String relay, Instant until) {}

    Optional<Job> find(UUID id);

    /** Whose the job is; empty if there is no such job. */
    Optional<Owner> owner(UUID id);

    /** Where in a trace the job was accepted; empty if it was in none, or if there is no such job. */
    Optional<TraceContext> trace(UUID id);

    /** Newest first; outputs of more than {@link Job#MAX_LISTED_OUTPUT_BYTES} are left out. */
    List<Job> list(JobQuery query);

    /** The job's log from a position on, oldest first. */
    List<LogEntry> logs(UUID id, int afterAttempt, int afterSequence, int limit);

    /** A result file that travelled in the outcome event. */
    Optional<byte[]> inlineFile(UUID id);

    /**
     * Applies what workers reported, in order, by the transition table. What finds a job in a state that it does not
     * fit, or reports an earlier attempt than the current one, changes nothing. A report of a later attempt makes it the
     * current one: attempts follow each other without the facade.
     */
    Applied record(List<EventBatch> batches);

    /**
     * @param succeeded jobs that became succeeded
     * @param failed jobs that became failed
     * @param retried attempts after which the job is tried again
     * @param ignored outcomes that changed nothing: late, stale or repeated
     */
    record Applied(int succeeded, int failed, int retried, int ignored) {
        public Applied plus(Applied other) {
            return new Applied(
                    succeeded + other.succeeded,
                    failed + other.failed,
                    retried + other.retried,
                    ignored + other.ignored);
        }
    }

    /** Keeps a message that nobody could read or apply. */
    void park(ParkedMessage message);

    /**
     * A parked message without the rest of a long body.
     *
     * @param message with the first {@link #BYTES} bytes of its body
     * @param bodyBytes how long the body is
     */
    record ParkedBeginning(ParkedMessage message, long bodyBytes) {
        public static final int BYTES = 8_000;
    }

    /** Newest first. */
    List<ParkedBeginning> parked(int limit);

    Optional<ParkedMessage> findParked(UUID id);

    /** Forgets a parked message; false if there is none. */
    boolean forgetParked(UUID id);

    /**
     * Forgets that messages of these jobs are not wanted: so long after, none comes any more. Returns how many.
     */
    int forgetUnwantedBefore(Instant acceptedBefore);

    /** Forgets the oldest messages parked before a time, so many at most. Returns how many. */
    int forgetParkedBefore(Instant cutoff, int limit);

    // Forgetting.

    /**
     * @param attempts how many there were
     */
    record Finished(UUID id, int attempts) {}

    /** The oldest jobs of a terminal state that ended before a time. */
    List<Finished> finishedBefore(JobState state, Instant cutoff, int limit);

    /** Forgets finished jobs with all that belongs to them; any other of these stays as it is. Returns how many. */
    int forget(Collection<UUID> jobIds);

    // The outbox.

    /**
     * Claims outbox rows that are free; those whose earlier claim lapsed come marked as possible duplicates.
     *
     * @param limit rows at most
     * @param maxBytes inputs at most, all together; one row is claimed whatever its size
     */
    List<Dispatch> claim(Claim claim, Instant now, int limit, long maxBytes);

    /**
     * The transport has these: forget their outbox rows, as far as they are still claimed so.
     *
     * @param claimedUntil by job: when the claim ends with which it was sent
     */
    void sent(String relay, Map<UUID, Instant> claimedUntil);

    /** What held these jobs back is gone. */
    void released(Collection<UUID> jobIds);

    /** The transport does not have these, or only perhaps: free their outbox rows. */
    void handBack(Collection<UUID> jobIds, boolean maybeDuplicate);

    /** No queue takes these: they wait with the reason, and are tried again later. */
    void unroutable(Collection<UUID> jobIds, String reason, Instant retryAt);

    /**
     * What the outbox holds.
     *
     * @param dueSince since when the row that waits longest could have been handed to the transport; in the future if all
     *     are put off, null if there is none
     */
    record Unsent(long rows, @Nullable Instant dueSince) {}

    /** Reads the whole outbox, which is bounded. */
    Unsent unsent();

    default long outboxSize() {
        return unsent().rows();
    }

    /** Frees what a relay of this name had claimed before it died. */
    void freeClaims(String relay);

    /** Writes an outbox row for every unfinished job that has none: for a transport that forgot everything. */
    int releaseUnfinished(Instant now);

    /** Writes an outbox row for one job if it is unfinished and has none: its message found no queue. */
    boolean releaseAgain(UUID jobId, Instant now);
}
