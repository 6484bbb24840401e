package io.plainsail.facade.results;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.UUID;

/** Keeps result files that are too large for the outcome event, for every facade of the job store. Thread-safe. */
public interface ResultStore {

    /**
     * Keeps a file; durable when it returns. A file of the same attempt that is there already is replaced.
     *
     * @param expectedDigest {@code sha-256:<hex>}
     * @param maxBytes longer content is refused
     * @throws RefusedFileException if the content is too long or has another digest; nothing is kept
     * @throws IOException if it cannot be kept now
     */
    Kept keep(UUID jobId, int attempt, InputStream content, String expectedDigest, long maxBytes) throws IOException;

    /**
     * @param size in bytes
     * @param digest {@code sha-256:<hex>}
     */
    record Kept(long size, String digest) {}

    /**
     * Forgets the files of a job's attempts, from the first to the given one, before the job itself is forgotten. Nothing is
     * to be done where they go with it.
     */
    void forget(UUID jobId, int attempts) throws IOException;

    /** The file, if there is one. */
    Optional<Found> find(UUID jobId, int attempt);

    /** A file that is kept. */
    @FunctionalInterface
    interface Found {
        /**
         * Writes a part of it.
         *
         * @param from the first byte
         * @param length how many bytes
         * @throws java.io.EOFException if they are not all there any more
         */
        void copy(long from, long length, OutputStream out) throws IOException;
    }
}
