package io.plainsail.facade.store;

import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.lifecycle.Trigger;
import io.plainsail.facade.job.JobEnds;
import io.plainsail.facade.job.JobQuery;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** Cancelling and expiring through Jdbi. Thread-safe. */
public final class JdbiJobEnds implements JobEnds {
    private static final Set<JobState> UNFINISHED = unfinished();

    /** States in which a first message may be on its way: later ones are claimed, and so find out. */
    private static final String MAYBE_ON_ITS_WAY = """
            insert into unwanted_messages (job_id, type, version)
            select id, type, version from jobs
            where id = ? and message_attempt = 1 and state in ('queued', 'waiting')
                and not exists (select 1 from unwanted_messages u where u.job_id = jobs.id)""";

    /** Where nobody has the message, nothing can have been reported. */
    private static final String DUE = """
            select job_id, kind from job_limits l
            where at <= ? and (at <= ? or exists (select 1 from outbox o join jobs j on j.id = o.job_id
                where o.job_id = l.job_id and o.claimed_by is null and not o.maybe_duplicate and j.attempt = 1))
            order by at fetch first ? rows only for update""";

    /** A first attempt that was handed back has begun, though the job is queued under its number. */
    private static final String STARTED = """
            select state = 'running' or attempt > 1 or exists (select 1 from attempts a where a.job_id = jobs.id)
            from jobs where id = ? for update""";

    private static final String NEVER_SENT =
            "delete from outbox where job_id = ? and claimed_by is null and not maybe_duplicate";

    private static final String END = """
            update jobs set state = '%s', reason = ?, finished_at = ?, retry_at = null where id = ? and state in %s""";
    private static final String CANCEL =
            END.formatted(JobState.CANCELLED.word(), RecorderStatements.from(Trigger.CANCEL));
    private static final String EXPIRE =
            END.formatted(JobState.EXPIRED.word(), RecorderStatements.from(Trigger.TIME_UP));

    private final Database database;

    public JdbiJobEnds(Database database) {
        this.database = database;
    }

    private static Set<JobState> unfinished() {
        Set<JobState> states = EnumSet.allOf(JobState.class);
        states.removeIf(JobState::terminal);
        return states;
    }

    @Override
    public Optional<JobState> cancel(UUID jobId, String reason, Instant now) {
        return database.write(handle -> {
            end(handle, CANCEL, jobId, reason, now);
            return handle.select("select state from jobs where id = ?", jobId)
                    .map((row, context) -> JobState.ofWord(row.getString(1)).orElseThrow())
                    .findOne();
        });
    }

    @Override
    public int cancel(JobQuery query, String reason, Instant now) {
        Set<JobState> states = unfinished(query);
        if (states.isEmpty()) {
            return 0;
        }
        JobFilter filter = JobFilter.of(query.withStates(states));
        return database.write(handle -> {
            List<UUID> found = handle.select("select id from jobs where " + filter.where()
                            + " order by id desc fetch first " + query.limit() + " rows only")
                    .bindMap(filter.values())
                    .mapTo(UUID.class)
                    .list();
            return (int) found.stream()
                    .sorted()
                    .filter(id -> end(handle, CANCEL, id, reason, now))
                    .count();
        });
    }

    @Override
    public int countUnfinished(JobQuery query) {
        Set<JobState> states = unfinished(query);
        if (states.isEmpty()) {
            return 0;
        }
        JobFilter filter = JobFilter.of(query.withStates(states));
        return database.survey(handle -> handle.select("select count(*) from (select 1 from jobs where "
                        + filter.where() + " fetch first " + query.limit() + " rows only) found")
                .bindMap(filter.values())
                .mapTo(Integer.class)
                .one());
    }

    /** Those that the query asks for; none if it asks for ended ones only. A query without states asks for all. */
    private static Set<JobState> unfinished(JobQuery query) {
        Set<JobState> states = EnumSet.copyOf(UNFINISHED);
        if (!query.states().isEmpty()) {
            states.retainAll(query.states());
        }
        return states;
    }

    private record Limit(UUID jobId, String kind) {}

    @Override
    public int expire(Instant now, Instant recordedUpTo, int limit) {
        return database.write(handle -> {
            List<Limit> due = handle.select(
                            DUE + database.dialect().skipLocked(), SqlTime.at(now), SqlTime.at(recordedUpTo), limit)
                    .map((row, context) -> new Limit(row.getObject(1, UUID.class), row.getString(2)))
                    .list();
            for (Limit one : due) {
                handle.execute("delete from job_limits where job_id = ? and kind = ?", one.jobId(), one.kind());
                boolean started = one.kind().equals("start")
                        && handle.select(STARTED, one.jobId())
                                .mapTo(Boolean.class)
                                .findFirst()
                                .orElse(true);
                if (!started) {
                    String reason = one.kind().equals("start")
                            ? "its first attempt had not begun in time"
                            : "it had not ended in time";
                    end(handle, EXPIRE, one.jobId(), reason, now);
                }
            }
            return due.size();
        });
    }

    /** Ends the job unless it has ended; whoever runs it, or gets its message, is told when it asks. */
    private static boolean end(Handle handle, String statement, UUID jobId, String reason, Instant now) {
        // Locked first: between these statements nobody else moves it on.
        boolean unfinished = handle.select("select state from jobs where id = ? for update", jobId)
                .map((row, context) -> JobState.ofWord(row.getString(1)).orElseThrow())
                .findOne()
                .filter(state -> !state.terminal())
                .isPresent();
        if (!unfinished) {
            return false;
        }
        if (handle.execute(NEVER_SENT, jobId) == 0) {
            handle.execute(MAYBE_ON_ITS_WAY, jobId);
        }
        return handle.execute(statement, reason, SqlTime.at(now), jobId) > 0;
    }
}
