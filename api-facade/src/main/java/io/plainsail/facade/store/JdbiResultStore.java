package io.plainsail.facade.store;

import io.plainsail.facade.results.ArrivingFile;
import io.plainsail.facade.results.DirectoryResultStore;
import io.plainsail.facade.results.RefusedFileException;
import io.plainsail.facade.results.ResultStore;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;

/**
 * Result files in PostgreSQL, in parts, so that every facade serves all of them, none is lost with a facade's host, and a
 * backup of the store has them. A file arrives in a temporary one, so that neither connection nor transaction waits for a
 * slow sender; a reader has a connection for one part at a time. Files that a release before {@code V0019} kept in the
 * directory are served from there for as long as their jobs are kept. Thread-safe.
 */
public final class JdbiResultStore implements ResultStore {
    static final int PART_BYTES = 256 * 1024;
    private static final int PATIENCE_SECONDS = 20;

    private final Database database;
    private final Path directory;
    private final DirectoryResultStore ofBefore;
    private final Semaphore keeping;

    /**
     * @param directory for files that arrive, and of those from before; made if it does not exist
     */
    public JdbiResultStore(Database database, Path directory) throws IOException {
        this.database = database;
        this.directory = Files.createDirectories(directory);
        this.ofBefore = new DirectoryResultStore(directory);
        this.keeping = new Semaphore(Math.max(1, database.pool().max() / 4), true);
    }

    @Override
    public Kept keep(UUID jobId, int attempt, InputStream content, String expectedDigest, long maxBytes)
            throws IOException {
        Path arriving = directory.resolve(jobId + "." + attempt + "." + UUID.randomUUID() + ".part");
        // Its name goes at once, and the file with the process.
        try (FileChannel file = FileChannel.open(
                arriving,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE)) {
            Kept kept = ArrivingFile.write(content, file, expectedDigest, maxBytes);
            file.position(0);
            admit();
            try {
                database.write(handle -> insert(handle, jobId, attempt, file));
            } catch (UncheckedIOException e) {
                throw e.getCause();
            } finally {
                keeping.release();
            }
            return kept;
        }
    }

    /** Connections are left for jobs that are accepted and recorded. */
    private void admit() throws IOException {
        boolean admitted;
        try {
            admitted = keeping.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            admitted = false;
        }
        if (!admitted) {
            throw new IOException("other files are being kept at the moment");
        }
    }

    private static int insert(Handle handle, UUID jobId, int attempt, FileChannel file) {
        // The same file may be delivered twice at a time.
        handle.execute("select pg_advisory_xact_lock(hashtextextended(?, 0))", jobId + "." + attempt);
        handle.execute("delete from result_files where job_id = ? and attempt = ?", jobId, attempt);
        int parts = 0;
        byte[] part;
        do {
            part = read(file);
            handle.execute("insert into result_files values (?, ?, ?, ?)", jobId, attempt, parts++, part);
        } while (part.length == PART_BYTES);
        // The file of a job that is forgotten meanwhile would stay for ever.
        if (handle.select("select id from jobs where id = ? for key share", jobId)
                .mapTo(UUID.class)
                .findOne()
                .isEmpty()) {
            throw new RefusedFileException(
                    RefusedFileException.Rule.UNKNOWN_JOB, "no job has the id " + jobId + " any more");
        }
        return parts;
    }

    /** The next part: shorter than the others, or empty, at the end. */
    private static byte[] read(FileChannel file) {
        ByteBuffer buffer = ByteBuffer.allocate(PART_BYTES);
        try {
            while (buffer.hasRemaining() && file.read(buffer) >= 0) {
                // until it is full, or the file has ended
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        byte[] part = new byte[buffer.flip().remaining()];
        buffer.get(part);
        return part;
    }

    @Override
    public Optional<Found> find(UUID jobId, int attempt) {
        boolean there = database.read(handle -> handle.select(
                        "select part from result_files where job_id = ? and attempt = ? and part = 0", jobId, attempt)
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
        return there
                ? Optional.of((from, length, out) -> copy(jobId, attempt, from, length, out))
                : ofBefore.find(jobId, attempt);
    }

    private void copy(UUID jobId, int attempt, long from, long length, OutputStream out) throws IOException {
        long at = from;
        while (at < from + length) {
            int number = (int) (at / PART_BYTES);
            byte[] part = database.read(handle -> handle.select(
                                    "select content from result_files where job_id = ? and attempt = ? and part = ?",
                                    jobId,
                                    attempt,
                                    number)
                            .map((row, context) -> row.getBytes(1))
                            .findOne())
                    .orElse(new byte[0]);
            int offset = (int) (at % PART_BYTES);
            int wanted = (int) Math.min(part.length - offset, from + length - at);
            if (wanted <= 0) {
                throw new EOFException("the result file is shorter than it was");
            }
            out.write(part, offset, wanted);
            at += wanted;
        }
    }

    /** Those of before: the others go with their job, in its transaction. */
    @Override
    public void forget(UUID jobId, int attempts) throws IOException {
        ofBefore.forget(jobId, attempts);
    }
}
