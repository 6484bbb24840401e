package io.plainsail.facade.http;

import io.plainsail.facade.job.MemoryBudget;
import io.plainsail.facade.job.OverloadedException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests' bodies: each up to a bound, after a look at what it claims to be, and all that are in hand together up
 * to a share of the heap. Thread-safe.
 */
final class BodyReader {
    /** What a body of unknown length is taken for until it turns out longer. */
    private static final int SMALL = 64 * 1024;

    private final MemoryBudget inHand;

    BodyReader(MemoryBudget inHand) {
        this.inHand = inHand;
    }

    /**
     * Reads a body and keeps it in hand until the use of it has ended.
     *
     * @throws ProblemException if the body is longer than the bound, or in another charset than UTF-8
     * @throws OverloadedException if the bodies in hand leave no room for this one
     */
    <T> T read(InputStream body, HttpHeaders headers, int maxBytes, Function<byte[], T> use) {
        requireUtf8(headers.getMediaType());
        int declared = headers.getLength();
        if (declared > maxBytes) {
            passOver(body, maxBytes);
            throw tooLarge(maxBytes);
        }
        int charged = declared >= 0 ? declared : Math.min(SMALL, maxBytes);
        take(charged);
        try {
            byte[] start = body.readNBytes(charged);
            // The length may be that of a compressed body, which this one is no more.
            int next = body.read();
            if (next < 0) {
                return use.apply(start);
            }
            take(maxBytes - charged);
            charged = maxBytes;
            byte[] read = withRest(start, next, body, maxBytes);
            return use.apply(read);
        } catch (IOException e) {
            throw new ProblemException(Problem.Kind.BAD_REQUEST, "the body ended early: " + e.getMessage());
        } finally {
            inHand.giveBack(charged);
        }
    }

    private static byte[] withRest(byte[] start, int next, InputStream body, int maxBytes) throws IOException {
        byte[] rest = body.readNBytes(Math.max(0, maxBytes - start.length));
        if (start.length + 1 + rest.length > maxBytes) {
            throw tooLarge(maxBytes);
        }
        byte[] whole = Arrays.copyOf(start, start.length + 1 + rest.length);
        whole[start.length] = (byte) next;
        System.arraycopy(rest, 0, whole, start.length + 1, rest.length);
        return whole;
    }

    /** A client that is still sending would not see the answer: most of what it sends is read, and kept nowhere. */
    private static void passOver(InputStream body, int bytes) {
        try {
            body.skipNBytes(bytes);
        } catch (IOException e) {
            // It is gone: nobody waits for the answer.
        }
    }

    private void take(int bytes) {
        if (!inHand.tryTake(bytes)) {
            throw new OverloadedException(
                    "requests of " + inHand.held() + " bytes are in hand: the bound is " + inHand.limit() + " bytes",
                    1);
        }
    }

    private static void requireUtf8(@Nullable MediaType type) {
        String charset = type == null ? null : type.getParameters().get("charset");
        if (charset != null && !charset.toLowerCase(Locale.ROOT).equals("utf-8")) {
            throw new ProblemException(
                    Problem.Kind.UNSUPPORTED_MEDIA_TYPE, "charset is \"" + charset + "\": JSON is sent in UTF-8");
        }
    }

    private static ProblemException tooLarge(int maxBytes) {
        return new ProblemException(Problem.Kind.TOO_LARGE, "the body is longer than " + maxBytes + " bytes");
    }
}
