package io.plainsail.facade.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.job.Dispatch;
import io.plainsail.facade.job.JobStore.Claim;
import io.plainsail.facade.job.NewJob;
import io.plainsail.testbed.DatabaseServer;
import io.plainsail.testbed.PostgresExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
class PostgresJobStoreIT extends JobStoreContract {
    private static final Claim RELAY = new Claim("relay", NOW.plusSeconds(60));

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

    @Test
    void commitsAreSynchronousUnlessTheyMayComeUndone() {
        assertThat(database.read(PostgresJobStoreIT::synchronousCommit)).isEqualTo("on");
        assertThat(database.write(PostgresJobStoreIT::synchronousCommit)).isEqualTo("on");
        assertThat(database.writeSoon(PostgresJobStoreIT::synchronousCommit)).isEqualTo("off");
        // On the same connection: a thread gets back the one that it had last.
        assertThat(database.write(PostgresJobStoreIT::synchronousCommit)).isEqualTo("on");
    }

    private static String synchronousCommit(Handle handle) {
        return handle.select("show synchronous_commit").mapTo(String.class).one();
    }

    @Test
    void noTableThatGrewIsWalkedThroughBecauseItWasSmall() {
        database.write(handle -> handle.execute("analyze jobs, outbox"));
        for (int round = 0; round < 20; round++) {
            sendAndRecord(accept(1, RELAY));
        }
        List<NewJob> jobs = accept(2_000, RELAY);
        for (int from = 0; from < 200; from += 5) {
            sendAndRecord(jobs.subList(from, from + 5));
        }

        // It counts late: what a connection did that is idle since, ten seconds later.
        await().atMost(Duration.ofSeconds(60))
                .until(() -> counted("n_tup_upd", "jobs") == 220 && counted("n_tup_del", "outbox") == 220);
        for (String table : List.of("jobs", "outbox")) {
            assertThat(counted("seq_tup_read", table)).as(table).isZero();
            // Nor by way of an index, even once.
            assertThat(counted("idx_tup_fetch", table)).as(table).isBetween(220L, 2_000L);
        }
    }

    private void sendAndRecord(List<NewJob> jobs) {
        store.sent(RELAY.relay(), jobs.stream().collect(Collectors.toMap(NewJob::id, job -> RELAY.until())));
        store.record(batch(jobs.stream().map(job -> succeeded(job, 1, null)).toArray(WorkerEvent[]::new)));
    }

    private long counted(String what, String table) {
        return database.read(
                handle -> handle.select("select " + what + " from pg_stat_user_tables where relname = ?", table)
                        .mapTo(Long.class)
                        .one());
    }

    @Test
    void anExhaustedPoolIsSaidToBeOneAndGoesOnWhenItIsNot() throws Exception {
        CountDownLatch held = new CountDownLatch(8);
        CountDownLatch release = new CountDownLatch(1);
        List<Thread> holders = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Thread holder = new Thread(() -> database.read(handle -> {
                held.countDown();
                return awaitQuietly(release);
            }));
            holder.start();
            holders.add(holder);
        }
        held.await();

        assertThatThrownBy(() -> accept(1, null)).isInstanceOf(StoreUnavailableException.class);

        release.countDown();
        for (Thread holder : holders) {
            holder.join();
        }
        accept(1, null);
        assertThat(store.outboxSize()).isEqualTo(1);
    }

    private static boolean awaitQuietly(CountDownLatch latch) {
        try {
            return latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Test
    void relaysThatClaimAtTheSameTimeShareTheRowsWithoutOverlap() throws Exception {
        List<UUID> ids = ids(accept(2_000, null));
        ConcurrentLinkedQueue<UUID> claimed = new ConcurrentLinkedQueue<>();
        List<Thread> relays = new ArrayList<>();
        for (int number = 0; number < 4; number++) {
            Claim claim = new Claim("relay-" + number, NOW.plusSeconds(60));
            relays.add(new Thread(() -> {
                List<Dispatch> page;
                do {
                    page = store.claim(claim, NOW, 50, Long.MAX_VALUE);
                    page.forEach(dispatch -> claimed.add(dispatch.jobId()));
                } while (!page.isEmpty());
            }));
        }
        relays.forEach(Thread::start);
        for (Thread relay : relays) {
            relay.join(60_000);
        }
        // A relay may stop early while others hold the rest: what is left is claimed by the next round.
        store.claim(new Claim("last", NOW.plusSeconds(60)), NOW, 2_000, Long.MAX_VALUE)
                .forEach(dispatch -> claimed.add(dispatch.jobId()));

        assertThat(claimed).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void recordersThatMeetTheSameOutcomesRecordEachOnce() throws Exception {
        List<NewJob> jobs = accept(300, null);
        ConcurrentLinkedQueue<Integer> applied = new ConcurrentLinkedQueue<>();
        List<Thread> recorders = new ArrayList<>();
        for (int number = 0; number < 3; number++) {
            recorders.add(new Thread(() -> {
                for (NewJob job : jobs) {
                    applied.add(store.record(batch(succeeded(job, 1, null))).succeeded());
                }
            }));
        }
        recorders.forEach(Thread::start);
        for (Thread recorder : recorders) {
            recorder.join(60_000);
        }

        assertThat(applied.stream().mapToInt(Integer::intValue).sum()).isEqualTo(300);
        assertThat(applied).hasSize(900);
    }
}
