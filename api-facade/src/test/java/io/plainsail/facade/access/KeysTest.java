package io.plainsail.facade.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class KeysTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final SlowKeyStore store = new SlowKeyStore();
    private final Keys keys = new Keys(store, List.of(), Clock.systemUTC());

    /** Its answer to one thread is long under way. */
    private static final class SlowKeyStore implements KeyStore {
        private final Map<String, ApiKey> held = new ConcurrentHashMap<>();
        private final CountDownLatch arrive = new CountDownLatch(1);
        private volatile @Nullable Thread slow;
        private volatile boolean read;

        @Override
        public List<ApiKey> all() {
            List<ApiKey> all = List.copyOf(held.values());
            if (Thread.currentThread() == slow) {
                read = true;
                try {
                    arrive.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return all;
        }

        @Override
        public Optional<ApiKey> find(String id) {
            return Optional.ofNullable(held.get(id));
        }

        @Override
        public void add(ApiKey key) {
            held.put(key.id(), key);
        }

        @Override
        public boolean remove(String id) {
            return held.remove(id) != null;
        }

        @Override
        public boolean expire(String id, @Nullable Instant at) {
            return held.computeIfPresent(
                            id,
                            (same, key) -> new ApiKey(
                                    key.id(),
                                    key.hash(),
                                    key.name(),
                                    key.tenant(),
                                    key.role(),
                                    key.jobTypes(),
                                    key.perMinute(),
                                    key.jobsPerDay(),
                                    key.createdAt(),
                                    key.createdBy(),
                                    at))
                    != null;
        }
    }

    @Test
    void aRevokedKeyDoesNotComeBackByAnAnswerOfTheStoreFromBefore() throws Exception {
        Keys.Created key = keys.create(new Keys.Wish("it", null, Role.ADMIN, Set.of(), null, null, null), "test");
        assertThat(keys.authenticate(key.text().text())).contains(key.key());
        Thread loop = new Thread(keys::refresh);
        store.slow = loop;
        loop.start();
        await().atMost(PATIENCE).until(() -> store.read);

        Thread revoking = new Thread(() -> keys.revoke(key.key().id()));
        revoking.start();
        await().atMost(PATIENCE).until(() -> revoking.getState() == Thread.State.BLOCKED || !revoking.isAlive());
        store.arrive.countDown();
        loop.join();
        revoking.join();

        assertThat(keys.authenticate(key.text().text())).isEmpty();
    }
}
