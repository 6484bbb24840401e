package io.plainsail.workers.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.plainsail.workers.document.LargeDocuments.Passage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LargeDocumentsTest {
    private static final String LARGE = "x".repeat(300_000);

    private final LargeDocuments documents = new LargeDocuments();
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    void endThreads() throws InterruptedException {
        end.countDown();
        for (Thread thread : threads) {
            thread.interrupt();
            thread.join();
        }
    }

    @Test
    void aDocumentIsLargeByItsTextItsElementsOrItsImages() {
        assertThat(isLarge("x".repeat(200_000), 1_900_000)).isFalse();
        assertThat(isLarge("a < b <1 ".repeat(20_000), 0)).isFalse();
        assertThat(isLarge(LARGE, 0)).isTrue();
        assertThat(isLarge("<b>".repeat(4_001), 0)).isTrue();
        assertThat(isLarge("x", 2_000_001)).isTrue();
    }

    private boolean isLarge(String text, long pixels) {
        try (Passage passage = documents.enter(false)) {
            passage.has(text);
            passage.hasPixels(pixels);
            return passage.isLarge();
        }
    }

    @Test
    void largeOnesTakeTurnsInTheirOrderAndSmallOnesDoNotWait() throws Exception {
        List<String> order = new ArrayList<>();
        try (Passage first = documents.enter(true)) {
            first.has(LARGE);
            for (String name : List.of("second", "third", "fourth")) {
                awaitWaiting(start(() -> {
                    try (Passage passage = documents.enter(false)) {
                        passage.has(LARGE);
                        order.add(name);
                    }
                }));
            }
            assertThat(isLarge("small", 0)).isFalse();
            assertThat(order).isEmpty();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(order).containsExactly("second", "third", "fourth");
    }

    @Test
    void anInterruptEndsTheWaitAndTheTurnGoesToTheNext() throws Exception {
        CompletableFuture<Throwable> given = new CompletableFuture<>();
        CompletableFuture<Boolean> taken = new CompletableFuture<>();
        try (Passage first = documents.enter(true)) {
            Thread waiting = start(() -> {
                try (Passage passage = documents.enter(false)) {
                    passage.has(LARGE);
                    given.completeExceptionally(new AssertionError("there were two"));
                } catch (RenderStoppedException e) {
                    given.complete(e.reason());
                }
            });
            awaitWaiting(waiting);
            awaitWaiting(start(() -> taken.complete(isLarge(LARGE, 0))));
            // What the watch does at an attempt's deadline.
            waiting.interrupt();
            assertThat(given.get(30, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
            assertThat(taken).isNotDone();
        }
        assertThat(taken.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(isLarge(LARGE, 0)).isTrue();
    }

    @Test
    void aFullHeapStopsTheOneThatTookMost() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        Thread other = start(() -> {
            try (Passage passage = documents.enter(false)) {
                entered.countDown();
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        entered.await();
        try (Passage passage = documents.enter(false)) {
            byte[] much = new byte[8 * 1024 * 1024];
            assertThat(passage.wasStopped()).isFalse();
            documents.stopLargest();
            assertThatThrownBy(RenderStoppedException::ifInterrupted).isInstanceOf(RenderStoppedException.class);
            assertThat(passage.wasStopped()).as("%s bytes", much.length).isTrue();
            assertThat(Thread.currentThread().isInterrupted()).isFalse();

            // Not the next one before its memory is free again.
            documents.stopLargest();
            assertThat(other.isInterrupted()).isFalse();
        }
        documents.stopLargest();
        other.join();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void oneThatWaitsForItsTurnIsNotStoppedForAFullHeap() throws Exception {
        CompletableFuture<Boolean> taken = new CompletableFuture<>();
        try (Passage first = documents.enter(true)) {
            awaitWaiting(start(() -> {
                try (Passage passage = documents.enter(false)) {
                    byte[] much = new byte[32 * 1024 * 1024];
                    passage.has(LARGE);
                    taken.complete(much.length > 0 && !passage.wasStopped());
                }
            }));
            documents.stopLargest();
            assertThat(first.wasStopped()).isTrue();
        }
        assertThat(taken.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void anInterruptOfTheAttemptIsNotTakenForAFullHeap() {
        try (Passage passage = documents.enter(false)) {
            Thread.currentThread().interrupt();
            assertThat(passage.wasStopped()).isFalse();
        }
        assertThat(Thread.interrupted()).isTrue();
    }

    private Thread start(Runnable body) {
        Thread thread = new Thread(body, "document");
        threads.add(thread);
        thread.start();
        return thread;
    }

    private static void awaitWaiting(Thread thread) {
        await().atMost(Duration.ofSeconds(30)).until(() -> thread.getState() == Thread.State.WAITING);
    }
}
