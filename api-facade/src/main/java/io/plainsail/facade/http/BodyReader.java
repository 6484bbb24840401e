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
            throw tooLarge(maxBytes);
        }
        int charged = declared >= 0 ? declared : Math.min(SMALL, maxBytes);
        take(charged);
        try {
            byte[] read = new byte[charged];
            int length = body.readNBytes(read, 0, charged);
            // The declared length may be that of a compressed body, which this one is no more.
            for (int next = body.read(); next >= 0; next = body.read()) {
                if (length == maxBytes) {
                    throw tooLarge(maxBytes);
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

    private static ProblemException tooLarge(int maxBytes) {
        return new ProblemException(Problem.Kind.TOO_LARGE, "the body is longer than " + maxBytes + " bytes");
    }
}
