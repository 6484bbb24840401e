package io.plainsail.facade.store;

import io.plainsail.contracts.JobType;
import io.plainsail.facade.access.Owner;
import io.plainsail.facade.receipt.CallerStore;
import io.plainsail.facade.receipt.Callers;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jdbi.v3.core.statement.Update;

/** Who sent what, through Jdbi. Thread-safe. */
public final class JdbiCallerStore implements CallerStore {
    private final Database database;

    public JdbiCallerStore(Database database) {
        this.database = database;
    }

    @Override
    public void add(String facade, List<Callers.Sent> sent) {
        List<Callers.Sent> sorted = sent.stream()
                .sorted(Comparator.comparing(Callers.Sent::jobType)
                        .thenComparing(one -> one.owner().tenant())
                        .thenComparing(one -> one.owner().caller()))
                .toList();
        database.write(handle -> {
            for (Callers.Sent one : sorted) {
                int updated = bind(handle.createUpdate("""
                                update callers set jobs = jobs + :jobs, last_at = :last
                                where type = :type and version = :version and tenant = :tenant and caller = :caller
                                    and facade = :facade"""), facade, one).execute();
                if (updated == 0) {
                    bind(handle.createUpdate("""
                                    insert into callers (type, version, tenant, caller, facade, jobs, first_at, last_at)
                                    values (:type, :version, :tenant, :caller, :facade, :jobs, :first, :last)"""), facade, one).execute();
                }
            }
            return sorted.size();
        });
    }

    private static Update bind(Update update, String facade, Callers.Sent one) {
        return update.bind("type", one.jobType().name())
                .bind("version", one.jobType().version())
                .bind("tenant", one.owner().tenant())
                .bind("caller", one.owner().caller())
                .bind("facade", facade)
                .bind("jobs", one.jobs())
                .bind("first", SqlTime.at(one.first()))
                .bind("last", SqlTime.at(one.last()));
    }

    @Override
    public List<Callers.Sent> callers(JobType type, int limit) {
        return database.read(handle -> handle.select("""
                        select tenant, caller, sum(jobs) as jobs, min(first_at) as first_at, max(last_at) as last_at
                        from callers where type = ? and version = ?
                        group by tenant, caller order by max(last_at) desc, tenant, caller fetch first\s""" + limit + " rows only", type.name(), type.version())
                .map((row, context) -> new Callers.Sent(
                        type,
                        new Owner(row.getString("tenant"), row.getString("caller")),
                        row.getLong("jobs"),
                        SqlTime.get(row, "first_at"),
                        SqlTime.get(row, "last_at")))
                .list());
    }

    @Override
    public void forgetBefore(Instant last) {
        boolean any = database.read(handle -> handle.select(
                        "select 1 from callers where last_at < ? fetch first 1 rows only", SqlTime.at(last))
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
        if (any) {
            database.write(handle -> handle.execute("delete from callers where last_at < ?", SqlTime.at(last)));
        }
    }
}
