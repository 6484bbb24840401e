package io.plainsail.workers.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** A job as a handler sees it, without a worker around. */
final class FakeJob implements JobContext {
    static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    final List<String> lines = new CopyOnWriteArrayList<>();
    private final UUID id;
    private final int attempt;
    private final JsonNode input;
    private final Duration left;

    private FakeJob(UUID id, int attempt, JsonNode input, Duration left) {
        this.id = id;
        this.attempt = attempt;
        this.input = input;
        this.left = left;
    }

    static FakeJob of(JsonNode input) {
        return new FakeJob(UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057"), 1, input, Duration.ofSeconds(30));
    }

    static FakeJob of(String url, String body) {
        return of(StrictJson.mapper()
                .createObjectNode()
                .put("url", url)
                .set("body", StrictJson.read(body.getBytes(StandardCharsets.UTF_8))));
    }

    FakeJob nextAttempt() {
        return new FakeJob(id, attempt + 1, input, left);
    }

    FakeJob within(Duration time) {
        return new FakeJob(id, attempt, input, time);
    }

    @Override
    public UUID jobId() {
        return id;
    }

    @Override
    public int attempt() {
        return attempt;
    }

    @Override
    public JobType jobType() {
        return new JobType("webhook.deliver", 1);
    }

    @Override
    public JsonNode input() {
        return input;
    }

    @Override
    public <T> T input(Class<T> as) {
        throw new UnsupportedOperationException("the handler reads the tree");
    }

    @Override
    public Instant deadline() {
        return NOW.plus(left);
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

    static String failureText(JobFailedException e) {
        StringBuilder text = new StringBuilder();
        for (Throwable t = e; t != null; t = t.getCause()) {
            text.append(t).append('\n');
        }
        return text.toString();
    }
}
