package io.plainsail.testbed;

import java.util.ArrayDeque;
import java.util.Deque;

/** A PostgreSQL server that runs somewhere: what is created there is dropped in the end. */
final class NamedPostgres implements DatabaseServer, AutoCloseable {
    private final PostgresAdministration administration;

    // Guarded by this.
    private final Deque<String> created = new ArrayDeque<>();

    NamedPostgres(Database access) {
        this.administration = new PostgresAdministration(access);
    }

    @Override
    public synchronized Database freshDatabase() {
        String name = administration.create("test");
        created.push(name);
        return administration.to(name);
    }

    @Override
    public synchronized void close() {
        while (!created.isEmpty()) {
            administration.drop(created.pop());
        }
    }
}
