package io.plainsail.facade.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What is shown, as bytes, with a tag that is equal for equal ones.
 *
 * @param bytes JSON
 * @param tag 16 hex digits
 */
record Representation(byte[] bytes, String tag) {
    private static final int TAG_BYTES = 8;

    static Representation of(Object view, ObjectMapper json) {
        try {
            byte[] bytes = json.writeValueAsBytes(view);
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return new Representation(bytes, HexFormat.of().formatHex(Arrays.copyOf(digest, TAG_BYTES)));
        } catch (JsonProcessingException | NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Views are JSON, and every Java has SHA-256.
        }
    }
}
