package io.plainsail.facade.store;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.JobFigures;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobQuery;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The jobs' figures through Jdbi. Thread-safe. */
public final class JdbiJobFigures implements JobFigures {
    private static final Duration RATE = Duration.ofMinutes(1);
    private static final Duration RECENT = Duration.ofHours(1);
    private static final Duration WAITED = Duration.ofDays(1);
    private static final int MAX_RELEASES = 1_000;

    private final Database database;

    public JdbiJobFigures(Database database) {
        this.database = database;
    }

    @Override
    public Map<JobState, Long> count(JobQuery query) {
        JobFilter filter = JobFilter.of(query);
        return database.survey(handle -> {
            Map<JobState, Long> counts = new EnumMap<>(JobState.class);
            handle.select("select state, count(*) from jobs where " + filter.where() + " group by state")
                    .bindMap(filter.values())
                    .map((row, context) ->
                            Map.entry(JobState.ofWord(row.getString(1)).orElseThrow(), row.getLong(2)))
                    .forEach(count -> counts.put(count.getKey(), count.getValue()));
            return counts;
        });
    }

    /** A queue while it is counted. */
    private static final class Counting {
        private final Map<JobState, Long> states = new EnumMap<>(JobState.class);
        private @Nullable Instant oldest;
        private Moves lastMinute = Moves.NONE;
        private Moves lastMinutes = Moves.NONE;
    }

    @Override
    public List<Queue> queues(Instant now) {
        return database.survey(handle -> {
            Map<JobType, Counting> queues = new TreeMap<>();
            countUnfinished(handle, queues);
            countRecent(handle, now, queues);
            return found(queues);
        });
    }

    @Override
    public List<Queue> unfinished() {
        return database.survey(handle -> {
            Map<JobType, Counting> queues = new TreeMap<>();
            countUnfinished(handle, queues);
            return found(queues);
        });
    }

    private static List<Queue> found(Map<JobType, Counting> queues) {
        List<Queue> found = new ArrayList<>();
        queues.forEach((type, queue) ->
                found.add(new Queue(type, queue.states, queue.oldest, queue.lastMinute, queue.lastMinutes)));
        return found;
    }

    private static void countUnfinished(Handle handle, Map<JobType, Counting> queues) {
        handle.select("""
                        select type, version, state, count(*) as jobs, min(accepted_at) as oldest from jobs
                        where state in ('waiting', 'queued', 'running', 'retrying')
                        group by type, version, state""")
                .map((row, context) -> {
                    Counting queue = queues.computeIfAbsent(type(row), type -> new Counting());
                    JobState state = JobState.ofWord(row.getString("state")).orElseThrow();
                    queue.states.put(state, row.getLong("jobs"));
                    Instant oldest = SqlTime.get(row, "oldest");
                    boolean waits = state == JobState.WAITING || state == JobState.QUEUED;
                    if (waits && (queue.oldest == null || oldest.isBefore(queue.oldest))) {
                        queue.oldest = oldest;
                    }
                    return queue;
                })
                .list();
    }

    private static void countRecent(Handle handle, Instant now, Map<JobType, Counting> queues) {
        Instant minute = now.minus(RATE);
        Instant minutes = now.minus(RATE.multipliedBy(MINUTES));
        handle.createQuery("""
                        select type, version,
                            sum(case when id >= :minuteId then 1 else 0 end) as accepted1,
                            sum(case when started_at >= :minute then 1 else 0 end) as started1,
                            sum(case when finished_at >= :minute then 1 else 0 end) as finished1,
                            sum(case when id >= :minutesId then 1 else 0 end) as accepted5,
                            sum(case when started_at >= :minutes then 1 else 0 end) as started5,
                            sum(case when finished_at >= :minutes then 1 else 0 end) as finished5
                        from jobs where id >= :recent group by type, version""")
                .bind("minute", SqlTime.at(minute))
                .bind("minuteId", JobIds.smallestAt(minute))
                .bind("minutes", SqlTime.at(minutes))
                .bind("minutesId", JobIds.smallestAt(minutes))
                .bind("recent", JobIds.smallestAt(now.minus(RECENT)))
                .map((row, context) -> {
                    Counting queue = queues.computeIfAbsent(type(row), type -> new Counting());
                    queue.lastMinute = moves(row, "1");
                    queue.lastMinutes = moves(row, "5");
                    return queue;
                })
                .list();
    }

    private static Moves moves(ResultSet row, String suffix) throws SQLException {
        return new Moves(
                row.getLong("accepted" + suffix), row.getLong("started" + suffix), row.getLong("finished" + suffix));
    }

    private static JobType type(ResultSet row) throws SQLException {
        return new JobType(row.getString("type"), row.getInt("version"));
    }

    @Override
    public List<ReleaseOutcomes> releases(@Nullable String type, Instant from, Instant before) {
        // An attempt ends in the row of its job if it was the last one, else in its own. The ids keep to what is
        // recent.
        String ofType = type == null ? "" : " and type = :type";
        String sql = """
                select service, release, type, version,
                    sum(case when kind = 'succeeded' then 1 else 0 end) as succeeded,
                    sum(case when kind = 'failed' then 1 else 0 end) as failed,
                    sum(case when kind = 'retried' then 1 else 0 end) as retried,
                    sum(case when kind = 'lost' then 1 else 0 end) as lost,
                    sum(case when kind = 'back' then 1 else 0 end) as back,
                    sum(case when kind in ('failed', 'retried') and replay_of is not null
                        and category <> 'CRASH_LOOP' then 1 else 0 end) as failed_again,
                    percentile_cont(0.5) within group (order by seconds) as median,
                    percentile_cont(0.95) within group (order by seconds) as p95,
                    max(ended_at) as last_end
                from (
                    select worker_service as service, worker_release as release, type, version, state as kind,
                        case when state = 'succeeded'
                            then cast(extract(epoch from (finished_at - started_at)) as double precision) end as seconds,
                        finished_at as ended_at, replay_of, error_category as category
                    from jobs where id >= :since%1$s and state in ('succeeded', 'failed')
                        and finished_at >= :from and finished_at < :before and worker_service is not null
                    union all
                    select a.worker_service, a.worker_release, j.type, j.version,
                        case when a.error_category is not null then 'retried' when a.reason like 'lost:%%' then 'lost'
                            else 'back' end,
                        cast(null as double precision), a.ended_at, j.replay_of, a.error_category
                    from attempts a join jobs j on j.id = a.job_id
                    where a.job_id >= :since%1$s and a.ended_at >= :from and a.ended_at < :before
                ) ended
                group by service, release, type, version order by type, version, service, release
                fetch first %2$d rows only""".formatted(ofType, MAX_RELEASES);
        return database.survey(handle -> {
            var query = handle.createQuery(sql)
                    .bind("since", JobIds.smallestAt(from.minus(WAITED)))
                    .bind("from", SqlTime.at(from))
                    .bind("before", SqlTime.at(before));
            if (type != null) {
                query.bind("type", type);
            }
            return query.map((row, context) -> new ReleaseOutcomes(
                            row.getString("service"),
                            row.getString("release"),
                            type(row),
                            row.getLong("succeeded"),
                            row.getLong("failed"),
                            row.getLong("retried"),
                            row.getLong("lost"),
                            row.getLong("back"),
                            row.getLong("failed_again"),
                            seconds(row, "median"),
                            seconds(row, "p95"),
                            SqlTime.get(row, "last_end")))
                    .list();
        });
    }

    private static @Nullable Duration seconds(ResultSet row, String column) throws SQLException {
        double seconds = row.getDouble(column);
        return row.wasNull() ? null : Duration.ofMillis(Math.max(0, Math.round(seconds * 1_000)));
    }
}
