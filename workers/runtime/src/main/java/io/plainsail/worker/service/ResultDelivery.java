package io.plainsail.worker.service;

import io.plainsail.worker.Outcome;
import java.time.Duration;
import java.util.UUID;

/**
 * Brings an attempt's result file to the facade, before the outcome that speaks of it. Thread-safe.
 *
 * <p>The calling thread is not interrupted while it is here: an implementation may sit on an embedded database. It must
 * keep the patience it is given.
 */
public interface ResultDelivery extends AutoCloseable {

    /**
     * A file to deliver.
     *
     * @param token secret of the attempt
     * @param file what the handler returned
     * @param size in bytes
     * @param sha256 of the content, 32 bytes; read-only
     */
    record Upload(UUID jobId, int attempt, String token, Outcome.File file, long size, byte[] sha256) {}

    /** What became of one try. */
    enum Verdict {
        /** The facade has the file. */
        TAKEN,
        /** The attempt is not current any more: the job is decided, or runs elsewhere. */
        NOT_CURRENT,
        /** The file exceeds the facade's bound. */
        TOO_LARGE,
        /** The facade will never take it. */
        REFUSED,
        /** The facade could not be asked, or could not answer: try again. */
        UNAVAILABLE
    }

    /**
     * @param detail for people
     */
    record Answer(Verdict verdict, String detail) {}

    /**
     * Tries once.
     *
     * @param patience longest time the try may take
     */
    Answer deliver(Upload upload, Duration patience);

    @Override
    default void close() {}
}
