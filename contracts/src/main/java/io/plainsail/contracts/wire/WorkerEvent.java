package io.plainsail.contracts.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a worker reports to the facade. Times are those of the worker's clock. */
public sealed interface WorkerEvent {

    /** An event of one attempt at a job. */
    sealed interface OfAttempt extends WorkerEvent {
        UUID jobId();

        int attempt();

        Instant at();
    }

    /**
     * The attempt still runs after a short while, and repeated while it does, which renews its lease; a shorter one
     * reports its outcome alone. The time is that of the start.
     */
    record Started(UUID jobId, int attempt, Instant at) implements OfAttempt {}

    /**
     * How far the attempt is; only the newest counts.
     *
     * @param percent 0 to 100, if known
     * @param message for people, if any
     */
    record Progress(
            UUID jobId,
            int attempt,
            Instant at,
            @Nullable Double percent,
            @Nullable String message) implements OfAttempt {}

    /**
     * One line of the attempt's log.
     *
     * @param sequence position in the attempt's log, from 0
     * @param line one line, without its end
     */
    record LogLine(UUID jobId, int attempt, Instant at, int sequence, String line) implements OfAttempt {}

    /**
     * The attempt succeeded.
     *
     * @param output JSON that meets the contract's output schema; read-only
     * @param file the file it produced, if any
     */
    record Succeeded(
            UUID jobId,
            int attempt,
            Instant startedAt,
            Instant at,
            byte[] output,
            @Nullable ResultFile file) implements OfAttempt {}

    /**
     * The attempt ended without a result, and the message of the next one is with the transport already.
     *
     * @param nextAt when the next attempt may begin
     * @param failure why it failed; null if it was put off, which counts as no failure
     * @param reason for people
     */
    record Retrying(
            UUID jobId,
            int attempt,
            Instant startedAt,
            Instant at,
            Instant nextAt,
            @Nullable Failure failure,
            String reason)
            implements OfAttempt {}

    /** The attempt failed for good. */
    record Failed(UUID jobId, int attempt, Instant startedAt, Instant at, Failure failure) implements OfAttempt {}

    /** The worker stops and gave the job back: the attempt has no outcome, and another one may begin. */
    record HandedBack(UUID jobId, int attempt, Instant startedAt, Instant at) implements OfAttempt {}

    /**
     * A facade's own mark: when it comes out of the queue of events, everything that was reported before it has come out
     * too.
     */
    record Mark(Instant at) implements WorkerEvent {}

    /** The contracts that the worker speaks, sent when it starts and repeated while it runs. */
    record Announced(Instant at, List<JsonNode> contracts) implements WorkerEvent {
        public Announced {
            contracts = List.copyOf(contracts);
        }
    }
}
