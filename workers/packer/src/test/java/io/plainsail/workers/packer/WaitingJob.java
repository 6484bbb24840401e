package io.plainsail.workers.packer;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.testing.TestJob;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** A job as a handler sees it, without a worker around, for tests that interrupt the handler themselves. */
final class WaitingJob implements JobContext {
    final List<String> lines = new CopyOnWriteArrayList<>();
    private final TestJob job;

    WaitingJob(TestJob job) {
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
        return job.contract().jobType();
    }

    @Override
    public JsonNode input() {
        return StrictJson.read(job.input());
    }

    @Override
    public <T> T input(Class<T> as) {
        throw new UnsupportedOperationException("the handler reads the tree");
    }

    @Override
    public Instant deadline() {
        return Clock.systemUTC().instant().plus(Duration.ofHours(1));
    }

    @Override
    public boolean interrupted() {
        return Thread.currentThread().isInterrupted();
    }

    @Override
    public void progress(double percent, String message) {}

    @Override
    public void log(String line) {
        lines.add(line);
    }
}
