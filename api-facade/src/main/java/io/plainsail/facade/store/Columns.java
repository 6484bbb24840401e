package io.plainsail.facade.store;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.TimeLimits;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.facade.job.Dispatch;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.ParkedMessage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Rows to values and back. */
final class Columns {
    /** Those of a job in a list of many: without its output, unless that is small. */
    static final String LISTED = """
            id, type, version, state, reason, attempt, message_attempt, labels, timeout_ms, retry_attempts,
            retry_max_backoff_ms, start_by, end_by, accepted_at, started_at, finished_at, retry_at, worker_service,
            worker_instance, worker_host, worker_release, progress_percent, progress_message, progress_at,
            case when octet_length(output) <= %d then output end as output, file_media_type, file_size, file_digest,
            error_category, error_code, error_message, error_class, error_stack, fingerprint, replay_of, on_release""".formatted(Job.MAX_LISTED_OUTPUT_BYTES);

    /** The states of a job that has not ended, as a list in SQL. */
    static final String UNFINISHED = Arrays.stream(JobState.values())
            .filter(state -> !state.terminal())
            .map(state -> "'" + state.word() + "'")
            .collect(joining(", ", "(", ")"));

    private Columns() {}

    static Job job(ResultSet row) throws SQLException {
        String state = row.getString("state");
        Instant progressAt = SqlTime.getOrNull(row, "progress_at");
        String mediaType = row.getString("file_media_type");
        return new Job(
                row.getObject("id", UUID.class),
                new JobType(row.getString("type"), row.getInt("version")),
                JobState.ofWord(state).orElseThrow(() -> new IllegalStateException("jobs.state is \"" + state + "\"")),
                row.getString("reason"),
                row.getInt("attempt"),
                row.getInt("message_attempt"),
                map(row.getString("labels")),
                Duration.ofMillis(row.getLong("timeout_ms")),
                retryBounds(row),
                limits(row),
                SqlTime.get(row, "accepted_at"),
                SqlTime.getOrNull(row, "started_at"),
                SqlTime.getOrNull(row, "finished_at"),
                SqlTime.getOrNull(row, "retry_at"),
                List.of(),
                row.getString("worker_instance") == null ? null : worker(row),
                progressAt == null
                        ? null
                        : new Job.Progress(percent(row), row.getString("progress_message"), progressAt),
                row.getBytes("output"),
                mediaType == null
                        ? null
                        : new Job.StoredFile(mediaType, row.getLong("file_size"), row.getString("file_digest")),
                failure(row),
                row.getString("fingerprint"),
                row.getObject("replay_of", UUID.class),
                row.getString("on_release"));
    }

    static Job.EndedAttempt endedAttempt(ResultSet row) throws SQLException {
        return new Job.EndedAttempt(
                row.getInt("attempt"),
                SqlTime.get(row, "started_at"),
                SqlTime.get(row, "ended_at"),
                worker(row),
                row.getString("reason"),
                failure(row));
    }

    static Worker worker(ResultSet row) throws SQLException {
        return new Worker(
                row.getString("worker_service"),
                row.getString("worker_instance"),
                row.getString("worker_host"),
                row.getString("worker_release"));
    }

    private static @Nullable Failure failure(ResultSet row) throws SQLException {
        String category = row.getString("error_category");
        return category == null
                ? null
                : new Failure(
                        ErrorCategory.valueOf(category),
                        row.getString("error_code"),
                        row.getString("error_message"),
                        row.getString("error_class"),
                        row.getString("error_stack"));
    }

    private static TimeLimits limits(ResultSet row) throws SQLException {
        return new TimeLimits(SqlTime.getOrNull(row, "start_by"), SqlTime.getOrNull(row, "end_by"));
    }

    private static RetryBounds retryBounds(ResultSet row) throws SQLException {
        int attempts = row.getInt("retry_attempts");
        Integer mostAttempts = row.wasNull() ? null : attempts;
        long maxBackoff = row.getLong("retry_max_backoff_ms");
        return new RetryBounds(mostAttempts, row.wasNull() ? null : Duration.ofMillis(maxBackoff));
    }

    static ParkedMessage parked(ResultSet row) throws SQLException {
        return new ParkedMessage(
                row.getObject("id", UUID.class),
                row.getString("source"),
                row.getString("reason"),
                map(row.getString("headers")),
                row.getBytes("body"),
                SqlTime.get(row, "parked_at"));
    }

    private static @Nullable Double percent(ResultSet row) throws SQLException {
        double percent = row.getDouble("progress_percent");
        return row.wasNull() ? null : percent;
    }

    static @Nullable TraceContext trace(ResultSet row) throws SQLException {
        return TraceContext.of(row.getString("traceparent"), row.getString("tracestate"));
    }

    static Dispatch dispatch(ResultSet row, Instant claimedUntil) throws SQLException {
        return new Dispatch(
                row.getObject("job_id", UUID.class),
                new JobType(row.getString("type"), row.getInt("version")),
                row.getInt("attempt"),
                SqlTime.get(row, "accepted_at"),
                Duration.ofMillis(row.getLong("timeout_ms")),
                retryBounds(row),
                row.getInt("failed_attempts"),
                SqlTime.getOrNull(row, "retry_at"),
                limits(row),
                trace(row),
                Objects.requireNonNull(row.getBytes("input")),
                row.getBoolean("maybe_duplicate"),
                row.getString("state").equals(JobState.WAITING.word()),
                row.getString("on_release"),
                claimedUntil);
    }

    static @Nullable String labels(Map<String, String> labels) {
        return labels.isEmpty() ? null : json(labels);
    }

    static String json(Map<String, String> map) {
        try {
            return StrictJson.mapper().writeValueAsString(map);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of strings cannot be written", e);
        }
    }

    static Map<String, String> map(@Nullable String json) {
        if (json == null) {
            return Map.of();
        }
        try {
            return StrictJson.mapper().readValue(json, new TypeReference<Map<String, String>>() {});
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a column that holds a map of strings cannot be read", e);
        }
    }
}
