package io.plainsail.chaos.load;

import org.jspecify.annotations.Nullable;

/**
 * A job request and what became of it. Times are milliseconds of this machine's clock.
 *
 * @param number its own; the job has it as a label
 * @param poison whether it ends each process that runs it, and so is to fail
 * @param planned runs that it takes by itself: 2 if its first attempt is to fail
 * @param job the id of the job, if it was accepted
 */
public record Request(
        int number,
        String type,
        boolean poison,
        int planned,
        long sentAt,
        long answeredAt,
        Answer answer,
        @Nullable String job) {

    /** What the caller knows. */
    public enum Answer {
        ACCEPTED,
        REFUSED,
        /** No answer came: the job may be there or not. */
        UNKNOWN
    }
}
