package io.plainsail.worker.service;

import io.plainsail.contracts.wire.WireText;
import io.plainsail.contracts.wire.WorkerEvent;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The lines of one attempt's log that are not reported yet. Lines are numbered from 0 and bounded over the whole attempt;
 * what exceeds the bound is counted, and one last line says so. Not thread-safe: guarded by its {@link Attempt}.
 */
final class AttemptLog {
    static final int MAX_LINE_LENGTH = 4_000;

    private final UUID jobId;
    private final int attempt;
    private final int maxLines;
    private final int maxBytes;

    private List<WorkerEvent.LogLine> waiting = List.of(); // Most attempts write nothing.
    private int lines;
    private long bytes;
    private long dropped;

    AttemptLog(UUID jobId, int attempt, int maxLines, int maxBytes) {
        this.jobId = jobId;
        this.attempt = attempt;
        this.maxLines = maxLines;
        this.maxBytes = maxBytes;
    }

    /** Takes what may be several lines. */
    void write(Instant at, String text) {
        text.lines().forEach(line -> {
            String storable = WireText.storable(line, MAX_LINE_LENGTH);
            int size = storable.getBytes(StandardCharsets.UTF_8).length;
            if (dropped > 0 || lines >= maxLines || bytes + size > maxBytes) {
                dropped++;
            } else {
                bytes += size;
                add(at, storable);
            }
        });
    }

    /** The end of the log, beyond the bound: how much was dropped, and then these lines. */
    void writeEnd(Instant at, List<String> last) {
        if (dropped > 0) {
            add(
                    at,
                    dropped + " further lines were dropped: the bound is " + maxLines + " lines or " + maxBytes
                            + " bytes an attempt");
            dropped = 0;
        }
        for (String line : last) {
            add(at, WireText.storable(line, MAX_LINE_LENGTH));
        }
    }

    /** Lines not reported yet. */
    List<WorkerEvent.LogLine> waiting() {
        return waiting;
    }

    /** The waiting lines are on their way: forget them. */
    void reported() {
        waiting = List.of();
    }

    private void add(Instant at, String line) {
        if (waiting.isEmpty()) {
            waiting = new ArrayList<>();
        }
        waiting.add(new WorkerEvent.LogLine(jobId, attempt, at, lines++, line));
    }
}
