package io.plainsail.worker.testing;

import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.ResultDelivery;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** A result delivery that keeps what it is given, and answers what it is told to. Thread-safe. */
public final class RecordingResultDelivery implements ResultDelivery {

    // Guarded by this.
    private final List<Delivered> delivered = new ArrayList<>();
    private final ArrayDeque<Verdict> verdicts = new ArrayDeque<>();

    /**
     * One try.
     *
     * @param upload what was to be delivered
     * @param content the file as it was at that moment; read-only
     */
    public record Delivered(Upload upload, byte[] content) {}

    /** Answers the next tries so, in this order; those after them are taken. */
    public synchronized RecordingResultDelivery answering(Verdict... next) {
        verdicts.addAll(List.of(next));
        return this;
    }

    @Override
    public Answer deliver(Upload upload, Duration patience) {
        byte[] content = content(upload.file());
        synchronized (this) {
            delivered.add(new Delivered(upload, content));
            Verdict verdict = verdicts.isEmpty() ? Verdict.TAKEN : verdicts.remove();
            return new Answer(verdict, "told to answer " + verdict);
        }
    }

    /** Every try so far. */
    public synchronized List<Delivered> delivered() {
        return List.copyOf(delivered);
    }

    private static byte[] content(Outcome.File file) {
        if (file instanceof Outcome.Bytes bytes) {
            return bytes.content();
        }
        try {
            return Files.readAllBytes(((Outcome.OnDisk) file).path());
        } catch (IOException e) {
            throw new UncheckedIOException("the result file cannot be read", e);
        }
    }
}
