package io.plainsail.facade.store;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.TimeLimits;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.lifecycle.Trigger;
import io.plainsail.contracts.wire.ClaimAnswer;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.WireText;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.job.ClaimRules;
import io.plainsail.facade.job.ClaimRules.Standing;
import io.plainsail.facade.job.ClaimRules.Terms;
import io.plainsail.facade.job.JobClaims;
import io.plainsail.facade.job.Lease;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/** Claims and leases through Jdbi. Thread-safe. */
public final class JdbiJobClaims implements JobClaims {
    /** How long after its lease a job is taken back by itself: before, its message is likely to ask. */
    static final Duration GRACE = Duration.ofSeconds(15);

    private static final String STANDING = """
            select id, type, version, state, attempt, message_attempt, lost_attempts, claim_id, lease_until, asked_at, started_at, accepted_at,
                missing_since, start_by, end_by,
                worker_service, worker_instance, worker_host, worker_release, on_release
            from jobs\s""";

    private static final String RUN = """
            update jobs set state = 'running', reason = null, retry_at = null, asked_at = null, started_at = ?,
                worker_service = ?, worker_instance = ?, worker_host = ?, worker_release = ?, lease_until = ?,
                attempt = ?, message_attempt = ?, lost_attempts = ?, claim_id = ?,
                progress_percent = null, progress_message = null, progress_at = null
            where id = ? and state in %s""".formatted(RecorderStatements.from(Trigger.STARTED));

    private static final String TAKE_BACK = """
            update jobs set state = 'queued', reason = null, started_at = null, lease_until = null, missing_since = null,
                worker_service = null, worker_instance = null, worker_host = null, worker_release = null,
                attempt = ?, message_attempt = ?, lost_attempts = ?,
                progress_percent = null, progress_message = null, progress_at = null
            where id = ? and state in %s""".formatted(RecorderStatements.from(Trigger.LOST));

    private static final String RENEW = """
            update jobs set lease_until = ? where id = ? and attempt = ? and worker_instance = ? and state = 'running'""";

    /** Its message has come. */
    private static final String WANTED = "delete from unwanted_messages where job_id = ?";

    private static final String FOUND = "update jobs set missing_since = null where id = ?";

    /** Whoever publishes the row at this moment publishes what was followed, and must not take it away. */
    private static final String UNCLAIM = """
            update outbox set claimed_by = null, claimed_until = null, available_at = ? where job_id = ?""";

    private static final String RELEASE = """
            insert into outbox (job_id, input_bytes, maybe_duplicate, available_at, failures)
            select job_id, octet_length(input), false, ?, 0 from job_inputs i where i.job_id = ?
                and not exists (select 1 from outbox o where o.job_id = i.job_id)""";

    private final Database database;
    private final Lease lease;

    public JdbiJobClaims(Database database, Lease lease) {
        this.database = database;
        this.lease = lease;
    }

    /**
     * @param startedAt of the current attempt, if it runs
     * @param missing whether its message is taken for lost
     */
    private record Row(
            UUID id,
            JobType jobType,
            Standing standing,
            @Nullable Worker worker,
            @Nullable Instant startedAt,
            Instant acceptedAt,
            boolean missing) {

        static Row of(ResultSet row) throws SQLException {
            String instance = row.getString("worker_instance");
            String state = row.getString("state");
            return new Row(
                    row.getObject("id", UUID.class),
                    new JobType(row.getString("type"), row.getInt("version")),
                    new Standing(
                            JobState.ofWord(state)
                                    .orElseThrow(() -> new IllegalStateException("jobs.state is \"" + state + "\"")),
                            row.getInt("attempt"),
                            row.getInt("message_attempt"),
                            row.getInt("lost_attempts"),
                            row.getObject("claim_id", UUID.class),
                            instance,
                            SqlTime.getOrNull(row, "lease_until"),
                            SqlTime.getOrNull(row, "asked_at"),
                            new TimeLimits(SqlTime.getOrNull(row, "start_by"), SqlTime.getOrNull(row, "end_by")),
                            row.getString("on_release")),
                    instance == null ? null : Columns.worker(row),
                    SqlTime.getOrNull(row, "started_at"),
                    SqlTime.get(row, "accepted_at"),
                    SqlTime.getOrNull(row, "missing_since") != null);
        }
    }

    @Override
    public ClaimAnswer claim(UUID jobId, Worker claimer, ClaimRules.Question question, Terms terms) {
        Worker worker = RecorderStatements.storable(claimer);
        return database.write(handle -> {
            Row job = handle.select(STANDING + "where id = ? for update", jobId)
                    .map((row, context) -> Row.of(row))
                    .findOne()
                    .orElse(null);
            if (job == null) {
                handle.execute(WANTED, jobId);
                return ClaimAnswer.drop("there is no such job");
            }
            ClaimRules.Decision decision = ClaimRules.decide(standing(handle, job, question, terms), question, terms);
            if (decision instanceof ClaimRules.Run run) {
                begin(handle, job, worker, run, question, terms.now());
                return ClaimAnswer.run(run.attempt(), run.lost());
            }
            if (decision instanceof ClaimRules.GiveUp giveUp) {
                giveUp(handle, job, giveUp.lost(), terms.now());
                return ClaimAnswer.drop("the job has failed: " + giveUp.lost() + " attempts were lost");
            }
            ClaimRules.Answer answer = (ClaimRules.Answer) decision;
            if (job.missing()) {
                handle.execute(FOUND, jobId);
            }
            if (answer.asks()) {
                handle.execute("update jobs set asked_at = ? where id = ?", SqlTime.at(terms.now()), jobId);
            }
            if (answer.answer().verdict() == ClaimAnswer.Verdict.DROP) {
                handle.execute(WANTED, jobId);
            }
            return answer.answer();
        });
    }

    /** A release that has gone is not waited for. */
    private static Standing standing(Handle handle, Row job, ClaimRules.Question question, Terms terms) {
        String release = job.standing().onRelease();
        if (release == null || release.equals(question.release())) {
            return job.standing();
        }
        return isThere(handle, release, job.jobType(), terms.now())
                ? job.standing()
                : job.standing().onAnyRelease();
    }

    private static boolean isThere(Handle handle, String release, JobType type, Instant now) {
        return JdbiFleetStore.all(handle).stream()
                .anyMatch(instance ->
                        instance.worker().release().equals(release) && instance.takes(type) && !instance.isSilent(now));
    }

    private void begin(
            Handle handle, Row job, Worker worker, ClaimRules.Run run, ClaimRules.Question question, Instant now) {
        if (run.lostNow()) {
            keepLost(handle, job, now);
        }
        handle.execute(
                RUN,
                SqlTime.at(now),
                worker.service(),
                worker.instance(),
                worker.host(),
                worker.release(),
                SqlTime.at(lease.until()),
                run.attempt(),
                Math.max(job.standing().messageAttempt(), question.attempt()),
                run.lost(),
                question.claim(),
                job.id());
    }

    /** The lost attempt gets its place among those that ended. */
    private static void keepLost(Handle handle, Row job, Instant now) {
        RecorderStatements.ended(
                handle,
                job.id(),
                job.standing().attempt(),
                holder(job),
                job.startedAt() == null ? job.acceptedAt() : job.startedAt(),
                now,
                "lost: its worker was not heard of any more");
    }

    private static Worker holder(Row job) {
        return job.worker() == null ? new Worker("", "", "", "") : job.worker();
    }

    private void giveUp(Handle handle, Row job, int lost, Instant now) {
        Worker holder = holder(job);
        Failure failure = Failure.of(
                ErrorCategory.CRASH_LOOP,
                "lost-attempts",
                lost + " attempts were lost with their workers, the last one on " + holder.instance()
                        + ": it likely ends the process that runs it");
        Instant startedAt = job.startedAt() == null ? now : job.startedAt();
        handle.execute("update jobs set lost_attempts = ? where id = ?", lost, job.id());
        RecorderStatements.apply(
                handle,
                database.dialect(),
                lease,
                List.of(new EventBatch(
                        holder,
                        List.of(new WorkerEvent.Failed(job.id(), job.standing().attempt(), startedAt, now, failure)))));
    }

    @Override
    public List<RunningCheck.Over> over(@Nullable String instance, Collection<RunningCheck.Running> running) {
        if (running.isEmpty()) {
            return List.of();
        }
        Map<UUID, Standing> known = new HashMap<>();
        database.read(handle -> {
            handle.select(STANDING + "where id in (<ids>)")
                    .bindList(
                            "ids",
                            running.stream()
                                    .map(RunningCheck.Running::job)
                                    .distinct()
                                    .toList())
                    .map((row, context) -> Row.of(row))
                    .forEach(row -> known.put(row.id(), row.standing()));
            return known;
        });
        List<UUID> ended = known.entrySet().stream()
                .filter(entry -> entry.getValue().state().terminal())
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
        if (!ended.isEmpty()) {
            // Their messages have come, and are acknowledged without another word.
            database.write(handle -> {
                PreparedBatch batch = handle.prepareBatch(WANTED);
                ended.forEach(id -> batch.bind(0, id).add());
                return batch.execute();
            });
        }
        if (instance != null) {
            renew(WireText.storable(instance, 200), running, known);
        }
        List<RunningCheck.Over> over = new ArrayList<>();
        for (RunningCheck.Running one : running) {
            String reason = reasonToStop(known.get(one.job()), one.attempt());
            if (reason != null) {
                over.add(new RunningCheck.Over(one.job(), one.attempt(), reason));
            }
        }
        return over;
    }

    /** Seldom: heartbeats keep a lease above half of its length. */
    private void renew(String instance, Collection<RunningCheck.Running> running, Map<UUID, Standing> known) {
        Instant soon = lease.clock().instant().plus(lease.length().dividedBy(2));
        List<RunningCheck.Running> due = running.stream()
                .filter(one -> {
                    Standing job = known.get(one.job());
                    return job != null
                            && job.state() == JobState.RUNNING
                            && job.attempt() == one.attempt()
                            && instance.equals(job.instance())
                            && job.leaseUntil() != null
                            && job.leaseUntil().isBefore(soon);
                })
                .sorted(Comparator.comparing(RunningCheck.Running::job))
                .toList();
        if (due.isEmpty()) {
            return;
        }
        database.write(handle -> {
            PreparedBatch batch = handle.prepareBatch(RENEW);
            for (RunningCheck.Running one : due) {
                batch.bind(0, SqlTime.at(lease.until()))
                        .bind(1, one.job())
                        .bind(2, one.attempt())
                        .bind(3, instance)
                        .add();
            }
            return batch.execute();
        });
    }

    private static @Nullable String reasonToStop(@Nullable Standing job, int attempt) {
        if (job == null) {
            return "there is no such job";
        }
        if (job.state().terminal()) {
            return "the job is " + job.state().word();
        }
        return job.attempt() > attempt ? "attempt " + job.attempt() + " has followed" : null;
    }

    @Override
    public List<JobType> claimEach(Collection<JobType> types) {
        return database.read(handle -> types.stream()
                .filter(type -> handle.select(
                                "select 1 from unwanted_messages where type = ? and version = ? fetch first 1 rows only",
                                type.name(),
                                type.version())
                        .mapTo(Integer.class)
                        .findFirst()
                        .isPresent())
                .toList());
    }

    @Override
    public int takeBackLost(Terms terms, int limit) {
        Instant recordedUpTo = terms.recordedUpTo();
        if (!terms.leasesEnd() || recordedUpTo == null || terms.alone()) {
            return 0;
        }
        return database.write(handle -> {
            List<Row> lost = handle.select(
                            STANDING + "where state = 'running' and (lease_until is null or lease_until < ?"
                                    + " or lease_until > ?) order by id fetch first ? rows only for update"
                                    + database.dialect().skipLocked(),
                            SqlTime.at(recordedUpTo.minus(GRACE)),
                            SqlTime.at(terms.farAhead()),
                            limit)
                    .map((row, context) -> Row.of(row))
                    .list();
            lost.forEach(job -> takeBack(handle, job, terms.now()));
            return lost.size();
        });
    }

    private void takeBack(Handle handle, Row job, Instant now) {
        int lost = job.standing().lost() + 1;
        if (lost >= ClaimRules.MAX_LOST) {
            giveUp(handle, job, lost, now);
            return;
        }
        keepLost(handle, job, now);
        // A message of its own: the old one, if it comes up again, has been followed.
        int next = Math.max(job.standing().attempt(), job.standing().messageAttempt()) + 1;
        handle.execute(TAKE_BACK, next, next, lost, job.id());
        handle.execute(UNCLAIM, SqlTime.at(now), job.id());
        handle.execute(RELEASE, SqlTime.at(now), job.id());
    }
}
