package io.plainsail.facade.results;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;

/**
 * Result files in a directory, for a single facade: {@code <last two hex digits of the job id>/<job id>.<attempt>}. A file
 * is written beside its place, forced to disk and then renamed, so that what is found is whole.
 */
public final class DirectoryResultStore implements ResultStore {
    private static final int BUFFER_BYTES = 16 * 1024;

    private final Path directory;

    /**
     * @param directory made if it does not exist
     */
    public DirectoryResultStore(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
    }

    @Override
    public Kept keep(UUID jobId, int attempt, InputStream content, String expectedDigest, long maxBytes)
            throws IOException {
        Path place = place(jobId, attempt);
        Path folder = Files.createDirectories(folder(jobId));
        Path partial = place.resolveSibling(place.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            Kept kept;
            try (FileChannel file =
                    FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                kept = ArrivingFile.write(content, file, expectedDigest, maxBytes);
                file.force(true);
            }
            Files.move(partial, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceDirectory(folder);
            return kept;
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    @Override
    public Optional<Found> find(UUID jobId, int attempt) {
        Path place = place(jobId, attempt);
        return Files.isRegularFile(place)
                ? Optional.of((from, length, out) -> copy(place, from, length, out))
                : Optional.empty();
    }

    private static void copy(Path file, long from, long length, OutputStream out) throws IOException {
        try (InputStream content = Files.newInputStream(file)) {
            content.skipNBytes(from);
            byte[] buffer = new byte[BUFFER_BYTES];
            long left = length;
            while (left > 0) {
                int read = content.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (read < 0) {
                    throw new EOFException("the result file is shorter than it was");
                }
                out.write(buffer, 0, read);
                left -= read;
            }
        }
    }

    @Override
    public void forget(UUID jobId, int attempts) throws IOException {
        for (int attempt = 1; attempt <= attempts; attempt++) {
            Files.deleteIfExists(place(jobId, attempt));
        }
    }

    private Path place(UUID jobId, int attempt) {
        return folder(jobId).resolve(jobId + "." + attempt);
    }

    private Path folder(UUID jobId) {
        String id = jobId.toString();
        return directory.resolve(id.substring(id.length() - 2));
    }

    /** A rename is durable once its directory is. */
    private static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
