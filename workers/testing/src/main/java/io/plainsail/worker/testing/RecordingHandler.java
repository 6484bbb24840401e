package io.plainsail.worker.testing;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.JobType;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobHandler;
import io.plainsail.worker.Outcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Hands everything on and notes what a worker process would coalesce or turn into something else. */
final class RecordingHandler implements JobHandler {
    private final JobHandler handler;

    // Guarded by this.
    private final List<TestResult.Progress> progress = new ArrayList<>();
    private @Nullable Throwable thrown;

    RecordingHandler(JobHandler handler) {
        this.handler = handler;
    }

    @Override
    public Outcome handle(JobContext job) throws Exception {
        try {
            return handler.handle(new Recording(job));
        } catch (Throwable thrownByHandler) {
            synchronized (this) {
                thrown = thrownByHandler;
            }
            throw thrownByHandler;
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
            synchronized (RecordingHandler.this) {
                progress.add(new TestResult.Progress(percent, message));
            }
            job.progress(percent, message);
        }

        @Override
        public void log(String line) {
            job.log(line);
        }
    }
}
