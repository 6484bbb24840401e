package io.plainsail.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
class PostgresExtensionIT {
    @Test
    void eachParameterIsAnotherDatabase(Database one, Database other, DatabaseServer server) throws Exception {
        assertThat(one.jdbcUrl()).isNotEqualTo(other.jdbcUrl());
        assertThat(one.toString()).doesNotContain(one.password());
        try (Connection connection = one.connect()) {
            assertThat(connection.isValid(5)).isTrue();
        }
        server.freshDatabase().connect().close();
    }
}
