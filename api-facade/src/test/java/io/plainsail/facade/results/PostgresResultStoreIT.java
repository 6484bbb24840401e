package io.plainsail.facade.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.results.ResultStore.Kept;
import io.plainsail.facade.store.Database;
import io.plainsail.facade.store.JdbiResultStore;
import io.plainsail.facade.store.Secret;
import io.plainsail.facade.store.StoreConfig;
import io.plainsail.testbed.DatabaseServer;
import io.plainsail.testbed.PostgresExtension;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(120)
@ExtendWith(PostgresExtension.class)
class PostgresResultStoreIT extends ResultStoreContract {
    private static final int CONNECTIONS = 4;

    static DatabaseServer server;

    @BeforeAll
    static void keep(DatabaseServer postgres) {
        server = postgres;
    }

    @Override
    StoreConfig freshDatabase() {
        io.plainsail.testbed.Database fresh = server.freshDatabase();
        return StoreConfig.configured(fresh.jdbcUrl(), fresh.username(), new Secret(fresh.password()), CONNECTIONS);
    }

    @Override
    ResultStore open(Database database, Path directory) throws IOException {
        return new JdbiResultStore(database, directory);
    }

    @Test
    void whatOneFacadeKeepsAnotherServes() throws Exception {
        UUID job = accept();
        byte[] content = content(700_000);
        keep(job, 1, content);
        try (Database others = Database.open(config)) {
            ResultStore other = open(others, directory.resolve("of-another-host"));
            assertThat(read(other, job, 1, 0, content.length)).isEqualTo(content);
        }
    }

    @Test
    void whatTheReleaseBeforeKeptInTheDirectoryIsServedAndForgotten() throws Exception {
        UUID job = accept();
        byte[] content = content(300_000);
        new DirectoryResultStore(files())
                .keep(job, 1, new ByteArrayInputStream(content), digest(content), content.length);
        assertThat(read(results, job, 1, 0, content.length)).isEqualTo(content);
        results.forget(job, 1);
        assertThat(results.find(job, 1)).isEmpty();
    }

    @Test
    void theFileOfAJobThatIsNotThereIsRefused() {
        UUID unknown = JobIds.smallestAt(NOW);
        assertThatThrownBy(() -> keep(unknown, 1, content(300_000)))
                .isInstanceOf(RefusedFileException.class)
                .hasMessageContaining("no job has the id " + unknown);
        assertThat(results.find(unknown, 1)).isEmpty();
    }

    @Test
    void oneThatIsDeliveredManyTimesAtOnceIsKeptOnce() throws Exception {
        UUID job = accept();
        byte[] content = content(600_000);
        ExecutorService senders = Executors.newFixedThreadPool(6);
        try {
            List<Future<Kept>> kept = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                kept.add(senders.submit(() -> keep(job, 1, content)));
            }
            for (Future<Kept> one : kept) {
                assertThat(one.get(60, TimeUnit.SECONDS).size()).isEqualTo(content.length);
            }
        } finally {
            senders.shutdownNow();
        }
        assertThat(read(results, job, 1, 0, content.length)).isEqualTo(content);
        assertThatThrownBy(() -> read(results, job, 1, 0, content.length + 1L)).isInstanceOf(IOException.class);
    }

    @Test
    void sendersWhoStandStillHoldNoConnection() throws Exception {
        UUID job = accept();
        byte[] content = content(600_000);
        int count = 3 * CONNECTIONS;
        CountDownLatch halfWay = new CountDownLatch(count);
        CountDownLatch goOn = new CountDownLatch(1);
        ExecutorService senders = Executors.newFixedThreadPool(count);
        try {
            List<Future<Kept>> kept = new ArrayList<>();
            for (int attempt = 1; attempt <= count; attempt++) {
                int number = attempt;
                InputStream slow = new Slow(content, halfWay, goOn);
                kept.add(senders.submit(() -> results.keep(job, number, slow, digest(content), content.length)));
            }
            halfWay.await();
            assertThat(database.pool().active()).isZero();
            assertThat(jobs.find(job)).isPresent();
            goOn.countDown();
            for (Future<Kept> one : kept) {
                one.get(60, TimeUnit.SECONDS);
            }
        } finally {
            senders.shutdownNow();
        }
        for (int attempt = 1; attempt <= count; attempt++) {
            assertThat(read(results, job, attempt, 0, content.length)).isEqualTo(content);
        }
    }

    @Test
    void filesThatAreKeptLeaveConnectionsForEverythingElse() throws Exception {
        UUID job = accept();
        byte[] content = content(300_000);
        List<Thread> senders = new ArrayList<>();
        ThreadFactory known = run -> {
            Thread sender = new Thread(run);
            senders.add(sender);
            return sender;
        };
        ExecutorService keeping = Executors.newFixedThreadPool(3 * CONNECTIONS, known);
        try (Connection locking = DriverManager.getConnection(
                        config.url(), config.user(), config.password().value());
                Statement lock = locking.createStatement()) {
            locking.setAutoCommit(false);
            lock.execute("lock table result_files in access exclusive mode");
            List<Future<Kept>> kept = new ArrayList<>();
            for (int attempt = 1; attempt <= 3 * CONNECTIONS; attempt++) {
                int number = attempt;
                kept.add(keeping.submit(() -> keep(job, number, content)));
            }
            // All but one wait for it to end.
            await().atMost(Duration.ofSeconds(15))
                    .until(() -> database.pool().active() == 1
                            && senders.stream()
                                            .filter(sender -> sender.getState() == Thread.State.TIMED_WAITING)
                                            .count()
                                    == 3 * CONNECTIONS - 1);
            assertThat(jobs.find(job)).isPresent();
            locking.rollback();
            for (Future<Kept> one : kept) {
                one.get(60, TimeUnit.SECONDS);
            }
        } finally {
            keeping.shutdownNow();
        }
    }

    /** Stands still once in the middle. */
    private static final class Slow extends InputStream {
        private final InputStream content;
        private final CountDownLatch halfWay;
        private final CountDownLatch goOn;
        private boolean stood;

        Slow(byte[] content, CountDownLatch halfWay, CountDownLatch goOn) {
            this.content = new ByteArrayInputStream(content);
            this.halfWay = halfWay;
            this.goOn = goOn;
        }

        @Override
        public int read() throws IOException {
            return content.read();
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (!stood && content.available() < 300_000) {
                stood = true;
                halfWay.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
            return content.read(into, offset, length);
        }
    }
}
