package io.plainsail.facade.store;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.UnheardJobs;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/** The search for missing messages through Jdbi. Thread-safe. */
public final class JdbiUnheardJobs implements UnheardJobs {
    /** Before any job. */
    private static final UUID FIRST = new UUID(0, 0);

    /** The rows are chosen by the index over state and id alone, and only then looked at. */
    private static final String PAGE = """
            select p.id, p.type, p.version, p.missing_since, p.retry_at,
                exists (select 1 from outbox o where o.job_id = p.id) as in_outbox
            from (select id, type, version, missing_since, retry_at from jobs
                where %s fetch first ? rows only) p
            order by p.id""";

    private static final String BY_STATE = "state = '%1$s' and id > ? and id < ? order by id";

    /** As a row of both columns, or PostgreSQL may walk through all finished jobs by their primary key. */
    private static final String BY_ROW =
            "(state, id) > ('%1$s', ?) and (state, id) < ('%1$s', ?) and state <> 'succeeded' order by state, id";

    private static final String MISSING = """
            update jobs set missing_since = ?
            where id = ? and state in ('queued', 'retrying') and (missing_since is null or missing_since > ?)
                and (retry_at is null or retry_at < ?) and not exists (select 1 from outbox o where o.job_id = jobs.id)""";

    private static final String STILL_MISSING = """
            select id from jobs
            where id in (<ids>) and state in ('queued', 'retrying') and missing_since <= :before
                and not exists (select 1 from outbox o where o.job_id = jobs.id)
            order by id for update""";

    private static final String RELEASE = """
            insert into outbox (job_id, input_bytes, maybe_duplicate, available_at, failures)
            select job_id, octet_length(input), true, ?, 0 from job_inputs where job_id = ?""";

    private final Database database;

    public JdbiUnheardJobs(Database database) {
        this.database = database;
    }

    private record Row(Unheard job, @Nullable Instant retryAt, boolean inOutbox) {}

    @Override
    public Page unheard(JobState state, @Nullable UUID behind, Instant dueBefore, int limit) {
        String by = database.dialect() == Dialect.POSTGRESQL ? BY_ROW : BY_STATE;
        List<Row> rows = database.read(handle -> handle.select(
                        PAGE.formatted(by.formatted(state.word())),
                        behind == null ? FIRST : behind,
                        JobIds.smallestAt(dueBefore),
                        limit)
                .map((row, context) -> new Row(
                        new Unheard(
                                row.getObject("id", UUID.class),
                                new JobType(row.getString("type"), row.getInt("version")),
                                SqlTime.getOrNull(row, "missing_since")),
                        SqlTime.getOrNull(row, "retry_at"),
                        row.getBoolean("in_outbox")))
                .list());
        List<Unheard> unheard = rows.stream()
                .filter(row -> !row.inOutbox()
                        && (row.retryAt() == null || row.retryAt().isBefore(dueBefore)))
                .map(Row::job)
                .toList();
        return new Page(
                unheard,
                rows.size() < limit ? null : rows.get(rows.size() - 1).job().id());
    }

    @Override
    public void missing(Collection<UUID> jobIds, Instant now) {
        if (jobIds.isEmpty()) {
            return;
        }
        database.write(handle -> {
            PreparedBatch batch = handle.prepareBatch(MISSING);
            for (UUID id : jobIds.stream().sorted().toList()) {
                batch.bind(0, SqlTime.at(now))
                        .bind(1, id)
                        .bind(2, SqlTime.at(now))
                        .bind(3, SqlTime.at(now))
                        .add();
            }
            return batch.execute();
        });
    }

    @Override
    public int releaseMissing(Collection<UUID> jobIds, Instant missingBefore, Instant now) {
        if (jobIds.isEmpty()) {
            return 0;
        }
        return database.write(handle -> {
            // Locked: a claim, an end or another facade comes before this or after it.
            List<UUID> missing = handle.createQuery(
                            STILL_MISSING + database.dialect().skipLocked())
                    .bindList("ids", jobIds.stream().sorted().toList())
                    .bind("before", SqlTime.at(missingBefore))
                    .mapTo(UUID.class)
                    .list();
            if (missing.isEmpty()) {
                return 0;
            }
            PreparedBatch jobs = handle.prepareBatch("update jobs set missing_since = null where id = ?");
            PreparedBatch rows = handle.prepareBatch(RELEASE);
            for (UUID id : missing) {
                jobs.bind(0, id).add();
                rows.bind(0, SqlTime.at(now)).bind(1, id).add();
            }
            jobs.execute();
            rows.execute();
            return missing.size();
        });
    }

    @Override
    public Set<JobType> unwantedTypes() {
        return database.read(handle -> handle.select("select distinct type, version from unwanted_messages")
                .map((row, context) -> new JobType(row.getString(1), row.getInt(2)))
                .collect(Collectors.toSet()));
    }

    @Override
    public int forgetUnwanted(JobType type, Instant endedBefore, int limit) {
        return database.write(
                handle -> handle.execute("""
                        delete from unwanted_messages where job_id in (
                            select u.job_id from unwanted_messages u left join jobs j on j.id = u.job_id
                            where u.type = ? and u.version = ? and (j.id is null or j.finished_at < ?)
                                and not exists (select 1 from outbox o where o.job_id = u.job_id)
                            fetch first ? rows only)""", type.name(), type.version(), SqlTime.at(endedBefore), limit));
    }
}
