package io.plainsail.facade.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/**
 * The text of an API key: {@code psk_<id>_<secret><checksum>}. The id is public and names the key; the secret has 256 bits
 * and is kept nowhere, only its hash; the checksum (CRC-32 of what stands before it) lets a scanner tell a key from other
 * text, and a typing error from a wrong key.
 *
 * @param id 12 characters
 * @param text the whole key
 */
public record KeyText(String id, String text) {
    private static final int ID_LENGTH = 12;
    private static final int SECRET_LENGTH = 43; // 62^43 > 2^256
    private static final int CHECKSUM_LENGTH = 6; // 62^6 > 2^32
    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final Pattern FORM =
            Pattern.compile("psk_([0-9a-z]{" + ID_LENGTH + "})_[0-9A-Za-z]{" + (SECRET_LENGTH + CHECKSUM_LENGTH) + "}");
    private static final SecureRandom RANDOM = new SecureRandom();

    public static KeyText fresh() {
        String id = random(ID_LENGTH, 36).toLowerCase(java.util.Locale.ROOT);
        String body = "psk_" + id + "_" + random(SECRET_LENGTH, ALPHABET.length());
        return new KeyText(id, body + checksum(body));
    }

    private static String random(int length, int letters) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append(ALPHABET.charAt(RANDOM.nextInt(letters)));
        }
        return text.toString();
    }

    /** Empty if it is no key, or one with a typing error. */
    public static Optional<KeyText> parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            return Optional.empty();
        }
        int end = text.length() - CHECKSUM_LENGTH;
        return checksum(text.substring(0, end)).equals(text.substring(end))
                ? Optional.of(new KeyText(form.group(1), text))
                : Optional.empty();
    }

    private static String checksum(String body) {
        CRC32 crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.US_ASCII));
        long value = crc.getValue();
        StringBuilder text = new StringBuilder(CHECKSUM_LENGTH);
        for (int i = 0; i < CHECKSUM_LENGTH; i++) {
            text.append(ALPHABET.charAt((int) (value % ALPHABET.length())));
            value /= ALPHABET.length();
        }
        return text.toString();
    }

    /** SHA-256 in hex: what is stored. A secret of 256 random bits needs no salt and no slow hash. */
    public String hash() {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Every Java has it.
        }
    }

    @Override
    public String toString() {
        return "psk_" + id + "_[REDACTED]";
    }
}
