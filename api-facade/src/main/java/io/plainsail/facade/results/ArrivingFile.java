package io.plainsail.facade.results;

import io.plainsail.facade.results.ResultStore.Kept;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A result file on its way into a result store. */
public final class ArrivingFile {
    private static final int BUFFER_BYTES = 64 * 1024;

    private ArrivingFile() {}

    /**
     * Writes it into a file, bounded, and checks its digest.
     *
     * @param expectedDigest {@code sha-256:<hex>}
     * @param maxBytes longer content is refused
     * @throws RefusedFileException if the content is too long or has another digest
     */
    public static Kept write(InputStream content, FileChannel file, String expectedDigest, long maxBytes)
            throws IOException {
        MessageDigest digest = sha256();
        long size = 0;
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
        String found = "sha-256:" + HexFormat.of().formatHex(digest.digest());
        if (!found.equals(expectedDigest)) {
            throw new RefusedFileException(
                    RefusedFileException.Rule.WRONG_DIGEST,
                    "the content has digest " + found + ", announced was " + expectedDigest);
        }
        return new Kept(size, found);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JVM has no SHA-256", e);
        }
    }
}
