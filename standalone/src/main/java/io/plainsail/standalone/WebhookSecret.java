package io.plainsail.standalone;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;

/** The webhook signing key of this edition, made at the first start and kept beside the data, readable by its owner. */
record WebhookSecret(String value) {
    private static final String FILE = "webhook-signing-key";

    static WebhookSecret in(Path data) throws IOException {
        Files.createDirectories(data);
        Path file = data.resolve(FILE);
        if (!Files.exists(file)) {
            byte[] key = new byte[32];
            new SecureRandom().nextBytes(key);
            Path fresh = Files.createTempFile(
                    data,
                    FILE,
                    ".new",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(fresh, "whsec_" + Base64.getEncoder().encodeToString(key));
            try {
                Files.move(fresh, file);
            } catch (FileAlreadyExistsException e) {
                Files.delete(fresh);
            }
        }
        return new WebhookSecret(Files.readString(file).strip());
    }

    @Override
    public String toString() {
        return "[REDACTED]";
    }
}
