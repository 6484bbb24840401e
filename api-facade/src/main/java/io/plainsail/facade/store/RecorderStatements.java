package io.plainsail.facade.store;

import static java.util.stream.Collectors.joining;

import io.plainsail.contracts.lifecycle.Trigger;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.ResultFile;
import io.plainsail.contracts.wire.WireText;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.job.JobStore.Applied;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/**
 * Applies worker events as batched statements. The states that each may find come from the transition table, so a
 * statement that matches no row is an event that the table passes over.
 */
final class RecorderStatements {
    static final String UNROUTABLE =
            "update jobs set state = 'waiting', reason = ? where id = ? and state in " + from(Trigger.UNROUTABLE);

    static final String RELEASED =
            "update jobs set state = 'queued', reason = null where id = ? and state in " + from(Trigger.RELEASED);

    private static final String STARTED = """
            update jobs set state = 'running', reason = null, started_at = ?,
                worker_service = ?, worker_instance = ?, worker_host = ?, worker_release = ?
            where id = ? and attempt = ? and state in %s""".formatted(from(Trigger.STARTED));

    private static final String PROGRESS = """
            update jobs set progress_percent = ?, progress_message = ?, progress_at = ?
            where id = ? and attempt = ? and state in %s""".formatted(from(Trigger.SUCCEEDED_ATTEMPT));

    private static final String SUCCEEDED = """
            update jobs set state = 'succeeded', reason = null, started_at = ?, finished_at = ?,
                worker_service = ?, worker_instance = ?, worker_host = ?, worker_release = ?,
                output = ?, file_media_type = ?, file_size = ?, file_digest = ?
            where id = ? and attempt = ? and state in %s""".formatted(from(Trigger.SUCCEEDED_ATTEMPT));

    private static final String FAILED = """
            update jobs set state = 'failed', reason = null, started_at = ?, finished_at = ?,
                worker_service = ?, worker_instance = ?, worker_host = ?, worker_release = ?,
                error_category = ?, error_code = ?, error_message = ?, error_class = ?, error_stack = ?
            where id = ? and attempt = ? and state in %s""".formatted(from(Trigger.FAILED_ATTEMPT));

    private RecorderStatements() {}

    private static String from(Trigger trigger) {
        return trigger.from().stream()
                .map(state -> "'" + state.word() + "'")
                .sorted()
                .collect(joining(", ", "(", ")"));
    }

    private record Reported<E>(Worker worker, E event) {}

    /** Sorted by kind: within one transaction a job starts, reports and ends in this order whatever came when. */
    static Applied apply(Handle handle, List<EventBatch> batches) {
        List<Reported<WorkerEvent.Started>> started = new ArrayList<>();
        Map<UUID, Reported<WorkerEvent.Progress>> progress = new LinkedHashMap<>();
        Map<LogKey, WorkerEvent.LogLine> logs = new LinkedHashMap<>();
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
                } else if (event instanceof WorkerEvent.Succeeded e) {
                    succeeded.add(new Reported<>(worker, e));
                } else if (event instanceof WorkerEvent.Failed e) {
                    failed.add(new Reported<>(worker, e));
                }
            }
        }
        start(handle, started);
        advance(handle, new ArrayList<>(progress.values()));
        log(handle, new ArrayList<>(logs.values()));
        return succeed(handle, succeeded).plus(fail(handle, failed));
    }

    private static void start(Handle handle, List<Reported<WorkerEvent.Started>> started) {
        if (started.isEmpty()) {
            return;
        }
        started.sort(Comparator.comparing(reported -> reported.event().jobId()));
        PreparedBatch batch = handle.prepareBatch(STARTED);
        for (Reported<WorkerEvent.Started> reported : started) {
            batch.bind(0, SqlTime.at(reported.event().at()));
            int next = bind(batch, 1, reported.worker());
            batch.bind(next, reported.event().jobId())
                    .bind(next + 1, reported.event().attempt())
                    .add();
        }
        batch.execute();
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

    private static Applied succeed(Handle handle, List<Reported<WorkerEvent.Succeeded>> succeeded) {
        if (succeeded.isEmpty()) {
            return new Applied(0, 0, 0);
        }
        succeeded.sort(Comparator.comparing(reported -> reported.event().jobId()));
        PreparedBatch batch = handle.prepareBatch(SUCCEEDED);
        for (Reported<WorkerEvent.Succeeded> reported : succeeded) {
            WorkerEvent.Succeeded event = reported.event();
            ResultFile file = event.file();
            batch.bind(0, SqlTime.at(event.startedAt())).bind(1, SqlTime.at(event.at()));
            int next = bind(batch, 2, reported.worker());
            batch.bind(next, event.output())
                    .bind(next + 1, file == null ? null : WireText.storable(file.mediaType(), 200))
                    .bind(next + 2, file == null ? null : (Long) file.size())
                    .bind(next + 3, file == null ? null : WireText.storable(file.digest(), 100))
                    .bind(next + 4, event.jobId())
                    .bind(next + 5, event.attempt())
                    .add();
        }
        int[] changed = batch.execute();
        keepInlineFiles(handle, succeeded, changed);
        int applied = count(changed);
        return new Applied(applied, 0, changed.length - applied);
    }

    private static void keepInlineFiles(Handle handle, List<Reported<WorkerEvent.Succeeded>> succeeded, int[] changed) {
        PreparedBatch batch = handle.prepareBatch("insert into job_files (job_id, content) values (?, ?)");
        for (int i = 0; i < changed.length; i++) {
            WorkerEvent.Succeeded event = succeeded.get(i).event();
            if (changed[i] > 0 && event.file() != null && event.file().inline() != null) {
                batch.bind(0, event.jobId()).bind(1, event.file().inline()).add();
            }
        }
        if (batch.size() > 0) {
            batch.execute();
        }
    }

    private static Applied fail(Handle handle, List<Reported<WorkerEvent.Failed>> failed) {
        if (failed.isEmpty()) {
            return new Applied(0, 0, 0);
        }
        failed.sort(Comparator.comparing(reported -> reported.event().jobId()));
        PreparedBatch batch = handle.prepareBatch(FAILED);
        for (Reported<WorkerEvent.Failed> reported : failed) {
            WorkerEvent.Failed event = reported.event();
            Failure failure = event.failure();
            batch.bind(0, SqlTime.at(event.startedAt())).bind(1, SqlTime.at(event.at()));
            int next = bind(batch, 2, reported.worker());
            batch.bind(next, failure.category().name())
                    .bind(next + 1, failure.code())
                    .bind(next + 2, failure.message())
                    .bind(next + 3, failure.errorClass())
                    .bind(next + 4, failure.stackDigest())
                    .bind(next + 5, event.jobId())
                    .bind(next + 6, event.attempt())
                    .add();
        }
        int[] changed = batch.execute();
        int applied = count(changed);
        return new Applied(0, applied, changed.length - applied);
    }

    private static int bind(PreparedBatch batch, int first, Worker worker) {
        batch.bind(first, worker.service())
                .bind(first + 1, worker.instance())
                .bind(first + 2, worker.host())
                .bind(first + 3, worker.release());
        return first + 4;
    }

    private static Worker storable(Worker worker) {
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
