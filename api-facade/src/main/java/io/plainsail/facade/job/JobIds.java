package io.plainsail.facade.job;

import com.github.f4b6a3.uuid.UuidCreator;
import java.time.Instant;
import java.util.UUID;

/** Job ids are UUIDv7 (RFC 9562): their order is the order of acceptance, to the millisecond and beyond in one process. */
public final class JobIds {
    private static final Instant LAST = Instant.ofEpochMilli((1L << 48) - 1);

    private JobIds() {}

    public static UUID next() {
        return UuidCreator.getTimeOrderedEpochPlus1();
    }

    /** When the job with this id was accepted, to the millisecond. */
    public static Instant time(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
    }

    /** The smallest id that a job accepted at this time can have. */
    public static UUID smallestAt(Instant time) {
        long millis = time.isBefore(Instant.EPOCH) ? 0 : time.isAfter(LAST) ? LAST.toEpochMilli() : time.toEpochMilli();
        return new UUID(millis << 16 | 0x7000L, 0x8000_0000_0000_0000L);
    }
}
