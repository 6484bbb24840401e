package io.plainsail.testbed;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

/**
 * How to reach one PostgreSQL database.
 *
 * @param jdbcUrl without user and password
 */
public record Database(String jdbcUrl, String username, String password) {
    /** A new connection; the caller closes it. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(jdbcUrl, username, password);
    }

    @Override
    public String toString() {
        return jdbcUrl + " as " + username;
    }
}
