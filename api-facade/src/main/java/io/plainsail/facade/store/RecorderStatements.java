package io.plainsail.facade.store;

import static java.util.stream.Collectors.joining;

import io.plainsail.contracts.lifecycle.Trigger;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.ResultFile;
import io.plainsail.contracts.wire.WireText;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.job.Fingerprint;
import io.plainsail.facade.job.JobStore.Applied;
import io.plainsail.facade.job.Lease;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;
import org.jdbi.v3.core.statement.StatementCustomizer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGStatement;

/**
 * Applies worker events as batched statements. The states that each may find come from the transition table, so a
 * statement that matches no row is an event that the table passes over.
 */
final class RecorderStatements {
    /** Two facades may record what a worker said in another order: an attempt that was handed back does not run any more. */
    private static final String STARTED = """
            update jobs set state = 'running', reason = null, retry_at = null, started_at = ?,
                worker_service = ?, worker_instance = ?, worker_host = ?, worker_release = ?, lease_until = ?,
                claim_id = null, attempt = ?
            where id = ? and attempt <= ? and state in %s and not exists (
                select 1 from attempts a where a.job_id = jobs.id and a.attempt = ? and a.ended_at >= ?)""".formatted(from(Trigger.STARTED));

    private static final String PROGRESS = """
            update jobs set progress_percent = ?, progress_message = ?, progress_at = ?
            where id = ? and attempt = ? and state in %s""".formatted(from(Trigger.SUCCEEDED_ATTEMPT));

    private static final String SUCCEEDED = """
            update jobs set state = 'succeeded', reason = null, retry_at = null, started_at = ?, finished_at = ?,
                worker_service = ?, worker_instance = ?, worker_host = ?, worker_release = ?,
                output = ?, file_media_type = ?, file_size = ?, file_digest = ?, attempt = ?
            where id = ? and attempt <= ? and state in %s""".formatted(from(Trigger.SUCCEEDED_ATTEMPT));

    private static final String FAILED = """
            update jobs set state = 'failed', reason = null, retry_at = null, started_at = ?, finished_at = ?,
                worker_service = ?, worker_instance = ?, worker_host = ?, worker_release = ?,
                error_category = ?, error_code = ?, error_message = ?, error_class = ?, error_stack = ?,
                fingerprint = ?, attempt = ?
            where id = ? and attempt <= ? and state in %s""".formatted(from(Trigger.FAILED_ATTEMPT));

    private static final String ENDED = """
            insert into attempts (job_id, attempt, started_at, ended_at, worker_service, worker_instance, worker_host,
                worker_release, reason, error_category, error_code, error_message, error_class, error_stack)
            select id, cast(? as integer), cast(? as timestamp with time zone), cast(? as timestamp with time zone),
                cast(? as varchar(200)), cast(? as varchar(200)), cast(? as varchar(200)), cast(? as varchar(200)),
                cast(? as varchar(1000)), cast(? as varchar(30)), cast(? as varchar(100)), cast(? as varchar(4000)),
                cast(? as varchar(300)), cast(? as varchar(100))
            from jobs where id = ? and not exists (select 1 from attempts where job_id = ? and attempt = ?)""";

    /** What stood there of the ended attempt stands in its own row now. */
    private static final String RETRYING = """
            update jobs set state = 'retrying', reason = ?, retry_at = ?, attempt = ?, message_attempt = ?,
                started_at = null, asked_at = null, missing_since = null,
                worker_service = null, worker_instance = null, worker_host = null, worker_release = null,
                progress_percent = null, progress_message = null, progress_at = null
            where id = ? and attempt <= ? and state in %s""".formatted(from(Trigger.RETRY));

    /** As if it had been asked for since the attempt began: nobody has to wait for a word of that. */
    private static final String HANDED_BACK = """
            update jobs set state = 'queued', reason = null, asked_at = ?, started_at = null, lease_until = null,
                missing_since = null,
                worker_service = null, worker_instance = null, worker_host = null, worker_release = null,
                progress_percent = null, progress_message = null, progress_at = null
            where id = ? and attempt = ? and state in %s""".formatted(from(Trigger.LOST));

    /**
     * PostgreSQL: one statement for all, instead of one for each. The state is hidden from the planner, which otherwise
     * may look for the jobs among all that are not finished: there may be a million.
     */
    private static final String SUCCEEDED_TOGETHER = """
            update jobs set state = 'succeeded', reason = null, retry_at = null,
                started_at = e.started_at, finished_at = e.finished_at, attempt = e.attempt,
                worker_service = e.service, worker_instance = e.instance, worker_host = e.host,
                worker_release = e.release, output = e.output, file_media_type = e.file_media_type,
                file_size = e.file_size, file_digest = e.file_digest
            from unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) as e (id, attempt, started_at, finished_at,
                service, instance, host, release, output, file_media_type, file_size, file_digest)
            where jobs.id = e.id and jobs.attempt <= e.attempt and jobs.state || '' in %s
            returning jobs.id, jobs.attempt""".formatted(from(Trigger.SUCCEEDED_ATTEMPT));

    /** By the tables as they are now: a plan that is kept was made for tables that may have been empty. */
    private static final StatementCustomizer PLANNED_EACH_TIME = new StatementCustomizer() {
        @Override
        public void beforeExecution(PreparedStatement statement, StatementContext context) throws SQLException {
            statement.unwrap(PGStatement.class).setPrepareThreshold(0);
        }
    };

    private RecorderStatements() {}

    static String from(Trigger trigger) {
        return trigger.from().stream()
                .map(state -> "'" + state.word() + "'")
                .sorted()
                .collect(joining(", ", "(", ")"));
    }

    private record Reported<E>(Worker worker, E event) {}

    /** Sorted by kind: within one transaction a job starts, reports and ends in this order whatever came when. */
    static Applied apply(Handle handle, Dialect dialect, Lease lease, List<EventBatch> batches) {
        List<Reported<WorkerEvent.Started>> started = new ArrayList<>();
        Map<UUID, Reported<WorkerEvent.Progress>> progress = new LinkedHashMap<>();
        Map<LogKey, WorkerEvent.LogLine> logs = new LinkedHashMap<>();
        List<Reported<WorkerEvent.HandedBack>> handedBack = new ArrayList<>();
        List<Reported<WorkerEvent.Retrying>> retrying = new ArrayList<>();
        List<Reported<WorkerEvent.Succeeded>> succeeded = new ArrayList<>();
        List<Reported<WorkerEvent.Failed>> failed = new ArrayList<>();
        for (EventBatch batch : batches) {
            Worker worker = storable(batch.worker());
            for (WorkerEvent event : batch.events()) {
                if (event instanceof WorkerEvent.Started e) {
                    started.add(new Reported<>(worker, e));
                } else if (event instanceof WorkerEvent.Progress e) {
                    progress.put(e.jobId(), new Reported<>(worker, e));
                } else if (event instanceof WorkerEvent.LogLine e) {
                    logs.putIfAbsent(new LogKey(e.jobId(), e.attempt(), e.sequence()), e);
                } else if (event instanceof WorkerEvent.HandedBack e) {
                    handedBack.add(new Reported<>(worker, e));
                } else if (event instanceof WorkerEvent.Retrying e) {
                    retrying.add(new Reported<>(worker, e));
                } else if (event instanceof WorkerEvent.Succeeded e) {
                    succeeded.add(new Reported<>(worker, e));
                } else if (event instanceof WorkerEvent.Failed e) {
                    failed.add(new Reported<>(worker, e));
                }
            }
        }
        start(handle, lease, started);
        advance(handle, new ArrayList<>(progress.values()));
        log(handle, new ArrayList<>(logs.values()));
        handBack(handle, handedBack);
        List<UUID> ended = Stream.of(retrying, succeeded, failed)
                .flatMap(List::stream)
                .map(reported -> ((WorkerEvent.OfAttempt) reported.event()).jobId())
                .toList();
        Applied applied = retry(handle, retrying)
                .plus(succeed(handle, dialect, succeeded))
                .plus(fail(handle, failed));
        if (applied.ignored() > 0) {
            // Cancelled on its way and run all the same: its message is gone.
            handle.createUpdate("delete from unwanted_messages where job_id in (<ids>)")
                    .bindList("ids", ended)
                    .execute();
        }
        return applied;
    }

    private static void start(Handle handle, Lease lease, List<Reported<WorkerEvent.Started>> started) {
        if (started.isEmpty()) {
            return;
        }
        started.sort(Comparator.comparing(reported -> reported.event().jobId()));
        PreparedBatch batch = handle.prepareBatch(STARTED);
        for (Reported<WorkerEvent.Started> reported : started) {
            batch.bind(0, SqlTime.at(reported.event().at()));
            int next = bind(batch, 1, reported.worker());
            batch.bind(next, SqlTime.at(lease.until()));
            bindAttempt(batch, next + 1, reported.event())
                    .bind(next + 4, reported.event().attempt())
                    .bind(next + 5, SqlTime.at(reported.event().at()))
                    .add();
        }
        batch.execute();
    }

    /** {@code … attempt = ? where id = ? and attempt <= ?}. */
    private static PreparedBatch bindAttempt(PreparedBatch batch, int first, WorkerEvent.OfAttempt event) {
        return batch.bind(first, event.attempt()).bind(first + 1, event.jobId()).bind(first + 2, event.attempt());
    }

    private static void handBack(Handle handle, List<Reported<WorkerEvent.HandedBack>> handedBack) {
        handedBack.sort(Comparator.comparing(reported -> reported.event().jobId()));
        for (Reported<WorkerEvent.HandedBack> reported : handedBack) {
            WorkerEvent.HandedBack event = reported.event();
            ended(
                    handle,
                    event.jobId(),
                    event.attempt(),
                    reported.worker(),
                    event.startedAt(),
                    event.at(),
                    "handed back: its worker stopped");
            handle.execute(HANDED_BACK, SqlTime.at(event.startedAt()), event.jobId(), event.attempt());
        }
    }

    /** Keeps an attempt that ended without an outcome. */
    static void ended(
            Handle handle, UUID jobId, int attempt, Worker worker, Instant startedAt, Instant endedAt, String reason) {
        PreparedBatch ended = handle.prepareBatch(ENDED);
        ended.bind(0, attempt).bind(1, SqlTime.at(startedAt)).bind(2, SqlTime.at(endedAt));
        int next = bind(ended, 3, worker);
        ended.bind(next, reason);
        bind(ended, next + 1, (Failure) null);
        ended.bind(next + 6, jobId)
                .bind(next + 7, jobId)
                .bind(next + 8, attempt)
                .add();
        ended.execute();
    }

    /** The attempt is kept whether or not it still is the job's current one: its successor may be reported first. */
    private static Applied retry(Handle handle, List<Reported<WorkerEvent.Retrying>> retrying) {
        if (retrying.isEmpty()) {
            return new Applied(0, 0, 0, 0);
        }
        Map<AttemptKey, Reported<WorkerEvent.Retrying>> first = new LinkedHashMap<>();
        retrying.sort(Comparator.comparing((Reported<WorkerEvent.Retrying> reported) ->
                        reported.event().jobId())
                .thenComparing(reported -> reported.event().attempt()));
        retrying.forEach(reported -> first.putIfAbsent(AttemptKey.of(reported.event()), reported));

        PreparedBatch ended = handle.prepareBatch(ENDED);
        PreparedBatch jobs = handle.prepareBatch(RETRYING);
        for (Reported<WorkerEvent.Retrying> reported : first.values()) {
            WorkerEvent.Retrying event = reported.event();
            ended.bind(0, event.attempt())
                    .bind(1, SqlTime.at(event.startedAt()))
                    .bind(2, SqlTime.at(event.at()));
            int next = bind(ended, 3, reported.worker());
            ended.bind(next, event.reason());
            bind(ended, next + 1, event.failure());
            ended.bind(next + 6, event.jobId())
                    .bind(next + 7, event.jobId())
                    .bind(next + 8, event.attempt())
                    .add();
            jobs.bind(0, event.reason())
                    .bind(1, SqlTime.at(event.nextAt()))
                    .bind(2, event.attempt() + 1)
                    .bind(3, event.attempt() + 1)
                    .bind(4, event.jobId())
                    .bind(5, event.attempt())
                    .add();
        }
        ended.execute();
        int applied = count(jobs.execute());
        return new Applied(0, 0, applied, retrying.size() - applied);
    }

    private static void advance(Handle handle, List<Reported<WorkerEvent.Progress>> progress) {
        if (progress.isEmpty()) {
            return;
        }
        progress.sort(Comparator.comparing(reported -> reported.event().jobId()));
        PreparedBatch batch = handle.prepareBatch(PROGRESS);
        for (Reported<WorkerEvent.Progress> reported : progress) {
            WorkerEvent.Progress event = reported.event();
            batch.bind(0, event.percent())
                    .bind(1, event.message())
                    .bind(2, SqlTime.at(event.at()))
                    .bind(3, event.jobId())
                    .bind(4, event.attempt())
                    .add();
        }
        batch.execute();
    }

    private record LogKey(UUID jobId, int attempt, int sequence) {}

    /** Lines of jobs that do not exist are passed over, and so are lines that are there already. */
    private static void log(Handle handle, List<WorkerEvent.LogLine> lines) {
        if (lines.isEmpty()) {
            return;
        }
        lines.sort(Comparator.comparing(WorkerEvent.LogLine::jobId)
                .thenComparing(WorkerEvent.LogLine::attempt)
                .thenComparing(WorkerEvent.LogLine::sequence));
        PreparedBatch batch = handle.prepareBatch("""
                insert into job_logs (job_id, attempt, seq, at, line)
                select id, cast(? as integer), cast(? as integer), cast(? as timestamp with time zone),
                    cast(? as varchar(4000))
                from jobs where id = ?
                    and not exists (select 1 from job_logs where job_id = ? and attempt = ? and seq = ?)""");
        for (WorkerEvent.LogLine line : lines) {
            batch.bind(0, line.attempt())
                    .bind(1, line.sequence())
                    .bind(2, SqlTime.at(line.at()))
                    .bind(3, line.line())
                    .bind(4, line.jobId())
                    .bind(5, line.jobId())
                    .bind(6, line.attempt())
                    .bind(7, line.sequence())
                    .add();
        }
        batch.execute();
    }

    private static Applied succeed(Handle handle, Dialect dialect, List<Reported<WorkerEvent.Succeeded>> succeeded) {
        if (succeeded.isEmpty()) {
            return new Applied(0, 0, 0, 0);
        }
        // The first report of an attempt counts; the sort is stable.
        succeeded.sort(Comparator.comparing(reported -> reported.event().jobId()));
        Map<AttemptKey, Reported<WorkerEvent.Succeeded>> first = new LinkedHashMap<>();
        succeeded.forEach(reported -> first.putIfAbsent(AttemptKey.of(reported.event()), reported));
        List<Reported<WorkerEvent.Succeeded>> reports = List.copyOf(first.values());
        Set<AttemptKey> changed =
                dialect == Dialect.POSTGRESQL ? succeedTogether(handle, reports) : succeedOneByOne(handle, reports);
        keepInlineFiles(handle, reports, changed);
        return new Applied(changed.size(), 0, 0, succeeded.size() - changed.size());
    }

    private record AttemptKey(UUID jobId, int attempt) {
        static AttemptKey of(WorkerEvent.OfAttempt event) {
            return new AttemptKey(event.jobId(), event.attempt());
        }
    }

    private static Set<AttemptKey> succeedTogether(Handle handle, List<Reported<WorkerEvent.Succeeded>> reports) {
        Query query = handle.createQuery(SUCCEEDED_TOGETHER).addCustomizer(PLANNED_EACH_TIME);
        bindColumn(query, 0, "uuid", UUID[]::new, reports, (worker, event) -> event.jobId());
        bindColumn(query, 1, "int4", Integer[]::new, reports, (worker, event) -> event.attempt());
        bindColumn(
                query,
                2,
                "timestamptz",
                OffsetDateTime[]::new,
                reports,
                (worker, event) -> SqlTime.at(event.startedAt()));
        bindColumn(query, 3, "timestamptz", OffsetDateTime[]::new, reports, (worker, event) -> SqlTime.at(event.at()));
        bindColumn(query, 4, "text", String[]::new, reports, (worker, event) -> worker.service());
        bindColumn(query, 5, "text", String[]::new, reports, (worker, event) -> worker.instance());
        bindColumn(query, 6, "text", String[]::new, reports, (worker, event) -> worker.host());
        bindColumn(query, 7, "text", String[]::new, reports, (worker, event) -> worker.release());
        bindColumn(query, 8, "bytea", byte[][]::new, reports, (worker, event) -> event.output());
        bindColumn(query, 9, "text", String[]::new, reports, (worker, event) -> mediaType(event.file()));
        bindColumn(query, 10, "int8", Long[]::new, reports, (worker, event) -> size(event.file()));
        bindColumn(query, 11, "text", String[]::new, reports, (worker, event) -> digest(event.file()));
        return query.map((row, context) -> new AttemptKey(row.getObject(1, UUID.class), row.getInt(2)))
                .collect(Collectors.toSet());
    }

    private static <T extends @Nullable Object> void bindColumn(
            Query query,
            int position,
            String type,
            IntFunction<T[]> array,
            List<Reported<WorkerEvent.Succeeded>> reports,
            BiFunction<Worker, WorkerEvent.Succeeded, T> value) {
        T[] column = reports.stream()
                .map(reported -> value.apply(reported.worker(), reported.event()))
                .toArray(array);
        query.bind(position, (Argument) (index, statement, context) ->
                statement.setArray(index, statement.getConnection().createArrayOf(type, column)));
    }

    private static Set<AttemptKey> succeedOneByOne(Handle handle, List<Reported<WorkerEvent.Succeeded>> reports) {
        PreparedBatch batch = handle.prepareBatch(SUCCEEDED);
        for (Reported<WorkerEvent.Succeeded> reported : reports) {
            WorkerEvent.Succeeded event = reported.event();
            batch.bind(0, SqlTime.at(event.startedAt())).bind(1, SqlTime.at(event.at()));
            int next = bind(batch, 2, reported.worker());
            batch.bind(next, event.output())
                    .bind(next + 1, mediaType(event.file()))
                    .bind(next + 2, size(event.file()))
                    .bind(next + 3, digest(event.file()));
            bindAttempt(batch, next + 4, event).add();
        }
        int[] counts = batch.execute();
        Set<AttemptKey> changed = new HashSet<>();
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                changed.add(AttemptKey.of(reports.get(i).event()));
            }
        }
        return changed;
    }

    private static @Nullable String mediaType(@Nullable ResultFile file) {
        return file == null ? null : WireText.storable(file.mediaType(), 200);
    }

    private static @Nullable Long size(@Nullable ResultFile file) {
        return file == null ? null : (Long) file.size();
    }

    private static @Nullable String digest(@Nullable ResultFile file) {
        return file == null ? null : WireText.storable(file.digest(), 100);
    }

    private static void keepInlineFiles(
            Handle handle, List<Reported<WorkerEvent.Succeeded>> reports, Set<AttemptKey> changed) {
        PreparedBatch batch = handle.prepareBatch("insert into job_files (job_id, content) values (?, ?)");
        for (Reported<WorkerEvent.Succeeded> reported : reports) {
            ResultFile file = reported.event().file();
            if (file != null && file.inline() != null && changed.contains(AttemptKey.of(reported.event()))) {
                batch.bind(0, reported.event().jobId()).bind(1, file.inline()).add();
            }
        }
        if (batch.size() > 0) {
            batch.execute();
        }
    }

    private static Applied fail(Handle handle, List<Reported<WorkerEvent.Failed>> failed) {
        if (failed.isEmpty()) {
            return new Applied(0, 0, 0, 0);
        }
        failed.sort(Comparator.comparing(reported -> reported.event().jobId()));
        PreparedBatch batch = handle.prepareBatch(FAILED);
        for (Reported<WorkerEvent.Failed> reported : failed) {
            WorkerEvent.Failed event = reported.event();
            batch.bind(0, SqlTime.at(event.startedAt())).bind(1, SqlTime.at(event.at()));
            int next = bind(batch, 2, reported.worker());
            next = bind(batch, next, event.failure());
            batch.bind(next, Fingerprint.of(event.failure()));
            bindAttempt(batch, next + 1, event).add();
        }
        int[] changed = batch.execute();
        int applied = count(changed);
        return new Applied(0, applied, 0, changed.length - applied);
    }

    private static int bind(PreparedBatch batch, int first, Worker worker) {
        batch.bind(first, worker.service())
                .bind(first + 1, worker.instance())
                .bind(first + 2, worker.host())
                .bind(first + 3, worker.release());
        return first + 4;
    }

    private static int bind(PreparedBatch batch, int first, @Nullable Failure failure) {
        batch.bind(first, failure == null ? null : failure.category().name())
                .bind(first + 1, failure == null ? null : failure.code())
                .bind(first + 2, failure == null ? null : failure.message())
                .bind(first + 3, failure == null ? null : failure.errorClass())
                .bind(first + 4, failure == null ? null : failure.stackDigest());
        return first + 5;
    }

    static Worker storable(Worker worker) {
        return new Worker(
                WireText.storable(worker.service(), 200),
                WireText.storable(worker.instance(), 200),
                WireText.storable(worker.host(), 200),
                WireText.storable(worker.release(), 200));
    }

    private static int count(int @Nullable [] changed) {
        int sum = 0;
        for (int rows : changed == null ? new int[0] : changed) {
            sum += rows > 0 ? 1 : 0;
        }
        return sum;
    }
}
