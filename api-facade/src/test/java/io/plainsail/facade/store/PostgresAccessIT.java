package io.plainsail.facade.store;

import io.plainsail.testbed.DatabaseServer;
import io.plainsail.testbed.PostgresExtension;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
class PostgresAccessIT extends AccessContract {
    static DatabaseServer server;

    @BeforeAll
    static void keep(DatabaseServer postgres) {
        server = postgres;
    }

    @Override
    StoreConfig freshDatabase() {
        io.plainsail.testbed.Database fresh = server.freshDatabase();
        return StoreConfig.configured(fresh.jdbcUrl(), fresh.username(), new Secret(fresh.password()), 8);
    }
}
