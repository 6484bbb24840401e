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
 * Tokens with which a job's attempts deliver their result files: a MAC over the job, so that nothing need be stored, a
 * worker can begin the next attempt without the facade, and a token is worth nothing for another job. Which attempt may
 * deliver is the store's to say. Thread-safe.
 */
public final class JobTokens {
    private static final String ALGORITHM = "HmacSHA256";

    private final ThreadLocal<Mac> macs;

    /**
     * @param key shared by all facades of one store, 32 bytes
     */
    public JobTokens(byte[] key) {
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

    public String tokenFor(UUID jobId) {
        byte[] subject = ByteBuffer.allocate(16)
                .putLong(jobId.getMostSignificantBits())
                .putLong(jobId.getLeastSignificantBits())
                .array();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(macs.get().doFinal(subject));
    }

    /** Whether the token was made for this job; takes the same time whatever is wrong with it. */
    public boolean matches(String token, UUID jobId) {
        return MessageDigest.isEqual(
                token.getBytes(StandardCharsets.UTF_8), tokenFor(jobId).getBytes(StandardCharsets.UTF_8));
    }
}
