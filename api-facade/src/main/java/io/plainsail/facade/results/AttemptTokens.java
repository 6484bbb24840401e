package io.plainsail.facade.results;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tokens with which an attempt delivers its result file: a MAC over job and attempt, so that nothing need be stored and
 * a token is worth nothing for another attempt. Thread-safe.
 */
public final class AttemptTokens {
    private static final String ALGORITHM = "HmacSHA256";

    private final ThreadLocal<Mac> macs;

    /**
     * @param key shared by all facades of one store, 32 bytes
     */
    public AttemptTokens(byte[] key) {
        SecretKeySpec spec = new SecretKeySpec(key, ALGORITHM);
        macs = ThreadLocal.withInitial(() -> {
            try {
                Mac mac = Mac.getInstance(ALGORITHM);
                mac.init(spec);
                return mac;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("this JVM has no " + ALGORITHM, e);
            }
        });
    }

    public String tokenFor(UUID jobId, int attempt) {
        byte[] subject = ByteBuffer.allocate(20)
                .putLong(jobId.getMostSignificantBits())
                .putLong(jobId.getLeastSignificantBits())
                .putInt(attempt)
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(macs.get().doFinal(subject));
    }

    /** Whether the token was made for this attempt; takes the same time whatever is wrong with it. */
    public boolean matches(String token, UUID jobId, int attempt) {
        return MessageDigest.isEqual(
                token.getBytes(StandardCharsets.UTF_8), tokenFor(jobId, attempt).getBytes(StandardCharsets.UTF_8));
    }
}
