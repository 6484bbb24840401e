package io.plainsail.facade.http;

import io.plainsail.facade.job.MemoryBudget;
import io.plainsail.facade.job.OverloadedException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.function.Function;

/**
 * Reads requests' bodies: each up to a bound, after a look at what it claims to be, and all that are in hand together up
 * to a share of the heap. Thread-safe.
 */
final class BodyReader {
    /** What a body of unknown length is taken for until it turns out longer; from then on its room doubles. */
    private static final int SMALL = 64 * 1024;

    private final MemoryBudget inHand;

    BodyReader(MemoryBudget inHand) {
        this.inHand = inHand;
    }

    /**
     * Reads a body and keeps it in hand until the use of it has ended.
     *
     * @param declared the length that the request claims, in bytes; -1 if none
     * @throws ProblemException if the body is longer than the bound, or ends early
     * @throws OverloadedException if the bodies in hand leave no room for this one
     */
    <T> T read(InputStream body, int declared, int maxBytes, Function<byte[], T> use) {
        if (declared > maxBytes) {
            passOver(body, maxBytes);
            throw tooLarge(body, maxBytes);
        }
        int charged = declared >= 0 ? declared : Math.min(SMALL, maxBytes);
        take(charged);
        try {
            byte[] read = new byte[charged];
            int length = body.readNBytes(read, 0, charged);
            // The declared length may be that of a compressed body, which this one is no more.
            for (int next = body.read(); next >= 0; next = body.read()) {
                if (length == maxBytes) {
                    throw tooLarge(body, maxBytes);
                }
                int larger = (int) Math.min(maxBytes, Math.max(SMALL, 2L * length));
                take(larger - charged);
                charged = larger;
                read = Arrays.copyOf(read, larger);
                read[length++] = (byte) next;
                length += body.readNBytes(read, length, larger - length);
            }
            return use.apply(length == read.length ? read : Arrays.copyOf(read, length));
        } catch (IOException e) {
            throw new ProblemException(Problem.Kind.BAD_REQUEST, "the body ended early: " + e.getMessage());
        } finally {
            inHand.giveBack(charged);
        }
    }

    /**
     * Reads what comes, up to so many bytes or to its end, and keeps it nowhere: a client that is still sending when it is
     * answered, or of which something is left unread, may lose the answer with its connection.
     */
    static void passOver(InputStream body, int bytes) {
        try {
            body.skipNBytes(bytes);
        } catch (IOException e) {
            // It has ended, or its client is gone: nobody waits for the answer.
        }
    }

    private void take(int bytes) {
        if (!inHand.tryTake(bytes)) {
            throw new OverloadedException(
                    "requests of " + inHand.held() + " bytes are in hand: the bound is " + inHand.limit() + " bytes",
                    1);
        }
    }

    /** Once as much again is passed over: most of those that are too long are so by little. */
    private static ProblemException tooLarge(InputStream body, int maxBytes) {
        passOver(body, maxBytes);
        return new ProblemException(Problem.Kind.TOO_LARGE, "the body is longer than " + maxBytes + " bytes");
    }
}
