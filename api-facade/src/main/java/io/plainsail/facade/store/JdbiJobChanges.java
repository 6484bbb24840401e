package io.plainsail.facade.store;

import io.plainsail.facade.job.JobChanges;
import io.plainsail.facade.job.JobQuery;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * The changes through Jdbi: each row of {@code jobs} bears the number of the transaction that changed it last.
 *
 * <p>Transactions end in another order than they begin, so whoever reads the newest number and goes on behind it would miss
 * those that began earlier and end later. INVARIANT: only what has a smaller number than every transaction under way is
 * read; whatever comes later has a larger one than all that was read. A transaction that writes for long therefore holds all
 * streams back, and loses them nothing. Thread-safe.
 */
public final class JdbiJobChanges implements JobChanges {
    private static final String BETWEEN = """
            changed >= :stamp and (changed > :stamp or id > :job)""";

    private final Database database;

    public JdbiJobChanges(Database database) {
        this.database = database;
    }

    @Override
    public Position now() {
        return database.read(handle -> new Position(database.unsettledFrom(handle), Position.BEFORE_ALL));
    }

    @Override
    public Page after(Position from, JobQuery query, int limit) {
        JobFilter filter = JobFilter.of(query);
        return database.read(handle -> {
            // First: what is settled then is seen by what is asked next.
            long unsettledFrom = database.unsettledFrom(handle);
            List<Position> looked = handle.select("select changed, id from jobs where " + BETWEEN
                            + " and changed < :end order by changed, id fetch first " + limit + " rows only")
                    .bind("stamp", from.stamp())
                    .bind("job", from.job())
                    .bind("end", unsettledFrom)
                    .map((row, context) -> new Position(row.getLong("changed"), row.getObject("id", UUID.class)))
                    .list();
            if (looked.isEmpty()) {
                boolean ahead = from.stamp() > unsettledFrom;
                return new Page(List.of(), ahead ? from : new Position(unsettledFrom, Position.BEFORE_ALL), false);
            }
            Position last = looked.get(looked.size() - 1);
            Map<String, Object> values = new HashMap<>(filter.values());
            values.put("stamp", from.stamp());
            values.put("job", from.job());
            values.put("lastStamp", last.stamp());
            values.put("lastJob", last.job());
            // One that was changed meanwhile is behind the end now and comes with a later page.
            List<Change> changes = handle.select("select changed, " + Columns.LISTED + " from jobs where " + BETWEEN
                            + " and changed <= :lastStamp and (changed < :lastStamp or id <= :lastJob) and "
                            + filter.where() + " order by changed, id")
                    .bindMap(values)
                    .map((row, context) -> new Change(
                            new Position(row.getLong("changed"), row.getObject("id", UUID.class)), Columns.job(row)))
                    .list();
            return new Page(withEarlier(handle, changes), last, looked.size() == limit);
        });
    }

    private static List<Change> withEarlier(Handle handle, List<Change> changes) {
        var jobs = JdbiJobStore.withEarlier(
                handle, changes.stream().map(Change::job).toList());
        List<Change> whole = new ArrayList<>(changes.size());
        for (int i = 0; i < changes.size(); i++) {
            whole.add(new Change(changes.get(i).position(), jobs.get(i)));
        }
        return whole;
    }
}
