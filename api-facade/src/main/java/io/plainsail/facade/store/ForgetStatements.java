package io.plainsail.facade.store;

import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobStore.Finished;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Finds finished jobs that are old, and forgets them with all that belongs to them. */
final class ForgetStatements {
    private static final List<String> BELONGINGS =
            List.of("job_inputs", "job_logs", "job_files", "attempts", "outbox", "job_limits", "callbacks");

    private ForgetStatements() {}

    static List<Finished> finishedBefore(Handle handle, JobState state, Instant cutoff, int limit) {
        // No job ends before it is accepted: the first condition finds the few old ones by their ids. One that repeats
        // another stays as long as that: without it, that would be repeated again.
        return handle.select("""
                        select id, attempt from jobs where id < ? and state = ? and finished_at < ?
                            and not exists (select 1 from jobs origin where origin.id = jobs.replay_of)
                        order by id fetch first ? rows only""", JobIds.smallestAt(cutoff), state.word(), SqlTime.at(cutoff), limit)
                .map((row, context) -> new Finished(row.getObject("id", UUID.class), row.getInt("attempt")))
                .list();
    }

    private record Labelled(UUID id, Map<String, String> labels) {}

    /**
     * @param jobIds at least one
     */
    static int forget(Handle handle, Dialect dialect, Collection<UUID> jobIds) {
        // In one order, like every row lock, so that two facades never wait for each other in a circle.
        List<Labelled> finished = handle.select("select id, labels from jobs where id in (<ids>) and state not in "
                        + Columns.UNFINISHED + " order by id for update")
                .bindList("ids", jobIds.stream().sorted().toList())
                .map((row, context) ->
                        new Labelled(row.getObject("id", UUID.class), Columns.map(row.getString("labels"))))
                .list();
        if (finished.isEmpty()) {
            return 0;
        }
        List<UUID> ids = finished.stream().map(Labelled::id).toList();
        forgetLabels(handle, finished);
        JdbiLedgerStore.forget(handle, ids);
        BELONGINGS.forEach(table -> forgetOf(table, handle, ids));
        if (dialect == Dialect.POSTGRESQL) {
            forgetOf("result_files", handle, ids);
        }
        return handle.createUpdate("delete from jobs where id in (<ids>)")
                .bindList("ids", ids)
                .execute();
    }

    private static void forgetOf(String table, Handle handle, List<UUID> ids) {
        handle.createUpdate("delete from " + table + " where job_id in (<ids>)")
                .bindList("ids", ids)
                .execute();
    }

    /** By their whole keys: the table has no index by job. */
    private static void forgetLabels(Handle handle, List<Labelled> jobs) {
        PreparedBatch batch = handle.prepareBatch("delete from job_labels where name = ? and val = ? and job_id = ?");
        for (Labelled job : jobs) {
            job.labels()
                    .forEach((name, value) ->
                            batch.bind(0, name).bind(1, value).bind(2, job.id()).add());
        }
        if (batch.size() > 0) {
            batch.execute();
        }
    }
}
