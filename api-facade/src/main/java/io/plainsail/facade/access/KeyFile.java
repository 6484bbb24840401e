package io.plainsail.facade.access;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that holds one key, made with a fresh one if it is not there: the first key of a new installation. */
public final class KeyFile {
    private static final Logger log = LoggerFactory.getLogger(KeyFile.class);
    private static final int MAX_BYTES = 1_000;

    private KeyFile() {}

    /**
     * The file's key, in force for the given role and all tenants.
     *
     * @throws IllegalArgumentException if the file holds no key, or cannot be read or made
     */
    public static ApiKey read(Path file, Role role, Instant now) {
        try {
            if (!Files.exists(file)) {
                make(file);
                log.info("A key for the role {} is made: it stands in {}", role.word(), file);
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException(file + " is too long: it must hold one key and nothing else");
            }
            KeyText text = KeyText.parse(
                            Files.readString(file, StandardCharsets.US_ASCII).strip())
                    .orElseThrow(() -> new IllegalArgumentException(
                            file + " holds no key: it must hold psk_… as it was given; delete the file for a new one"));
            return new ApiKey(
                    text.id(),
                    text.hash(),
                    file.getFileName().toString(),
                    null,
                    role,
                    Set.of(),
                    null,
                    null,
                    now,
                    "file",
                    null);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read or made: " + e, e);
        }
    }

    /** Whole or not at all, and for the owner's eyes alone. */
    private static void make(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path fresh = Files.createTempFile(
                absolute.getParent(),
                ".key",
                "",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            Files.writeString(fresh, KeyText.fresh().text() + "\n", StandardOpenOption.WRITE, StandardOpenOption.DSYNC);
            Files.move(fresh, absolute, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }
}
