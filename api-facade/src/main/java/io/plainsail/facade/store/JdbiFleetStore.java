package io.plainsail.facade.store;

import io.plainsail.contracts.wire.Worker;
import io.plainsail.facade.fleet.FleetStore;
import io.plainsail.facade.fleet.Instance;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;

/** The worker instances through Jdbi. Thread-safe. */
public final class JdbiFleetStore implements FleetStore {
    private final Database database;

    public JdbiFleetStore(Database database) {
        this.database = database;
    }

    @Override
    public List<Instance> all() {
        return database.read(JdbiFleetStore::all);
    }

    static List<Instance> all(Handle handle) {
        return handle.select("select * from workers order by service, instance")
                .map((row, context) -> new Instance(
                        new Worker(
                                row.getString("service"),
                                row.getString("instance"),
                                row.getString("host"),
                                row.getString("release")),
                        Arrays.stream(row.getString("types").split(" ", -1))
                                .filter(type -> !type.isEmpty())
                                .toList(),
                        row.getString("state"),
                        row.getInt("running"),
                        row.getInt("capacity"),
                        SqlTime.get(row, "started_at"),
                        SqlTime.get(row, "last_seen"),
                        row.getBoolean("drain")))
                .list();
    }

    @Override
    public void heard(Instance instance) {
        database.write(handle -> {
            int updated = bind(handle.createUpdate("""
                            update workers set service = :service, host = :host, release = :release, types = :types,
                                state = :state, running = :running, capacity = :capacity, started_at = :startedAt,
                                last_seen = :lastSeen
                            where instance = :instance"""), instance).execute();
            // One instance speaks with one facade at a time: nobody else is about to insert it.
            return updated > 0
                    ? updated
                    : bind(handle.createUpdate("""
                                    insert into workers (instance, service, host, release, types, state, running,
                                        capacity, started_at, last_seen, drain)
                                    values (:instance, :service, :host, :release, :types, :state, :running,
                                        :capacity, :startedAt, :lastSeen, false)"""), instance).execute();
        });
    }

    private static Update bind(Update update, Instance instance) {
        return update.bind("instance", instance.worker().instance())
                .bind("service", instance.worker().service())
                .bind("host", instance.worker().host())
                .bind("release", instance.worker().release())
                .bind("types", String.join(" ", instance.types()))
                .bind("state", instance.state())
                .bind("running", instance.running())
                .bind("capacity", instance.capacity())
                .bind("startedAt", SqlTime.at(instance.startedAt()))
                .bind("lastSeen", SqlTime.at(instance.lastSeen()));
    }

    @Override
    public void gone(String instance) {
        database.write(handle -> handle.execute("delete from workers where instance = ?", instance));
    }

    @Override
    public boolean drain(String instance, boolean drain) {
        return database.write(
                        handle -> handle.execute("update workers set drain = ? where instance = ?", drain, instance))
                > 0;
    }

    @Override
    public Set<String> draining() {
        return Set.copyOf(database.read(handle -> handle.select("select instance from workers where drain")
                .mapTo(String.class)
                .list()));
    }

    @Override
    public int forgetBefore(Instant lastSeen) {
        boolean any = database.read(handle -> handle.select(
                        "select 1 from workers where last_seen < ? fetch first 1 rows only", SqlTime.at(lastSeen))
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
        return any
                ? database.write(
                        handle -> handle.execute("delete from workers where last_seen < ?", SqlTime.at(lastSeen)))
                : 0;
    }
}
