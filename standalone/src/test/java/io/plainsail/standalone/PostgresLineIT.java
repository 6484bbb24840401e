package io.plainsail.standalone;

import io.plainsail.testbed.Database;
import io.plainsail.testbed.DatabaseServer;
import io.plainsail.testbed.PostgresExtension;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
class PostgresLineIT extends LineContract {
    private static DatabaseServer server;

    /** One database a test: asked for once, used by the facade and all its restarts. */
    private final Database database = server.freshDatabase();

    @BeforeAll
    static void keep(DatabaseServer postgres) {
        server = postgres;
    }

    @Override
    String store() {
        return Line.postgres(database);
    }
}
