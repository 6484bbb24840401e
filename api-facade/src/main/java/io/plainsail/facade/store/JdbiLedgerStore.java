package io.plainsail.facade.store;

import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.receipt.Ledger;
import io.plainsail.facade.receipt.LedgerStore;
import io.plainsail.facade.receipt.Receipt;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The ledger through Jdbi. Thread-safe. */
public final class JdbiLedgerStore implements LedgerStore {
    /** Where what all facades forget is counted; no facade is named so. */
    private static final String FORGETTING = "";

    private final Database database;

    public JdbiLedgerStore(Database database) {
        this.database = database;
    }

    @Override
    public void add(String facade, Map<Instant, Long> jobs) {
        database.write(handle -> {
            new TreeMap<>(jobs).forEach((minute, count) -> add(handle, facade, minute, count, 0));
            return jobs.size();
        });
    }

    private static void add(Handle handle, String facade, Instant minute, long counted, long forgotten) {
        int updated = handle.execute(
                "update ledger set counted = counted + ?, forgotten = forgotten + ? where facade = ? and in_minute = ?",
                counted,
                forgotten,
                facade,
                SqlTime.at(minute));
        if (updated == 0) {
            handle.execute(
                    "insert into ledger (facade, in_minute, counted, forgotten) values (?, ?, ?, ?)",
                    facade,
                    SqlTime.at(minute),
                    counted,
                    forgotten);
        }
    }

    /** Counts jobs that are being forgotten, in the transaction that does it. */
    static void forget(Handle handle, Collection<UUID> jobIds) {
        Map<Instant, Long> minutes = new TreeMap<>();
        jobIds.forEach(id -> minutes.merge(Ledger.minute(JobIds.time(id)), 1L, Long::sum));
        minutes.forEach((minute, count) -> add(handle, FORGETTING, minute, 0, count));
    }

    private record Counted(long counted, long forgotten) {}

    @Override
    public Receipt receipt(Instant from, Instant before) {
        return database.survey(handle -> {
            // The ledger first: a job that is accepted meanwhile is among the jobs and not yet in the sum.
            Counted ledger = handle.select(
                            "select coalesce(sum(counted), 0), coalesce(sum(forgotten), 0) from ledger"
                                    + " where in_minute >= ? and in_minute < ?",
                            SqlTime.at(from),
                            SqlTime.at(before))
                    .map((row, context) -> new Counted(row.getLong(1), row.getLong(2)))
                    .one();
            Map<JobState, Long> states = new EnumMap<>(JobState.class);
            handle.select(
                            "select state, count(*) from jobs where id >= ? and id < ? group by state",
                            JobIds.smallestAt(from),
                            JobIds.smallestAt(before))
                    .map((row, context) ->
                            Map.entry(JobState.ofWord(row.getString(1)).orElseThrow(), row.getLong(2)))
                    .forEach(count -> states.put(count.getKey(), count.getValue()));
            return new Receipt(
                    from, before, ledger.counted(), states, ledger.forgotten(), repeated(handle, from, before));
        });
    }

    private static final String REPEATED = """
            from attempts a where a.job_id >= ? and a.job_id < ? and a.error_category is null""";

    private static Receipt.Repeated repeated(Handle handle, Instant from, Instant before) {
        UUID first = JobIds.smallestAt(from);
        UUID end = JobIds.smallestAt(before);
        var jobs = handle.select(
                        "select distinct a.job_id " + REPEATED + " order by a.job_id fetch first "
                                + Receipt.Repeated.MAX_JOBS + " rows only",
                        first,
                        end)
                .mapTo(UUID.class)
                .list();
        return handle.select("""
                        select coalesce(sum(case when a.reason like 'lost:%' then 1 else 0 end), 0) as lost,
                            count(*) as attempts,
                            max(cast(extract(epoch from (coalesce(
                                (select n.started_at from attempts n where n.job_id = a.job_id and n.attempt = a.attempt + 1),
                                (select j.started_at from jobs j where j.id = a.job_id and j.attempt = a.attempt + 1))
                                - a.started_at)) as double precision)) as delay
                        """ + REPEATED, first, end)
                .map((row, context) -> {
                    double delay = row.getDouble("delay");
                    @Nullable
                    Duration worst = row.wasNull() ? null : Duration.ofMillis(Math.max(0, Math.round(delay * 1_000)));
                    return new Receipt.Repeated(
                            row.getLong("lost"), row.getLong("attempts") - row.getLong("lost"), jobs, worst);
                })
                .one();
    }

    @Override
    public void forgetBefore(Instant minute) {
        boolean any = database.read(handle -> handle.select(
                        "select 1 from ledger where in_minute < ? fetch first 1 rows only", SqlTime.at(minute))
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
        if (any) {
            database.write(handle -> handle.execute("delete from ledger where in_minute < ?", SqlTime.at(minute)));
        }
    }
}
