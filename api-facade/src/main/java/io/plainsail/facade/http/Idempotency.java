package io.plainsail.facade.http;

import io.plainsail.contracts.Violation;
import io.plainsail.facade.access.Caller;
import io.plainsail.facade.job.IdempotencyKeys;
import io.plainsail.facade.job.IdempotencyKeys.Used;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The {@code Idempotency-Key} header: a request that is sent again under its key is not taken a second time.
 *
 * <ul>
 *   <li>Same key, same body: the jobs that were accepted the first time.
 *   <li>Same key, another body: 422.
 *   <li>The first request is still in progress: 409. So it is by the facade that has it; another one waits for the store.
 * </ul>
 *
 * <p>A refused request leaves no trace: its key may be used again. Thread-safe.
 */
final class Idempotency {
    static final String HEADER = "Idempotency-Key";

    private static final Pattern KEY = Pattern.compile("[!-~]{1,255}");

    private final IdempotencyKeys keys;
    private final Set<String> inProgress = ConcurrentHashMap.newKeySet();

    Idempotency(IdempotencyKeys keys) {
        this.keys = keys;
    }

    /** What is done under a key. */
    @FunctionalInterface
    interface Keyed<T> {
        /**
         * @param payload of the body
         * @param before what was accepted under the key, nothing the first time
         * @throws IdempotencyKeys.TakenException if another facade was faster
         */
        T with(String payload, List<Used> before);
    }

    /**
     * The key in a header's value.
     *
     * @param header a bare word, or in quotes as a Structured Field; null if there is none
     */
    /** The key as it is kept: a tenant's own, so that it meets no other tenant's. Null if there is none. */
    static @Nullable String key(@Nullable String header, Caller caller) {
        if (header == null) {
            return null;
        }
        String text = header.strip();
        boolean quoted = text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"");
        String key = quoted ? text.substring(1, text.length() - 1) : text;
        if (!KEY.matcher(key).matches()) {
            throw new ProblemException(
                    Problem.Kind.INVALID_PARAMETER,
                    "the idempotency key is invalid",
                    List.of(new Violation(
                            HEADER, "format", HEADER + " must have 1 to 255 visible ASCII characters, no spaces")));
        }
        // No key has a space in it.
        return caller.tenant() == null ? key : caller.tenant() + " " + key;
    }

    /** Does what is to be done under a key, unless the same is under way. */
    <T> T once(String key, byte[] body, Keyed<T> task) {
        String payload = digest(body);
        if (!inProgress.add(key)) {
            throw new ProblemException(
                    Problem.Kind.KEY_IN_PROGRESS, "the first request with this " + HEADER + " is not answered yet");
        }
        try {
            try {
                return task.with(payload, before(key, payload));
            } catch (IdempotencyKeys.TakenException e) {
                return task.with(payload, before(key, payload));
            }
        } finally {
            inProgress.remove(key);
        }
    }

    private List<Used> before(String key, String payload) {
        List<Used> used = keys.find(key);
        if (used.stream().anyMatch(one -> !one.key().payload().equals(payload))) {
            throw new ProblemException(
                    Problem.Kind.KEY_REUSED,
                    "this " + HEADER + " was used for another body: choose a new one for a new request");
        }
        return used;
    }

    private static String digest(byte[] body) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // Every Java has it.
        }
    }
}
