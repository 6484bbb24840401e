package io.plainsail.workers.ansible;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.worker.JobContext;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** A job as a handler sees it, without a worker around: its lines can be read while it runs. */
final class FakeJob implements JobContext {
    final List<String> lines = new CopyOnWriteArrayList<>();
    final List<String> progress = new CopyOnWriteArrayList<>();
    private final UUID id = UUID.randomUUID();
    private final JsonNode input;
    private final Instant deadline = Clock.systemUTC().instant().plusSeconds(600);

    FakeJob(String json) {
        this.input = StrictJson.read(json.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public UUID jobId() {
        return id;
    }

    @Override
    public int attempt() {
        return 1;
    }

    @Override
    public JobType jobType() {
        return new JobType("ansible.playbook", 1);
    }

    @Override
    public JsonNode input() {
        return input;
    }

    @Override
    public <T> T input(Class<T> as) {
        return MAPPER.convertValue(input, as);
    }

    @Override
    public Instant deadline() {
        return deadline;
    }

    @Override
    public boolean interrupted() {
        return false;
    }

    @Override
    public void progress(double percent, String message) {
        progress.add(message);
    }

    @Override
    public void log(String line) {
        lines.add(line);
    }
}
