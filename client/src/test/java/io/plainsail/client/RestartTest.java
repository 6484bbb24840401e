package io.plainsail.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.plainsail.standalone.Standalone;
import io.plainsail.testbed.FreePorts;
import io.plainsail.worker.testing.ScriptWorker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Callers who wait see no more of a facade's restart than that it takes a little longer. */
@Timeout(120)
class RestartTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path data;

    private Standalone start(int port) throws Exception {
        Standalone standalone = Standalone.startWithoutKeys(port, data, "WARN");
        standalone.awaitReady();
        return standalone;
    }

    @Test
    void whoFollowsAndWhoWaitsGoOnThroughARestart() throws Exception {
        int port = FreePorts.next();
        String gate = UUID.randomUUID().toString();
        List<JobEvent> seen = new CopyOnWriteArrayList<>();
        CompletableFuture<Job> following = new CompletableFuture<>();
        CompletableFuture<Job> waiting;
        Job job;
        Plainsail plainsail;
        try (Standalone first = start(port)) {
            plainsail = Plainsail.connect(first.uri())
                    .retry(new RetryPolicy(100, Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofMinutes(1)))
                    .build();
            job = plainsail.submit(JobRequest.of("test.script", Map.of("lines", 20, "gate", gate)));
            Thread follower = new Thread(() -> {
                try (JobEvents events = plainsail.events(job.id()).within(PATIENCE)) {
                    events.forEachRemaining(seen::add);
                    following.complete(((JobEvent.Changed) seen.get(seen.size() - 1)).job());
                } catch (RuntimeException e) {
                    following.completeExceptionally(e);
                }
            });
            follower.start();
            waiting = CompletableFuture.supplyAsync(() -> plainsail.await(job.id(), PATIENCE));
            await().atMost(PATIENCE).until(() -> lines(seen).size() == 20);
        }
        assertThat(following).isNotDone();
        assertThat(waiting).isNotDone();
        try (Standalone second = start(port)) {
            ScriptWorker.open(gate);
            assertThat(waiting.get(60, TimeUnit.SECONDS).succeeded()).isTrue();
            assertThat(following.get(60, TimeUnit.SECONDS).succeeded()).isTrue();
            // The first attempt's lines came before, the second one's after it; each once.
            List<String> kept = Plainsail.connect(second.uri())
                    .build()
                    .logs(job.id())
                    .map(line -> line.attempt() + "." + line.sequence())
                    .toList();
            assertThat(lines(seen)).isEqualTo(kept).hasSizeGreaterThan(20);
        }
    }

    /** Jobs come, run and end before, while and after nobody is there; each of their ends is told once. */
    @Test
    void whoFollowsAllChangesGoesOnThroughARestart() throws Exception {
        int port = FreePorts.next();
        JobFilter wanted = JobFilter.all().label("feed", "restart").state(JobState.SUCCEEDED);
        List<String> submitted = new ArrayList<>();
        List<String> seen = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> following = new CompletableFuture<>();
        JobChanges changes;
        Plainsail plainsail;
        try (Standalone first = start(port)) {
            plainsail = Plainsail.connect(first.uri())
                    .retry(new RetryPolicy(100, Duration.ofMillis(50), Duration.ofMillis(500), Duration.ofMinutes(1)))
                    .build();
            changes = plainsail.changes(wanted).within(PATIENCE);
            Thread follower = new Thread(() -> {
                try {
                    Job job;
                    do {
                        job = changes.next().job();
                        seen.add(job.id().toString());
                    } while (!job.labels().containsKey("last"));
                    following.complete(null);
                } catch (RuntimeException e) {
                    following.completeExceptionally(e);
                }
            });
            follower.start();
            for (int i = 0; i < 5; i++) {
                submitted.add(submit(plainsail));
            }
            await().atMost(PATIENCE).until(() -> seen.size() == 5);
        }
        try (Standalone second = start(port)) {
            for (int i = 0; i < 5; i++) {
                submitted.add(submit(plainsail));
            }
            await().atMost(PATIENCE).until(() -> seen.size() >= 10);
            submitted.add(plainsail
                    .submit(JobRequest.of("test.script", Map.of())
                            .label("feed", "restart")
                            .label("last", "yes"))
                    .id()
                    .toString());
            following.get(60, TimeUnit.SECONDS);
        } finally {
            changes.close();
        }
        assertThat(seen).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(submitted);
    }

    private static String submit(Plainsail plainsail) {
        return plainsail
                .submit(JobRequest.of("test.script", Map.of()).label("feed", "restart"))
                .id()
                .toString();
    }

    private static List<String> lines(List<JobEvent> events) {
        List<String> lines = new ArrayList<>();
        for (JobEvent event : events) {
            if (event instanceof JobEvent.Logged logged) {
                lines.add(logged.line().attempt() + "." + logged.line().sequence());
            }
        }
        return lines;
    }
}
