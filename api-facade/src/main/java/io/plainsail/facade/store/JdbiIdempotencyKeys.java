package io.plainsail.facade.store;

import io.plainsail.facade.job.IdempotencyKey;
import io.plainsail.facade.job.IdempotencyKeys;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.NewJob;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;

/** Idempotency keys on both databases. */
public final class JdbiIdempotencyKeys implements IdempotencyKeys {
    /** SQL's "unique_violation". */
    private static final String TAKEN = "23505";

    private final Database database;

    public JdbiIdempotencyKeys(Database database) {
        this.database = database;
    }

    /**
     * Writes the keys of those jobs that have one.
     *
     * @throws TakenException if one is there already; the transaction is to be rolled back
     */
    static void insert(Handle handle, List<NewJob> jobs) {
        PreparedBatch batch =
                handle.prepareBatch("insert into idempotency_keys (id, item, payload, job_id) values (?, ?, ?, ?)");
        for (NewJob job : jobs) {
            IdempotencyKey key = job.key();
            if (key != null) {
                batch.bind(0, key.id())
                        .bind(1, key.item())
                        .bind(2, key.payload())
                        .bind(3, job.id())
                        .add();
            }
        }
        if (batch.size() == 0) {
            return;
        }
        try {
            batch.execute();
        } catch (UnableToExecuteStatementException e) {
            if (e.getCause() instanceof SQLException sql && TAKEN.equals(sql.getSQLState())) {
                throw new TakenException(e);
            }
            throw e;
        }
    }

    @Override
    public List<Used> find(String id) {
        return database.read(handle -> handle.select(
                        "select item, payload, job_id from idempotency_keys where id = ? order by item", id)
                .map((row, context) ->
                        new Used(new IdempotencyKey(id, row.getInt(1), row.getString(2)), row.getObject(3, UUID.class)))
                .list());
    }

    @Override
    public int forgetBefore(Instant acceptedBefore, int limit) {
        return database.write(handle -> {
            List<UUID> old = handle.select(
                            "select job_id from idempotency_keys where job_id < ? order by job_id"
                                    + " fetch first ? rows only",
                            JobIds.smallestAt(acceptedBefore),
                            limit)
                    .mapTo(UUID.class)
                    .list();
            return old.isEmpty()
                    ? 0
                    : handle.createUpdate("delete from idempotency_keys where job_id in (<ids>)")
                            .bindList("ids", old)
                            .execute();
        });
    }
}
