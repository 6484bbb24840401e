package io.plainsail.facade.store;

import io.plainsail.contracts.lifecycle.Trigger;
import io.plainsail.facade.job.Dispatch;
import io.plainsail.facade.job.JobStore.Claim;
import io.plainsail.facade.job.JobStore.Unsent;
import io.plainsail.facade.job.NewJob;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/** The outbox's rows: written with their jobs, claimed, handed back, and gone once the transport has the message. */
final class OutboxStatements {
    private static final String RELEASE =
            "insert into outbox (job_id, input_bytes, maybe_duplicate, available_at, failures)"
                    + " select j.id, octet_length(i.input), true, ?, 0 from jobs j"
                    + " join job_inputs i on i.job_id = j.id where j.state in " + Columns.UNFINISHED
                    + " and not exists (select 1 from outbox o where o.job_id = j.id)";

    private static final String UNROUTABLE = "update jobs set state = 'waiting', reason = ? where id = ? and state in "
            + RecorderStatements.from(Trigger.UNROUTABLE);

    private static final String RELEASED = "update jobs set state = 'queued', reason = null where id = ? and state in "
            + RecorderStatements.from(Trigger.RELEASED);

    private OutboxStatements() {}

    static void insert(Handle handle, List<NewJob> jobs, @Nullable Claim claim) {
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

    // Claiming -------------------------------------------------------------------------------------------------

    static List<Dispatch> claim(Handle handle, Dialect dialect, Claim claim, Instant now, int limit, long maxBytes) {
        List<Claimable> free = handle.select(dialect.claimable())
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
        return read(handle, ids, claim.until());
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

    private static List<Dispatch> read(Handle handle, List<UUID> ids, Instant claimedUntil) {
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
                    .map((row, context) -> Columns.dispatch(row, claimedUntil))
                    .list());
        }
        return claimed;
    }

    private static List<List<UUID>> pages(List<UUID> ids) {
        List<List<UUID>> pages = new ArrayList<>();
        for (int from = 0; from < ids.size(); from += 500) {
            pages.add(ids.subList(from, Math.min(from + 500, ids.size())));
        }
        return pages;
    }

    static int freeClaims(Handle handle, String relay) {
        return handle.execute("""
                update outbox set claimed_by = null, claimed_until = null, maybe_duplicate = true
                where claimed_by = ?""", relay);
    }

    // What became of a message ---------------------------------------------------------------------------------

    static int sent(Handle handle, Dialect dialect, String relay, Map<UUID, Instant> claimedUntil) {
        SortedMap<UUID, Instant> inOrder = new TreeMap<>(claimedUntil);
        if (dialect == Dialect.H2) {
            PreparedBatch batch =
                    handle.prepareBatch("delete from outbox where job_id = ? and claimed_by = ? and claimed_until = ?");
            inOrder.forEach((id, until) ->
                    batch.bind(0, id).bind(1, relay).bind(2, SqlTime.at(until)).add());
            return batch.execute().length;
        }
        // One statement for each claim, not a join: PostgreSQL takes the outbox for as empty as it was when last looked
        // at, and walks through all of it for each row that is to go.
        SortedMap<Instant, List<UUID>> byClaim = new TreeMap<>();
        inOrder.forEach((id, until) ->
                byClaim.computeIfAbsent(until, u -> new ArrayList<>()).add(id));
        PreparedBatch batch = handle.prepareBatch(
                "delete from outbox where job_id = any(?) and claimed_by = ? and claimed_until = ?");
        byClaim.forEach((until, ids) -> batch.bind(0, array("uuid", ids.toArray()))
                .bind(1, relay)
                .bind(2, SqlTime.at(until))
                .add());
        return batch.execute().length;
    }

    private static Argument array(String type, Object[] values) {
        return (index, statement, context) ->
                statement.setArray(index, statement.getConnection().createArrayOf(type, values));
    }

    static int handBack(Handle handle, Collection<UUID> jobIds, boolean maybeDuplicate) {
        return inOrder(
                handle,
                jobIds,
                "update outbox set claimed_by = null, claimed_until = null"
                        + (maybeDuplicate ? ", maybe_duplicate = true" : "") + " where job_id = ?");
    }

    static int unroutable(Handle handle, Collection<UUID> jobIds, String reason, Instant retryAt) {
        PreparedBatch rows = handle.prepareBatch("""
                update outbox set claimed_by = null, claimed_until = null, available_at = ?,
                    failures = failures + 1, last_error = ?
                where job_id = ?""");
        PreparedBatch jobs = handle.prepareBatch(UNROUTABLE);
        for (UUID id : sorted(jobIds)) {
            rows.bind(0, SqlTime.at(retryAt)).bind(1, reason).bind(2, id).add();
            jobs.bind(0, reason).bind(1, id).add();
        }
        rows.execute();
        return jobs.execute().length;
    }

    static int released(Handle handle, Collection<UUID> jobIds) {
        return inOrder(handle, jobIds, RELEASED);
    }

    private static int inOrder(Handle handle, Collection<UUID> jobIds, String sql) {
        PreparedBatch batch = handle.prepareBatch(sql);
        for (UUID id : sorted(jobIds)) {
            batch.bind(0, id).add();
        }
        return batch.execute().length;
    }

    /** Row locks are taken in one order everywhere, so that two facades never wait for each other in a circle. */
    private static List<UUID> sorted(Collection<UUID> ids) {
        return ids.stream().sorted().toList();
    }

    // The outbox as a whole ------------------------------------------------------------------------------------

    static Unsent unsent(Handle handle) {
        return handle.select("select count(*) as found, min(available_at) as due from outbox")
                .map((row, context) -> new Unsent(row.getLong("found"), SqlTime.getOrNull(row, "due")))
                .one();
    }

    static int releaseUnfinished(Handle handle, Instant now) {
        return handle.execute(RELEASE, SqlTime.at(now));
    }

    static boolean releaseAgain(Handle handle, UUID jobId, Instant now) {
        return handle.execute(RELEASE + " and j.id = ?", SqlTime.at(now), jobId) > 0;
    }
}
