package io.plainsail.facade.store;

import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.JobStore.Claim;
import io.plainsail.facade.job.NewJob;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/** Writes accepted jobs with all that belongs to them, each table in one batch. */
final class AcceptStatements {
    private AcceptStatements() {}

    static int insert(Handle handle, List<NewJob> jobs, @Nullable Claim claim) {
        // First, for what is there already ends the transaction.
        JdbiIdempotencyKeys.insert(handle, jobs);
        insertJobs(handle, jobs);
        insertInputs(handle, jobs);
        insertLabels(handle, jobs);
        OutboxStatements.insert(handle, jobs, claim);
        insertLimits(handle, jobs);
        insertCallbacks(handle, jobs);
        return jobs.size();
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
}
