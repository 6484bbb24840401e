package io.plainsail.facade.store;

import io.plainsail.contracts.JobType;
import io.plainsail.facade.job.DeadJobs;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobQuery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The dead jobs through Jdbi. Thread-safe. */
public final class JdbiDeadJobs implements DeadJobs {
    private final Database database;

    public JdbiDeadJobs(Database database) {
        this.database = database;
    }

    private record Counted(
            JobType jobType,
            @Nullable String fingerprint,
            long count,
            Instant firstSeen,
            Instant lastSeen,
            List<String> releases,
            UUID sample) {}

    @Override
    public List<Group> groups(JobQuery query) {
        JobFilter filter = JobFilter.of(query.ofDead());
        return database.survey(handle -> {
            List<Counted> counted = handle.select("""
                            select type, version, fingerprint, count(*) as jobs, min(finished_at) as first_seen,
                                max(finished_at) as last_seen, string_agg(distinct worker_release, '\n') as releases,
                                max(cast(id as varchar(36))) as sample
                            from jobs where %s
                            group by type, version, fingerprint
                            order by count(*) desc, max(finished_at) desc fetch first %d rows only""".formatted(filter.where(), query.limit()))
                    .bindMap(filter.values())
                    .map((row, context) -> new Counted(
                            new JobType(row.getString("type"), row.getInt("version")),
                            row.getString("fingerprint"),
                            row.getLong("jobs"),
                            SqlTime.get(row, "first_seen"),
                            SqlTime.get(row, "last_seen"),
                            lines(row.getString("releases")),
                            UUID.fromString(row.getString("sample"))))
                    .list();
            Map<UUID, Job> samples = samples(handle, counted);
            List<Group> groups = new ArrayList<>();
            for (Counted group : counted) {
                Job sample = samples.get(group.sample());
                if (sample != null) { // else purged since it was counted
                    groups.add(new Group(
                            group.jobType(),
                            group.fingerprint(),
                            group.count(),
                            group.firstSeen(),
                            group.lastSeen(),
                            group.releases(),
                            sample));
                }
            }
            return groups;
        });
    }

    private static List<String> lines(@Nullable String text) {
        return text == null
                ? List.of()
                : Arrays.stream(text.split("\n", -1))
                        .filter(line -> !line.isEmpty())
                        .sorted()
                        .toList();
    }

    private static Map<UUID, Job> samples(Handle handle, List<Counted> groups) {
        if (groups.isEmpty()) {
            return Map.of();
        }
        return handle
                .select("select " + Columns.LISTED + " from jobs where id in (<ids>)")
                .bindList("ids", groups.stream().map(Counted::sample).toList())
                .map((row, context) -> Columns.job(row))
                .stream()
                .collect(Collectors.toMap(Job::id, Function.identity()));
    }

    @Override
    public int count(JobQuery query) {
        JobFilter filter = JobFilter.of(query.ofDead());
        return database.survey(handle -> handle.select("select count(*) from (select id from jobs where "
                        + filter.where() + " fetch first " + query.limit() + " rows only) as found")
                .bindMap(filter.values())
                .mapTo(Integer.class)
                .one());
    }

    @Override
    public Optional<byte[]> input(UUID jobId) {
        return database.read(handle -> handle.select("select input from job_inputs where job_id = ?", jobId)
                .map((row, context) -> row.getBytes(1))
                .findOne());
    }

    @Override
    public Optional<UUID> replayOf(UUID jobId) {
        return database.read(handle -> handle.select("select id from jobs where replay_of = ?", jobId)
                .mapTo(UUID.class)
                .findOne());
    }
}
