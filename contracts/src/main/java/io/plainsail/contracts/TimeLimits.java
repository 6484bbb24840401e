package io.plainsail.contracts;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Until when a caller wants a job; past it, the job is expired.
 *
 * @param startBy when its first attempt must have begun; null for any time
 * @param endBy when it must have ended, all attempts and rests included; null for any time
 */
public record TimeLimits(
        @Nullable Instant startBy, @Nullable Instant endBy) {
    public static final TimeLimits NONE = new TimeLimits(null, null);

    /** Whether an attempt that is to begin now would begin too late. */
    public boolean passed(int attempt, Instant now) {
        return (endBy != null && !now.isBefore(endBy)) || (attempt == 1 && startBy != null && !now.isBefore(startBy));
    }
}
