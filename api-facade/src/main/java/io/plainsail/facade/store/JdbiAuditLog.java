package io.plainsail.facade.store;

import io.plainsail.facade.access.AuditLog;
import io.plainsail.facade.job.JobIds;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The audit log through Jdbi. Thread-safe. */
public final class JdbiAuditLog implements AuditLog {
    private static final UUID FIRST = new UUID(0, 0);
    private static final UUID LAST = new UUID(-1, -1);

    private final Database database;

    public JdbiAuditLog(Database database) {
        this.database = database;
    }

    @Override
    public void add(Entry entry) {
        database.write(handle -> handle.execute(
                "insert into audit (id, at, caller, remote, action, status, detail) values (?, ?, ?, ?, ?, ?, ?)",
                entry.id(),
                SqlTime.at(entry.at()),
                entry.caller(),
                entry.from(),
                entry.action(),
                entry.status(),
                entry.detail()));
    }

    @Override
    public List<Entry> list(Filter filter, @Nullable UUID olderThan, int limit) {
        return database.survey(handle -> handle.createQuery("""
                        select * from audit
                        where id < :olderThan and id >= :from and id < :before
                            and (:anyCaller or caller = :caller)
                            and (:anyStatus or status = :status)
                            and substring(action from 1 for :length) = :action
                        order by id desc fetch first :limit rows only""")
                .bind("olderThan", olderThan == null ? LAST : olderThan)
                .bind("from", filter.from() == null ? FIRST : JobIds.smallestAt(filter.from()))
                .bind("before", filter.before() == null ? LAST : JobIds.smallestAt(filter.before()))
                .bind("anyCaller", filter.caller() == null)
                .bind("caller", filter.caller() == null ? "" : filter.caller())
                .bind("anyStatus", filter.status() == null)
                .bind("status", filter.status() == null ? 0 : filter.status())
                .bind("length", filter.action() == null ? 0 : filter.action().length())
                .bind("action", filter.action() == null ? "" : filter.action())
                .bind("limit", limit)
                .map((row, context) -> new Entry(
                        row.getObject("id", UUID.class),
                        SqlTime.get(row, "at"),
                        row.getString("caller"),
                        row.getString("remote"),
                        row.getString("action"),
                        row.getInt("status"),
                        row.getString("detail")))
                .list());
    }

    @Override
    public int forgetBefore(Instant at) {
        UUID first = JobIds.smallestAt(at);
        boolean any =
                database.read(handle -> handle.select("select 1 from audit where id < ? fetch first 1 rows only", first)
                        .mapTo(Integer.class)
                        .findOne()
                        .isPresent());
        return any ? database.write(handle -> handle.execute("delete from audit where id < ?", first)) : 0;
    }
}
