package io.plainsail.facade.job;

import io.plainsail.contracts.wire.Failure;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Equal for failures that went wrong in the same way, whatever their messages say. */
public final class Fingerprint {
    private static final int LENGTH = 16;

    private Fingerprint() {}

    /** 16 hex digits over category, code, class of the error and digest of its stack. */
    public static String of(Failure failure) {
        String text = failure.category().name()
                + '\n'
                + failure.code()
                + '\n'
                + failure.errorClass()
                + '\n'
                + failure.stackDigest();
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest).substring(0, LENGTH);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
