package io.plainsail.worker.testing;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.JobType;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobHandler;
import io.plainsail.worker.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Hands everything on and notes what a worker process would coalesce or turn into something else. */
final class RecordingHandler implements JobHandler {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final JobHandler handler;

    // Guarded by this.
    private final List<TestResult.Progress> progress = new ArrayList<>();
    private final List<String> log = new ArrayList<>();
    private @Nullable Throwable thrown;
    private boolean begun;
    private boolean ended;

    RecordingHandler(JobHandler handler) {
        this.handler = handler;
    }

    @Override
    public Outcome handle(JobContext job) throws Exception {
        note(() -> begun = true);
        try {
            return handler.handle(new Recording(job));
        } catch (Throwable thrownByHandler) {
            note(() -> thrown = thrownByHandler);
            throw thrownByHandler;
        } finally {
            note(() -> ended = true);
        }
    }

    private synchronized void note(Runnable news) {
        news.run();
        notifyAll();
    }

    void awaitBegun() {
        await("begin", () -> begun);
    }

    void awaitLog(String part) {
        await("log \"" + part + "\"", () -> log.stream().anyMatch(line -> line.contains(part)));
    }

    void awaitProgress(double percent) {
        await("tell a progress of " + percent, () -> progress.stream().anyMatch(told -> told.percent() >= percent));
    }

    private synchronized void await(String what, BooleanSupplier done) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (!done.getAsBoolean()) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (ended || left <= 0) {
                    throw new AssertionError(
                            "the handler " + (ended ? "ended" : "went on for " + PATIENCE) + " and did not " + what
                                    + "; log: " + log + ", progress: " + progress,
                            thrown);
                }
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for the handler to " + what, e);
        }
    }

    synchronized List<TestResult.Progress> progress() {
        return List.copyOf(progress);
    }

    synchronized @Nullable Throwable thrown() {
        return thrown;
    }

    private final class Recording implements JobContext {
        private final JobContext job;

        Recording(JobContext job) {
            this.job = job;
        }

        @Override
        public UUID jobId() {
            return job.jobId();
        }

        @Override
        public int attempt() {
            return job.attempt();
        }

        @Override
        public JobType jobType() {
            return job.jobType();
        }

        @Override
        public JsonNode input() {
            return job.input();
        }

        @Override
        public <T> T input(Class<T> as) throws JobFailedException {
            return job.input(as);
        }

        @Override
        public Instant deadline() {
            return job.deadline();
        }

        @Override
        public boolean interrupted() {
            return job.interrupted();
        }

        @Override
        public void progress(double percent, String message) {
            note(() -> progress.add(new TestResult.Progress(percent, message)));
            job.progress(percent, message);
        }

        @Override
        public void log(String line) {
            job.log(line);
            note(() -> log.add(line));
        }
    }
}
