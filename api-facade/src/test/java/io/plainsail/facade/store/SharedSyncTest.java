package io.plainsail.facade.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SharedSyncTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final SharedSync syncs = new SharedSync();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whoComesDuringOneSharesTheNext() throws Exception {
        CountDownLatch firstRuns = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Void> first = CompletableFuture.runAsync(
                () -> syncs.await(() -> {
                    firstRuns.countDown();
                    await(release);
                }),
                threads);
        await(firstRuns);
        AtomicInteger later = new AtomicInteger();
        List<Thread> waiting = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Thread thread = new Thread(() -> syncs.await(later::incrementAndGet));
            thread.start();
            waiting.add(thread);
        }
        Awaitility.await().atMost(PATIENCE).until(() -> waiting.stream()
                .allMatch(thread -> thread.getState() == Thread.State.WAITING));
        release.countDown();
        first.get(30, TimeUnit.SECONDS);
        for (Thread thread : waiting) {
            thread.join(30_000);
        }
        assertThat(later).hasValue(1);
    }

    @Test
    void aFailureIsTheOneThreadsThatRanIt() {
        assertThatThrownBy(() -> syncs.await(() -> {
                    throw new IllegalStateException("disk");
                }))
                .hasMessage("disk");
        AtomicInteger runs = new AtomicInteger();
        syncs.await(runs::incrementAndGet);
        assertThat(runs).hasValue(1);
    }

    @Test
    void nobodyReturnsBeforeASyncThatBeganAfterItsCall() throws Exception {
        AtomicLong written = new AtomicLong();
        AtomicLong synced = new AtomicLong();
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            writers.add(CompletableFuture.runAsync(
                    () -> {
                        for (int n = 0; n < 2_000; n++) {
                            long mine = written.incrementAndGet();
                            syncs.await(() -> {
                                long upTo = written.get();
                                Thread.yield();
                                synced.set(upTo);
                            });
                            assertThat(synced.get()).isGreaterThanOrEqualTo(mine);
                        }
                    },
                    threads));
        }
        for (CompletableFuture<Void> writer : writers) {
            writer.get(60, TimeUnit.SECONDS);
        }
    }
}
