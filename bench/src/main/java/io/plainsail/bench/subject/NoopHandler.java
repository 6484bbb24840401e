package io.plainsail.bench.subject;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.bench.measure.Histogram;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobHandler;
import io.plainsail.worker.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** Does nothing, and notes how long ago the job was sent, if it says so. */
final class NoopHandler implements JobHandler, AutoCloseable {
    private final Histogram starts = new Histogram();
    private final Path file;
    private final Clock clock;

    NoopHandler(Path file, Clock clock) {
        this.file = file;
        this.clock = clock;
    }

    @Override
    public Outcome handle(JobContext job) {
        JsonNode sentAt = job.input().get("sentAtMicros");
        if (sentAt != null) {
            Instant now = clock.instant();
            starts.record(TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + now.getNano() / 1_000 - sentAt.longValue());
        }
        return Outcome.done();
    }

    @Override
    public void close() throws IOException {
        JobContext.MAPPER.writeValue(file.toFile(), starts);
    }
}
