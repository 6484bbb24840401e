package io.plainsail.facade.store;

import static java.util.stream.Collectors.joining;

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
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/** The job store through Jdbi; the outbox's and the recorder's statements stand in their own classes. Thread-safe. */
public final class JdbiJobStore implements JobStore {
    private static final String UNFINISHED = Arrays.stream(JobState.values())
            .filter(state -> !state.terminal())
            .map(state -> "'" + state.word() + "'")
            .collect(joining(", ", "(", ")"));

    private static final String RELEASE =
            "insert into outbox (job_id, input_bytes, maybe_duplicate, available_at, failures)"
                    + " select j.id, octet_length(i.input), true, ?, 0 from jobs j"
                    + " join job_inputs i on i.job_id = j.id where j.state in " + UNFINISHED
                    + " and not exists (select 1 from outbox o where o.job_id = j.id)";

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
        database.write(handle -> insert(handle, jobs, claim));
    }

    static int insert(Handle handle, List<NewJob> jobs, @Nullable Claim claim) {
        // First, for what is there already ends the transaction.
        JdbiIdempotencyKeys.insert(handle, jobs);
        insertJobs(handle, jobs);
        insertInputs(handle, jobs);
        insertLabels(handle, jobs);
        insertOutbox(handle, jobs, claim);
        insertLimits(handle, jobs);
        insertCallbacks(handle, jobs);
        return jobs.size();
    }

    private static void insertCallbacks(Handle handle, List<NewJob> jobs) {
        PreparedBatch batch = handle.prepareBatch("insert into callbacks (job_id, callback) values (?, ?)");
        for (NewJob job : jobs) {
            if (job.callback() != null) {
                batch.bind(0, job.id()).bind(1, job.callback()).add();
            }
        }
        if (batch.size() > 0) {
            batch.execute();
        }
    }

    private static void insertJobs(Handle handle, List<NewJob> jobs) {
        PreparedBatch batch = handle.prepareBatch("""
                insert into jobs (id, type, version, state, attempt, labels, timeout_ms, retry_attempts,
                    retry_max_backoff_ms, traceparent, accepted_at, reason, replay_of,
                    start_by, end_by, tenant, caller, tracestate, on_release)
                values (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""");
        for (NewJob job : jobs) {
            batch.bind(0, job.id())
                    .bind(1, job.jobType().name())
                    .bind(2, job.jobType().version())
                    .bind(3, (job.releaseAt() == null ? JobState.QUEUED : JobState.WAITING).word())
                    .bind(4, Columns.labels(job.labels()))
                    .bind(5, job.timeout().toMillis())
                    .bind(6, job.retryBounds().attempts())
                    .bind(7, millis(job.retryBounds().maxBackoff()))
                    .bind(8, job.trace() == null ? null : job.trace().traceparent())
                    .bind(9, SqlTime.at(job.acceptedAt()))
                    .bind(10, job.releaseAt() == null ? null : "released at " + job.releaseAt())
                    .bind(11, uuid(job.replayOf()))
                    .bind(12, SqlTime.atOrNull(job.limits().startBy()))
                    .bind(13, SqlTime.atOrNull(job.limits().endBy()))
                    .bind(14, job.owner().tenant())
                    .bind(15, job.owner().caller())
                    .bind(16, job.trace() == null ? null : job.trace().tracestate())
                    .bind(17, job.onRelease())
                    .add();
        }
        batch.execute();
    }

    /** A null without this type is text to PostgreSQL. */
    private static Argument uuid(@Nullable UUID id) {
        return (index, statement, context) -> statement.setObject(index, id, Types.OTHER);
    }

    private static @Nullable Long millis(@Nullable Duration duration) {
        return duration == null ? null : (Long) duration.toMillis();
    }

    private static void insertInputs(Handle handle, List<NewJob> jobs) {
        PreparedBatch batch = handle.prepareBatch("insert into job_inputs (job_id, input) values (?, ?)");
        for (NewJob job : jobs) {
            batch.bind(0, job.id()).bind(1, job.input()).add();
        }
        batch.execute();
    }

    private static void insertLabels(Handle handle, List<NewJob> jobs) {
        PreparedBatch batch = handle.prepareBatch("insert into job_labels (name, val, job_id) values (?, ?, ?)");
        for (NewJob job : jobs) {
            job.labels()
                    .forEach((name, value) ->
                            batch.bind(0, name).bind(1, value).bind(2, job.id()).add());
        }
        if (batch.size() > 0) {
            batch.execute();
        }
    }

    private static void insertOutbox(Handle handle, List<NewJob> jobs, @Nullable Claim claim) {
        PreparedBatch batch = handle.prepareBatch("""
                insert into outbox (job_id, input_bytes, maybe_duplicate, claimed_by, claimed_until, available_at,
                    failures)
                values (?, ?, false, ?, ?, ?, 0)""");
        for (NewJob job : jobs) {
            batch.bind(0, job.id())
                    .bind(1, job.input().length)
                    .bind(2, claim == null ? null : claim.relay())
                    .bind(3, claim == null ? null : SqlTime.at(claim.until()))
                    .bind(4, SqlTime.at(job.releaseAt() == null ? job.acceptedAt() : job.releaseAt()))
                    .add();
        }
        batch.execute();
    }

    private static void insertLimits(Handle handle, List<NewJob> jobs) {
        PreparedBatch batch = handle.prepareBatch("insert into job_limits (job_id, kind, at) values (?, ?, ?)");
        for (NewJob job : jobs) {
            limit(batch, job.id(), "start", job.limits().startBy());
            limit(batch, job.id(), "end", job.limits().endBy());
        }
        if (batch.size() > 0) {
            batch.execute();
        }
    }

    private static void limit(PreparedBatch batch, UUID jobId, String kind, @Nullable Instant at) {
        if (at != null) {
            batch.bind(0, jobId).bind(1, kind).bind(2, SqlTime.at(at)).add();
        }
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

    private static final List<String> BELONGINGS =
            List.of("job_inputs", "job_logs", "job_files", "attempts", "outbox", "job_limits", "callbacks");

    @Override
    public List<Finished> finishedBefore(JobState state, Instant cutoff, int limit) {
        // No job ends before it is accepted: the first condition finds the few old ones by their ids. One that repeats
        // another stays as long as that: without it, that would be repeated again.
        return database.read(
                handle -> handle.select("""
                        select id, attempt from jobs where id < ? and state = ? and finished_at < ?
                            and not exists (select 1 from jobs origin where origin.id = jobs.replay_of)
                        order by id fetch first ? rows only""", JobIds.smallestAt(cutoff), state.word(), SqlTime.at(cutoff), limit)
                        .map((row, context) -> new Finished(row.getObject("id", UUID.class), row.getInt("attempt")))
                        .list());
    }

    private record Labelled(UUID id, Map<String, String> labels) {}

    @Override
    public int forget(Collection<UUID> jobIds) {
        if (jobIds.isEmpty()) {
            return 0;
        }
        return database.write(handle -> {
            List<Labelled> finished = handle.select("select id, labels from jobs where id in (<ids>) and state not in "
                            + UNFINISHED + " order by id for update")
                    .bindList("ids", sorted(jobIds))
                    .map((row, context) ->
                            new Labelled(row.getObject("id", UUID.class), Columns.map(row.getString("labels"))))
                    .list();
            if (finished.isEmpty()) {
                return 0;
            }
            List<UUID> ids = finished.stream().map(Labelled::id).toList();
            forgetLabels(handle, finished);
            JdbiLedgerStore.forget(handle, ids);
            for (String table : BELONGINGS) {
                handle.createUpdate("delete from " + table + " where job_id in (<ids>)")
                        .bindList("ids", ids)
                        .execute();
            }
            return handle.createUpdate("delete from jobs where id in (<ids>)")
                    .bindList("ids", ids)
                    .execute();
        });
    }

    /** By their whole keys: the table has no index by job. */
    private static void forgetLabels(Handle handle, List<Labelled> jobs) {
        PreparedBatch batch = handle.prepareBatch("delete from job_labels where name = ? and val = ? and job_id = ?");
        for (Labelled job : jobs) {
            job.labels()
                    .forEach((name, value) ->
                            batch.bind(0, name).bind(1, value).bind(2, job.id()).add());
        }
        if (batch.size() > 0) {
            batch.execute();
        }
    }

    // The outbox -----------------------------------------------------------------------------------------------

    @Override
    public List<Dispatch> claim(Claim claim, Instant now, int limit, long maxBytes) {
        return database.write(handle -> {
            List<Claimable> free = handle.select(database.dialect().claimable())
                    .bind("now", SqlTime.at(now))
                    .bind("limit", limit)
                    .map((row, context) -> new Claimable(row.getObject(1, UUID.class), row.getInt(2)))
                    .list();
            List<UUID> ids = fitting(free, maxBytes);
            if (ids.isEmpty()) {
                return List.of();
            }
            PreparedBatch batch = handle.prepareBatch("""
                    update outbox set
                        maybe_duplicate = maybe_duplicate or claimed_by is not null,
                        claimed_by = ?, claimed_until = ?
                    where job_id = ?""");
            for (UUID id : ids) {
                batch.bind(0, claim.relay())
                        .bind(1, SqlTime.at(claim.until()))
                        .bind(2, id)
                        .add();
            }
            batch.execute();
            List<Dispatch> claimed = new ArrayList<>(ids.size());
            for (List<UUID> page : pages(ids)) {
                claimed.addAll(handle.select("""
                                select o.job_id, o.maybe_duplicate, j.state, j.type, j.version, j.attempt,
                                    j.accepted_at, j.timeout_ms, j.retry_attempts, j.retry_max_backoff_ms, j.retry_at,
                                    j.start_by, j.end_by, j.traceparent, j.tracestate, j.on_release, i.input,
                                    (select count(*) from attempts a
                                        where a.job_id = j.id and a.error_category is not null) as failed_attempts
                                from outbox o join jobs j on j.id = o.job_id join job_inputs i on i.job_id = o.job_id
                                where o.job_id in (<ids>) order by o.job_id""")
                        .bindList("ids", page)
                        .map((row, context) -> Columns.dispatch(row, claim.until()))
                        .list());
            }
            return claimed;
        });
    }

    private record Claimable(UUID jobId, int inputBytes) {}

    private static List<UUID> fitting(List<Claimable> rows, long maxBytes) {
        List<UUID> ids = new ArrayList<>();
        long bytes = 0;
        for (Claimable row : rows) {
            bytes += row.inputBytes();
            if (bytes > maxBytes && !ids.isEmpty()) {
                break;
            }
            ids.add(row.jobId());
        }
        return ids;
    }

    @Override
    public void sent(String relay, Map<UUID, Instant> claimedUntil) {
        // Undone by a crash of the database, a row is sent again, marked, once its claim has lapsed.
        SortedMap<UUID, Instant> inOrder = new TreeMap<>(claimedUntil);
        if (database.dialect() == Dialect.H2) {
            database.writeSoon(handle -> {
                PreparedBatch batch = handle.prepareBatch(
                        "delete from outbox where job_id = ? and claimed_by = ? and claimed_until = ?");
                inOrder.forEach((id, until) -> batch.bind(0, id)
                        .bind(1, relay)
                        .bind(2, SqlTime.at(until))
                        .add());
                return batch.execute();
            });
            return;
        }
        // One statement for each claim, not a join: PostgreSQL takes the outbox for as empty as it was when last looked
        // at, and walks through all of it for each row that is to go.
        SortedMap<Instant, List<UUID>> byClaim = new TreeMap<>();
        inOrder.forEach((id, until) ->
                byClaim.computeIfAbsent(until, u -> new ArrayList<>()).add(id));
        database.writeSoon(handle -> {
            PreparedBatch batch = handle.prepareBatch(
                    "delete from outbox where job_id = any(?) and claimed_by = ? and claimed_until = ?");
            byClaim.forEach((until, ids) -> batch.bind(0, array("uuid", ids.toArray()))
                    .bind(1, relay)
                    .bind(2, SqlTime.at(until))
                    .add());
            return batch.execute();
        });
    }

    private static Argument array(String type, Object[] values) {
        return (index, statement, context) ->
                statement.setArray(index, statement.getConnection().createArrayOf(type, values));
    }

    @Override
    public void handBack(Collection<UUID> jobIds, boolean maybeDuplicate) {
        inOrder(
                jobIds,
                "update outbox set claimed_by = null, claimed_until = null"
                        + (maybeDuplicate ? ", maybe_duplicate = true" : "") + " where job_id = ?");
    }

    @Override
    public void unroutable(Collection<UUID> jobIds, String reason, Instant retryAt) {
        database.write(handle -> {
            PreparedBatch rows = handle.prepareBatch("""
                    update outbox set claimed_by = null, claimed_until = null, available_at = ?,
                        failures = failures + 1, last_error = ?
                    where job_id = ?""");
            PreparedBatch jobs = handle.prepareBatch(RecorderStatements.UNROUTABLE);
            for (UUID id : sorted(jobIds)) {
                rows.bind(0, SqlTime.at(retryAt)).bind(1, reason).bind(2, id).add();
                jobs.bind(0, reason).bind(1, id).add();
            }
            rows.execute();
            return jobs.execute();
        });
    }

    @Override
    public void released(Collection<UUID> jobIds) {
        inOrder(jobIds, RecorderStatements.RELEASED);
    }

    @Override
    public Unsent unsent() {
        return database.read(handle -> handle.select("select count(*) as found, min(available_at) as due from outbox")
                .map((row, context) -> new Unsent(row.getLong("found"), SqlTime.getOrNull(row, "due")))
                .one());
    }

    @Override
    public void freeClaims(String relay) {
        database.write(handle -> handle.execute("""
                update outbox set claimed_by = null, claimed_until = null, maybe_duplicate = true
                where claimed_by = ?""", relay));
    }

    @Override
    public int releaseUnfinished(Instant now) {
        return database.write(handle -> handle.execute(RELEASE, SqlTime.at(now)));
    }

    @Override
    public boolean releaseAgain(UUID jobId, Instant now) {
        return database.write(handle -> handle.execute(RELEASE + " and j.id = ?", SqlTime.at(now), jobId)) > 0;
    }

    private void inOrder(Collection<UUID> jobIds, String sql) {
        database.write(handle -> {
            PreparedBatch batch = handle.prepareBatch(sql);
            for (UUID id : sorted(jobIds)) {
                batch.bind(0, id).add();
            }
            return batch.execute();
        });
    }

    /** Row locks are taken in one order everywhere, so that two facades never wait for each other in a circle. */
    private static List<UUID> sorted(Collection<UUID> ids) {
        return ids.stream().sorted().toList();
    }

    private static List<List<UUID>> pages(List<UUID> ids) {
        List<List<UUID>> pages = new ArrayList<>();
        for (int from = 0; from < ids.size(); from += 500) {
            pages.add(ids.subList(from, Math.min(from + 500, ids.size())));
        }
        return pages;
    }
}
