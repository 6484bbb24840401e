package io.plainsail.testbed;

/** A PostgreSQL server for tests. Thread-safe. */
public interface DatabaseServer {
    /**
     * A new, empty database. It lives as long as the server, or as this JVM where the server is not the testbed's own.
     * Costs half a second or less.
     *
     * @throws TestbedException if the server refused, for example since the user may not create databases
     */
    Database freshDatabase();
}
