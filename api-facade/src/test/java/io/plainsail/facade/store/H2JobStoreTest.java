package io.plainsail.facade.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class H2JobStoreTest extends JobStoreContract {
    @TempDir
    Path directory;

    @Override
    StoreConfig freshDatabase() {
        return StoreConfig.of("jdbc:h2:file:" + directory.resolve("jobs"));
    }

    @Test
    void interruptedCallerDoesNotCloseTheDatabase() {
        Thread.currentThread().interrupt();
        store.accept(List.of(job()), null);
        assertThat(Thread.interrupted()).isTrue();

        assertThat(store.list(query())).hasSize(1);
    }

    @Test
    void whatWasAcceptedIsThereAfterReopening() {
        accept(10, null);
        database.close();
        open();

        assertThat(store.list(query())).hasSize(10);
        assertThat(store.outboxSize()).isEqualTo(10);
    }

    @Test
    void aFileThatWasClosedUnderThePoolIsOpenedAgain() throws SQLException {
        accept(10, null);
        // As H2 does when it cannot write.
        try (Connection other =
                        DriverManager.getConnection("jdbc:h2:file:" + directory.resolve("jobs"), "plainsail", "");
                Statement statement = other.createStatement()) {
            statement.execute("shutdown immediately");
        }
        await().atMost(Duration.ofSeconds(30))
                .ignoreExceptionsInstanceOf(StoreUnavailableException.class)
                .until(() -> store.list(query()).size() == 10);
        accept(1, null);
        assertThat(store.outboxSize()).isEqualTo(11);
    }

    @Test
    void missingDirectoryIsMade() {
        Database.open(StoreConfig.of("jdbc:h2:file:" + directory.resolve("a/b/jobs")))
                .close();
    }

    @Test
    void closedStoreSaysSo() {
        database.close();

        assertThatThrownBy(() -> store.outboxSize()).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void wrongConfigurationNamesFieldRuleAndDefault() {
        assertThatThrownBy(() -> StoreConfig.of("jdbc:mysql://x"))
                .hasMessageContainingAll("store.url", "jdbc:mysql://x", "jdbc:h2:file:", "default");
        assertThatThrownBy(() -> StoreConfig.configured(null, null, null, 1))
                .hasMessageContainingAll("store.poolSize is 1", "3 to 200");
        assertThat(StoreConfig.configured(null, null, new Secret("hush"), null).toString())
                .doesNotContain("hush");
    }
}
