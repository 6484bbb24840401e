package io.plainsail.testbed;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Makes and drops databases.
 *
 * @param access a database to connect to, and a user who may create others
 */
record PostgresAdministration(Database access) {
    private static final Pattern PREFIX = Pattern.compile("[a-z][a-z0-9_]{0,39}");
    private static final Pattern DATABASE_IN_URL = Pattern.compile("^(jdbc:postgresql://[^/]+/)[^?]*");

    /** Creates an empty database and returns its name: the prefix and a random end. */
    String create(String prefix) {
        if (!PREFIX.matcher(prefix).matches()) {
            throw new IllegalArgumentException(
                    "prefix '%s' of a database name: must match %s".formatted(prefix, PREFIX.pattern()));
        }
        String name = prefix + "_" + UUID.randomUUID().toString().substring(0, 8);
        execute("create database " + name);
        return name;
    }

    /** Drops a database, and the connections to it. */
    void drop(String name) {
        execute("drop database if exists " + name + " with (force)");
    }

    /** The access to another database of the same server: same user, same URL parameters. */
    Database to(String name) {
        return new Database(
                DATABASE_IN_URL.matcher(access.jdbcUrl()).replaceFirst("$1" + name),
                access.username(),
                access.password());
    }

    private void execute(String sql) {
        try (Connection connection = access.connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new TestbedException("%s: `%s` failed".formatted(access, sql), e);
        }
    }
}
