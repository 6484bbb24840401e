package io.plainsail.facade.store;

import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.facade.access.Owner;
import io.plainsail.facade.job.Dispatch;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.Lease;
import io.plainsail.facade.job.LogEntry;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.job.ParkedMessage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The job store through Jdbi. It asks, and parks messages; what changes jobs stands by itself, each to be run inside a
 * transaction: {@link AcceptStatements}, {@link RecorderStatements}, {@link OutboxStatements}, {@link ForgetStatements}.
 * Thread-safe.
 */
public final class JdbiJobStore implements JobStore {
    private final Database database;
    private final Lease lease;

    /**
     * @param lease given to attempts that report that they run
     */
    public JdbiJobStore(Database database, Lease lease) {
        this.database = database;
        this.lease = lease;
    }

    // Accepting ------------------------------------------------------------------------------------------------

    @Override
    public void accept(List<NewJob> jobs, @Nullable Claim claim) {
        database.write(handle -> AcceptStatements.insert(handle, jobs, claim));
    }

    // Asking ---------------------------------------------------------------------------------------------------

    @Override
    public Optional<Job> find(UUID id) {
        return database.read(handle -> {
            List<Job> found = handle.select("select * from jobs where id = ?", id)
                    .map((row, context) -> Columns.job(row))
                    .list();
            return withEarlier(handle, found).stream().findFirst();
        });
    }

    @Override
    public Optional<TraceContext> trace(UUID id) {
        return database.read(handle -> handle.select("select traceparent, tracestate from jobs where id = ?", id)
                .map((row, context) -> Optional.ofNullable(Columns.trace(row)))
                .findOne()
                .flatMap(found -> found));
    }

    @Override
    public Optional<Owner> owner(UUID id) {
        return database.read(handle -> handle.select("select tenant, caller from jobs where id = ?", id)
                .map((row, context) -> new Owner(row.getString("tenant"), row.getString("caller")))
                .findOne());
    }

    static List<Job> withEarlier(Handle handle, List<Job> jobs) {
        List<UUID> again =
                jobs.stream().filter(job -> job.attempt() > 1).map(Job::id).toList();
        if (again.isEmpty()) {
            return jobs;
        }
        Map<UUID, List<Job.EndedAttempt>> attempts = new HashMap<>();
        handle.select("select * from attempts where job_id in (<ids>) order by job_id, attempt")
                .bindList("ids", again)
                .map((row, context) -> Map.entry(row.getObject("job_id", UUID.class), Columns.endedAttempt(row)))
                .forEach(ended -> attempts.computeIfAbsent(ended.getKey(), id -> new ArrayList<>())
                        .add(ended.getValue()));
        return jobs.stream()
                .map(job -> job.withEarlier(attempts.getOrDefault(job.id(), List.of())))
                .toList();
    }

    @Override
    public List<Job> list(JobQuery query) {
        JobFilter filter = JobFilter.of(query);
        String sql = "select " + Columns.LISTED + " from jobs where " + filter.where()
                + " order by id desc fetch first " + query.limit() + " rows only";
        return database.survey(handle -> withEarlier(
                handle,
                handle.select(sql)
                        .bindMap(filter.values())
                        .map((row, context) -> Columns.job(row))
                        .list()));
    }

    @Override
    public List<LogEntry> logs(UUID id, int afterAttempt, int afterSequence, int limit) {
        return database.read(handle -> handle.select("""
                        select attempt, seq, at, line from job_logs
                        where job_id = :id and (attempt > :attempt or (attempt = :attempt and seq > :sequence))
                        order by attempt, seq fetch first :limit rows only""")
                .bind("id", id)
                .bind("attempt", afterAttempt)
                .bind("sequence", afterSequence)
                .bind("limit", limit)
                .map((row, context) -> new LogEntry(
                        row.getInt("attempt"), row.getInt("seq"), SqlTime.get(row, "at"), row.getString("line")))
                .list());
    }

    @Override
    public Optional<byte[]> inlineFile(UUID id) {
        return database.read(handle -> handle.select("select content from job_files where job_id = ?", id)
                .map((row, context) -> row.getBytes(1))
                .findOne());
    }

    // Recording ------------------------------------------------------------------------------------------------

    @Override
    public Applied record(List<EventBatch> batches) {
        return database.write(handle -> RecorderStatements.apply(handle, database.dialect(), lease, batches));
    }

    @Override
    public void park(ParkedMessage message) {
        database.write(handle -> handle.execute(
                "insert into parked_messages (id, source, reason, headers, body, parked_at) values (?, ?, ?, ?, ?, ?)",
                message.id(),
                message.source(),
                message.reason(),
                Columns.json(message.headers()),
                message.body(),
                SqlTime.at(message.parkedAt())));
    }

    @Override
    public List<ParkedBeginning> parked(int limit) {
        return database.survey(handle -> handle.select("""
                        select id, source, reason, headers, parked_at, octet_length(body) as body_bytes,
                            substring(body from 1 for %d) as body
                        from parked_messages order by id desc fetch first ? rows only""".formatted(ParkedBeginning.BYTES), limit)
                .map((row, context) -> new ParkedBeginning(Columns.parked(row), row.getLong("body_bytes")))
                .list());
    }

    @Override
    public Optional<ParkedMessage> findParked(UUID id) {
        return database.read(handle -> handle.select("select * from parked_messages where id = ?", id)
                .map((row, context) -> Columns.parked(row))
                .findOne());
    }

    @Override
    public boolean forgetParked(UUID id) {
        return database.write(handle -> handle.execute("delete from parked_messages where id = ?", id)) > 0;
    }

    @Override
    public int forgetParkedBefore(Instant cutoff, int limit) {
        return database.write(handle -> {
            List<UUID> old = handle.select(
                            "select id from parked_messages where id < ? order by id fetch first ? rows only",
                            JobIds.smallestAt(cutoff),
                            limit)
                    .mapTo(UUID.class)
                    .list();
            return old.isEmpty()
                    ? 0
                    : handle.createUpdate("delete from parked_messages where id in (<ids>)")
                            .bindList("ids", old)
                            .execute();
        });
    }

    @Override
    public int forgetUnwantedBefore(Instant acceptedBefore) {
        return database.write(handle ->
                handle.execute("delete from unwanted_messages where job_id < ?", JobIds.smallestAt(acceptedBefore)));
    }

    // Forgetting -----------------------------------------------------------------------------------------------

    @Override
    public List<Finished> finishedBefore(JobState state, Instant cutoff, int limit) {
        return database.read(handle -> ForgetStatements.finishedBefore(handle, state, cutoff, limit));
    }

    @Override
    public int forget(Collection<UUID> jobIds) {
        return jobIds.isEmpty()
                ? 0
                : database.write(handle -> ForgetStatements.forget(handle, database.dialect(), jobIds));
    }

    // The outbox -----------------------------------------------------------------------------------------------

    @Override
    public List<Dispatch> claim(Claim claim, Instant now, int limit, long maxBytes) {
        return database.write(
                handle -> OutboxStatements.claim(handle, database.dialect(), claim, now, limit, maxBytes));
    }

    @Override
    public void sent(String relay, Map<UUID, Instant> claimedUntil) {
        // Undone by a crash of the database, a row is sent again, marked, once its claim has lapsed.
        database.writeSoon(handle -> OutboxStatements.sent(handle, database.dialect(), relay, claimedUntil));
    }

    @Override
    public void handBack(Collection<UUID> jobIds, boolean maybeDuplicate) {
        database.write(handle -> OutboxStatements.handBack(handle, jobIds, maybeDuplicate));
    }

    @Override
    public void unroutable(Collection<UUID> jobIds, String reason, Instant retryAt) {
        database.write(handle -> OutboxStatements.unroutable(handle, jobIds, reason, retryAt));
    }

    @Override
    public void released(Collection<UUID> jobIds) {
        database.write(handle -> OutboxStatements.released(handle, jobIds));
    }

    @Override
    public Unsent unsent() {
        return database.read(OutboxStatements::unsent);
    }

    @Override
    public void freeClaims(String relay) {
        database.write(handle -> OutboxStatements.freeClaims(handle, relay));
    }

    @Override
    public int releaseUnfinished(Instant now) {
        return database.write(handle -> OutboxStatements.releaseUnfinished(handle, now));
    }

    @Override
    public boolean releaseAgain(UUID jobId, Instant now) {
        return database.write(handle -> OutboxStatements.releaseAgain(handle, jobId, now));
    }
}
