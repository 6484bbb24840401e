package io.plainsail.facade.store;

import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.JobCallbacks;
import io.plainsail.facade.job.NewJob;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Callbacks through Jdbi. Thread-safe. */
public final class JdbiJobCallbacks implements JobCallbacks {
    private static final String TERMINAL = Arrays.stream(JobState.values())
            .filter(JobState::terminal)
            .map(state -> "'" + state.word() + "'")
            .collect(Collectors.joining(", ", "(", ")"));

    private static final UUID FIRST = new UUID(0, 0);
    private static final int LOOKED_AT = 1_000;

    private static final String UNTOLD = """
            select u.job_id, j.state in %s as ended
            from (select job_id from callbacks where told_by is null and job_id > ? order by job_id fetch first ? rows only) u
                join jobs j on j.id = u.job_id
            order by u.job_id""".formatted(TERMINAL);

    private final Database database;

    public JdbiJobCallbacks(Database database) {
        this.database = database;
    }

    private record Untold(UUID jobId, boolean ended) {}

    @Override
    public Part due(@Nullable UUID behind, int limit) {
        return database.read(handle -> {
            // Most of them have not ended: so many are looked at, and only those that have are read.
            List<Untold> untold = handle.select(UNTOLD, behind == null ? FIRST : behind, LOOKED_AT)
                    .map((row, context) -> new Untold(row.getObject("job_id", UUID.class), row.getBoolean("ended")))
                    .list();
            List<UUID> ended = untold.stream()
                    .filter(Untold::ended)
                    .map(Untold::jobId)
                    .limit(limit)
                    .toList();
            if (ended.isEmpty()) {
                return new Part(
                        List.of(),
                        untold.size() < LOOKED_AT
                                ? null
                                : untold.get(LOOKED_AT - 1).jobId());
            }
            List<Due> due = handle.select(
                            "select job_id, callback from callbacks where job_id in (<ids>) order by job_id")
                    .bindList("ids", ended)
                    .map((row, context) -> new Due(row.getObject("job_id", UUID.class), row.getString("callback")))
                    .list();
            boolean all = ended.size() < limit && untold.size() < LOOKED_AT;
            return new Part(due, all ? null : ended.get(ended.size() - 1));
        });
    }

    @Override
    public Optional<String> of(UUID jobId) {
        return database.read(handle -> handle.select("select callback from callbacks where job_id = ?", jobId)
                .mapTo(String.class)
                .findOne());
    }

    @Override
    public boolean tell(UUID jobId, NewJob delivery) {
        return database.write(handle -> {
            int told = handle.execute(
                    "update callbacks set told_by = ? where job_id = ? and told_by is null", delivery.id(), jobId);
            if (told > 0) {
                AcceptStatements.insert(handle, List.of(delivery), null);
            }
            return told > 0;
        });
    }
}
