package io.plainsail.workers.webhook;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A key that signs webhooks: one secret, or two while it is rotated. Written {@code whsec_<base64>} as Standard Webhooks
 * 1.0 says, 24 to 64 bytes each; two stand in a list or in one text with a space between them, which fits an environment
 * variable. Prints as {@code [REDACTED]}, in JSON too. Immutable, thread-safe.
 */
public final class SigningKey {
    public static final String PREFIX = "whsec_";
    public static final int MIN_BYTES = 24;
    public static final int MAX_BYTES = 64;
    public static final int MAX_SECRETS = 2;

    private static final String HMAC = "HmacSHA256";
    private static final String REDACTED = "[REDACTED]";
    private static final Pattern SPACES = Pattern.compile("\\s+");

    private final List<SecretKeySpec> secrets;

    private SigningKey(List<SecretKeySpec> secrets) {
        this.secrets = secrets;
    }

    /**
     * Reads one secret, or two with a space between them.
     *
     * @throws IllegalArgumentException saying the rule, never the value
     */
    public static SigningKey of(String text) {
        return of(text.isBlank() ? List.of() : List.of(SPACES.split(text.strip())));
    }

    /** In configuration, empty text is no key: that is how an environment variable looks that is not set. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static @Nullable SigningKey configured(String text) {
        return text.isBlank() ? null : of(text);
    }

    /**
     * Reads one secret or two, the current one first.
     *
     * @throws IllegalArgumentException saying the rule, never the value
     */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static SigningKey of(List<String> texts) {
        if (texts.isEmpty() || texts.size() > MAX_SECRETS) {
            throw new IllegalArgumentException("secrets are " + texts.size()
                    + ": must be 1, or 2 while the key is rotated, each " + PREFIX + "<base64>");
        }
        List<SecretKeySpec> secrets = new ArrayList<>();
        for (String text : texts) {
            secrets.add(new SecretKeySpec(decoded(text), HMAC));
        }
        return new SigningKey(List.copyOf(secrets));
    }

    /** {@code v1,<base64>} for each secret, with a space between them: the value of {@code webhook-signature}. */
    String sign(byte[] content) {
        StringBuilder signatures = new StringBuilder();
        for (SecretKeySpec secret : secrets) {
            signatures
                    .append(signatures.isEmpty() ? "" : " ")
                    .append("v1,")
                    .append(Base64.getEncoder().encodeToString(hmac(secret, content)));
        }
        return signatures.toString();
    }

    /** Whether the signature was made over the content with one of the secrets; takes the same time either way. */
    boolean verifies(byte[] signature, byte[] content) {
        boolean verified = false;
        for (SecretKeySpec secret : secrets) {
            verified |= MessageDigest.isEqual(hmac(secret, content), signature);
        }
        return verified;
    }

    @Override
    @JsonValue
    public String toString() {
        return REDACTED;
    }

    private static byte[] hmac(SecretKeySpec secret, byte[] content) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(secret);
            return mac.doFinal(content);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has " + HMAC, e);
        }
    }

    private static byte[] decoded(String text) {
        if (!text.startsWith(PREFIX)) {
            throw new IllegalArgumentException("secret does not start with " + PREFIX + ": must be " + PREFIX
                    + "<base64> (Standard Webhooks 1.0)");
        }
        byte[] secret;
        try {
            secret = Base64.getDecoder().decode(text.substring(PREFIX.length()));
        } catch (IllegalArgumentException e) {
            // Without the cause: the decoder's message shows a character of the secret.
            throw new IllegalArgumentException("secret is not base64 after " + PREFIX);
        }
        if (secret.length < MIN_BYTES || secret.length > MAX_BYTES) {
            throw new IllegalArgumentException("secret is " + secret.length + " bytes long: must be "
                    + MIN_BYTES + " to " + MAX_BYTES + "; make one with: echo " + PREFIX
                    + "$(openssl rand -base64 32)");
        }
        return secret;
    }
}
