package io.plainsail.facade.store;

import io.plainsail.facade.access.UsageStore;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** Jobs by key and day through Jdbi. Thread-safe. */
public final class JdbiUsageStore implements UsageStore {
    private final Database database;

    public JdbiUsageStore(Database database) {
        this.database = database;
    }

    @Override
    public void add(String facade, LocalDate day, Map<String, Long> jobs) {
        database.write(handle -> {
            new TreeMap<>(jobs).forEach((key, count) -> {
                int updated = handle.execute(
                        "update key_usage set jobs = jobs + ? where on_day = ? and key_id = ? and facade = ?",
                        count,
                        day,
                        key,
                        facade);
                if (updated == 0) {
                    handle.execute(
                            "insert into key_usage (on_day, key_id, facade, jobs) values (?, ?, ?, ?)",
                            day,
                            key,
                            facade,
                            count);
                }
            });
            return jobs.size();
        });
    }

    @Override
    public Map<String, Long> sums(LocalDate day) {
        return database.read(handle -> {
            Map<String, Long> sums = new HashMap<>();
            handle.select("select key_id, sum(jobs) as jobs from key_usage where on_day = ? group by key_id", day)
                    .map((row, context) -> Map.entry(row.getString("key_id"), row.getLong("jobs")))
                    .forEach(sum -> sums.put(sum.getKey(), sum.getValue()));
            return sums;
        });
    }

    @Override
    public void forgetBefore(LocalDate day) {
        boolean any = database.read(
                handle -> handle.select("select 1 from key_usage where on_day < ? fetch first 1 rows only", day)
                        .mapTo(Integer.class)
                        .findOne()
                        .isPresent());
        if (any) {
            database.write(handle -> handle.execute("delete from key_usage where on_day < ?", day));
        }
    }
}
