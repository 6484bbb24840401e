package io.plainsail.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PostgresAdministrationTest {
    private final PostgresAdministration administration = new PostgresAdministration(
            new Database("jdbc:postgresql://db.example:5433/postgres?sslmode=require&x=a/b", "me", "secret"));

    @Test
    void anotherDatabaseKeepsHostAndParameters() {
        assertThat(administration.to("orders").jdbcUrl())
                .isEqualTo("jdbc:postgresql://db.example:5433/orders?sslmode=require&x=a/b");
    }

    @Test
    void aPrefixThatWouldNeedQuotesIsRefused() {
        assertThatThrownBy(() -> administration.create("a; drop table x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a; drop table x");
    }
}
