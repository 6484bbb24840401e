package io.plainsail.facade.results;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/**
 * Result files in a directory: {@code <last two hex digits of the job id>/<job id>.<attempt>}. A file is written beside
 * its place, forced to disk and then renamed, so that what is found is whole.
 */
public final class DirectoryResultStore implements ResultStore {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Path directory;

    /**
     * @param directory made if it does not exist; shared storage if several facades serve results
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
            MessageDigest digest = sha256();
            long size = 0;
            try (FileChannel file =
                    FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                    size += read;
                    if (size > maxBytes) {
                        throw new RefusedFileException(
                                RefusedFileException.Rule.TOO_LARGE,
                                "the file is longer than " + maxBytes + " bytes, the contract's maxOutputBytes");
                    }
                    digest.update(buffer, 0, read);
                    for (ByteBuffer out = ByteBuffer.wrap(buffer, 0, read); out.hasRemaining(); ) {
                        file.write(out);
                    }
                }
                file.force(true);
            }
            String found = "sha-256:" + HexFormat.of().formatHex(digest.digest());
            if (!found.equals(expectedDigest)) {
                throw new RefusedFileException(
                        RefusedFileException.Rule.WRONG_DIGEST,
                        "the content has digest " + found + ", announced was " + expectedDigest);
            }
            Files.move(partial, place, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            forceDirectory(folder);
            return new Kept(size, found);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    @Override
    public Optional<Path> find(UUID jobId, int attempt) {
        Path place = place(jobId, attempt);
        return Files.isRegularFile(place) ? Optional.of(place) : Optional.empty();
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

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no SHA-256", e);
        }
    }
}
