package io.plainsail.worker.service;

import io.opentelemetry.api.trace.Span;
import io.plainsail.contracts.wire.WorkerEvent;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way to the facade.
 *
 * @param bytes about how many it takes on the wire
 * @param confirmed told when the event is safe with the carrier; null for a spare event, that nobody's job depends on
 * @param span that it is on its way, ended when it is confirmed; null if that is not recorded
 */
record OutboxEntry(
        WorkerEvent event,
        int bytes,
        @Nullable Runnable confirmed,
        @Nullable Span span) {

    /** A guess: there are few, and writing them only to count is not worth it. */
    private static final int CONTRACT_BYTES = 16 * 1024;

    static OutboxEntry spare(WorkerEvent event) {
        return new OutboxEntry(event, sizeOf(event), null, null);
    }

    static OutboxEntry outcome(WorkerEvent.OfAttempt outcome, Runnable confirmed, @Nullable Span span) {
        return new OutboxEntry(outcome, sizeOf(outcome), confirmed, span);
    }

    boolean isSpare() {
        return confirmed == null;
    }

    private static int sizeOf(WorkerEvent event) {
        if (event instanceof WorkerEvent.Succeeded succeeded) {
            byte[] inline = succeeded.file() == null ? null : succeeded.file().inline();
            return 300 + succeeded.output().length + (inline == null ? 0 : inline.length / 3 * 4);
        }
        if (event instanceof WorkerEvent.LogLine log) {
            return 200 + log.line().length();
        }
        if (event instanceof WorkerEvent.Failed failed) {
            return 600 + failed.failure().message().length();
        }
        if (event instanceof WorkerEvent.Retrying retrying) {
            int message = retrying.failure() == null
                    ? 0
                    : retrying.failure().message().length();
            return 700 + retrying.reason().length() + message;
        }
        if (event instanceof WorkerEvent.Announced announced) {
            return CONTRACT_BYTES * announced.contracts().size();
        }
        return 250;
    }
}
