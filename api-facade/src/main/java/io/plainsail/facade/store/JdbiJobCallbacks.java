package io.plainsail.facade.store;

import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.JobCallbacks;
import io.plainsail.facade.job.NewJob;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** Callbacks through Jdbi. Thread-safe. */
public final class JdbiJobCallbacks implements JobCallbacks {
    private static final String TERMINAL = Arrays.stream(JobState.values())
            .filter(JobState::terminal)
            .map(state -> "'" + state.word() + "'")
            .collect(Collectors.joining(", ", "(", ")"));

    private final Database database;

    public JdbiJobCallbacks(Database database) {
        this.database = database;
    }

    @Override
    public List<Due> due(int limit) {
        return database.read(handle -> handle.select("""
                        select c.job_id, c.callback from callbacks c join jobs j on j.id = c.job_id
                        where c.told_by is null and j.state in %s
                        order by c.job_id fetch first ? rows only""".formatted(TERMINAL), limit)
                .map((row, context) -> new Due(row.getObject("job_id", UUID.class), row.getString("callback")))
                .list());
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
                JdbiJobStore.insert(handle, List.of(delivery), null);
            }
            return told > 0;
        });
    }
}
