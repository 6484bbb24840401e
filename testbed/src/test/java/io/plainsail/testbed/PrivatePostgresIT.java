package io.plainsail.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.plainsail.testbed.PrivatePostgres.Options;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class PrivatePostgresIT {
    private static @Nullable PrivatePostgres server;

    @BeforeAll
    static void start() {
        assumeTrue(PrivatePostgres.isInstalled(), "PostgreSQL is not installed: apt-get install postgresql");
        server = PrivatePostgres.start(Options.defaults().withSetting("work_mem", "7MB"));
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void aCommittedRowSurvivesKillAndAnOpenTransactionDoesNot() throws Exception {
        Database database = server().freshDatabase();
        try (Connection committed = database.connect();
                Connection open = database.connect()) {
            execute(committed, "create table kept (id int)");
            execute(committed, "insert into kept values (1)");
            open.setAutoCommit(false);
            execute(open, "insert into kept values (2)");
            long before = server().pid();

            server().kill();
            assertThatThrownBy(database::connect).isInstanceOf(SQLException.class);
            server().start();

            assertThat(server().pid()).isNotEqualTo(before);
        }
        try (Connection connection = database.connect()) {
            assertThat(value(connection, "select string_agg(id::text, ',') from kept"))
                    .isEqualTo("1");
        }
    }

    @Test
    void aFullDiskIsToldByPostgresqlAndEndsWithIt() throws Exception {
        assumeTrue(PrivateDisk.isPossible(), "this user cannot mount a disk");
        try (PrivatePostgres full = PrivatePostgres.start(
                Options.defaults().withSetting("max_wal_size", "64MB").withDisk(200))) {
            Database database = full.freshDatabase();
            PrivateDisk disk = full.disk().orElseThrow();
            try (Connection connection = database.connect()) {
                execute(connection, "create table kept (text text)");
                disk.fill();
                assertThat(disk.free()).isZero();
                assertThatThrownBy(() -> execute(
                                connection, "insert into kept select repeat('x', 1000) from generate_series(1, 10000)"))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("No space left on device");
            }
            disk.empty();
            full.start();
            try (Connection connection = database.connect()) {
                execute(connection, "insert into kept values ('here')");
                assertThat(value(connection, "select count(*) from kept")).isEqualTo("1");
            }
        }
    }

    @Test
    void canBeKilledAndStartedManyTimesInARow() throws Exception {
        for (int i = 0; i < 5; i++) {
            server().kill();
            server().start();
        }
        server().freshDatabase().connect().close();
    }

    @Test
    void stopsInOrderAndStartsAgain() throws Exception {
        server().stop();
        assertThatThrownBy(() -> server().pid()).isInstanceOf(IllegalStateException.class);
        server().start();
        server().freshDatabase().connect().close();
    }

    @Test
    void commitsAreDurableAndSettingsArrive() throws Exception {
        try (Connection connection = server().freshDatabase().connect()) {
            assertThat(value(connection, "show fsync")).isEqualTo("on");
            assertThat(value(connection, "show synchronous_commit")).isEqualTo("on");
            assertThat(value(connection, "show work_mem")).isEqualTo("7MB");
            assertThat(value(connection, "show listen_addresses")).isEqualTo("127.0.0.1");
        }
        assertThat(server().version()).matches("\\d+\\.\\d+.*");
    }

    @Test
    void databasesAreNamedAfterTheirPrefixAndApart() throws Exception {
        String one = server().createDatabase("orders");
        String other = server().createDatabase("orders");

        assertThat(one).contains("/orders_").isNotEqualTo(other);
    }

    @Test
    void aNamedServerGetsItsDatabasesDroppedInTheEnd() throws Exception {
        NamedPostgres named =
                new NamedPostgres(new Database(server().jdbcUrl(), server().username(), server().password()));
        Database database = named.freshDatabase();
        try (Connection connection = database.connect()) {
            named.close();

            assertThat(connection.isValid(5)).isFalse();
        }
        assertThatThrownBy(database::connect).hasMessageContaining("does not exist");
    }

    @Test
    void aWrongPasswordIsRefused() {
        assertThatThrownBy(() -> new Database(server().jdbcUrl(), server().username(), "wrong").connect())
                .hasMessageContaining("password authentication failed");
    }

    @Test
    void aSettingTheServerRefusesFailsWithItsLog() {
        assertThatThrownBy(() -> PrivatePostgres.start(Options.defaults().withSetting("no_such_setting", "1")))
                .isInstanceOf(TestbedException.class)
                .hasMessageContaining("no_such_setting");
    }

    private static PrivatePostgres server() {
        return Objects.requireNonNull(server);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static @Nullable String value(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            assertThat(result.next()).isTrue();
            return result.getString(1);
        }
    }
}
