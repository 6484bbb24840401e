package io.plainsail.facade.store;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.StoredInputs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The inputs of jobs that may still run, through Jdbi. Thread-safe. */
public final class JdbiStoredInputs implements StoredInputs {
    private static final String MAY_RUN = """
            (j.state in ('waiting', 'queued', 'running', 'retrying') or (j.state = 'failed'
                and not exists (select 1 from jobs replay where replay.replay_of = j.id)))""";

    private final Database database;

    public JdbiStoredInputs(Database database) {
        this.database = database;
    }

    @Override
    public List<UUID> mayRun(JobType type, int limit) {
        return database.survey(handle -> handle.select(
                        "select j.id from jobs j where j.type = ? and j.version = ? and " + MAY_RUN
                                + " order by j.id fetch first " + limit + " rows only",
                        type.name(),
                        type.version())
                .mapTo(UUID.class)
                .list());
    }

    @Override
    public Batch inputs(List<UUID> ids, int limit, long maxBytes) {
        List<UUID> first = ids.subList(0, Math.min(limit, ids.size()));
        return database.read(handle -> {
            Map<UUID, Integer> sizes = new HashMap<>();
            handle.createQuery("select job_id, octet_length(input) as size from job_inputs where job_id in (<ids>)")
                    .bindList("ids", first)
                    .map((row, context) -> Map.entry(row.getObject("job_id", UUID.class), row.getInt("size")))
                    .forEach(size -> sizes.put(size.getKey(), size.getValue()));
            List<UUID> fitting = new ArrayList<>();
            long bytes = 0;
            for (UUID id : first) {
                bytes += sizes.getOrDefault(id, 0);
                if (!fitting.isEmpty() && bytes > maxBytes) {
                    break;
                }
                fitting.add(id);
            }
            List<Stored> inputs = handle.createQuery("""
                            select j.id, j.state, i.input from jobs j join job_inputs i on i.job_id = j.id
                            where j.id in (<ids>) and""" + " " + MAY_RUN + " order by j.id")
                    .bindList("ids", fitting)
                    .map((row, context) -> new Stored(
                            row.getObject("id", UUID.class),
                            JobState.ofWord(row.getString("state")).orElseThrow(),
                            row.getBytes("input")))
                    .list();
            return new Batch(fitting.size(), inputs);
        });
    }
}
