package io.plainsail.workers.document;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.worker.JobContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** A job with an input, that keeps what the handler says. */
final class FakeJob implements JobContext {
    private final ObjectNode input;
    private final List<String> lines = new ArrayList<>();

    private FakeJob(ObjectNode input) {
        this.input = input;
    }

    static FakeJob markdown(String template) {
        return of("markdown", template);
    }

    static FakeJob html(String template) {
        return of("html", template);
    }

    private static FakeJob of(String format, String template) {
        ObjectNode input = StrictJson.mapper().createObjectNode();
        input.put("templateFormat", format).put("template", template);
        return new FakeJob(input);
    }

    static FakeJob ofInput(JsonNode input) {
        return new FakeJob((ObjectNode) input);
    }

    /** Data as JSON; single quotes stand for double ones. */
    FakeJob data(String json) {
        input.set("data", StrictJson.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
        return this;
    }

    FakeJob data(JsonNode data) {
        input.set("data", data);
        return this;
    }

    FakeJob with(String field, Object value) {
        input.set(field, StrictJson.mapper().valueToTree(value));
        return this;
    }

    List<String> lines() {
        return lines;
    }

    @Override
    public UUID jobId() {
        return new UUID(0, 1);
    }

    @Override
    public int attempt() {
        return 1;
    }

    @Override
    public JobType jobType() {
        return new JobType("document.render", 1);
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
        return Instant.MAX;
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
