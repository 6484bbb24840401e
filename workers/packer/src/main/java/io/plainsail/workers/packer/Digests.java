package io.plainsail.workers.packer;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A SHA-256 that grows part by part; parts cannot run into each other. */
final class Digests {
    private static final int BUFFER = 256 * 1024;

    private final MessageDigest digest = sha256();

    Digests add(String part) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        digest.update(bytes);
        return this;
    }

    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** The SHA-256 of a file's content. */
    static String of(Path file) throws IOException, InterruptedException {
        return of(file, false);
    }

    /** The same, and the file is on disk then. */
    static String ofForced(Path file) throws IOException, InterruptedException {
        return of(file, true);
    }

    private static String of(Path file, boolean force) throws IOException, InterruptedException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[BUFFER];
        // Not a channel: an interrupt would close it with another error than the one that is meant.
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                digest.update(buffer, 0, count);
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while " + file.getFileName() + " was read");
                }
            }
            if (force) {
                in.getFD().sync();
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
