package io.plainsail.chaos.load;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A job request and what became of it. Times are milliseconds of this machine's clock.
 *
 * @param number its own; the job has it as a label
 * @param fate how the job is to end
 * @param planned runs that it takes by itself: 2 if its first attempt is to fail
 * @param job the id of the job, if it was accepted
 */
public record Request(
        int number,
        String type,
        Fate fate,
        int planned,
        long sentAt,
        long answeredAt,
        Answer answer,
        @Nullable String job) {

    /** How a job is to end. */
    public enum Fate {
        SUCCESS(Set.of("succeeded")),
        /** It ends each process that runs it. */
        POISON(Set.of("failed")),
        /** It runs until it is cancelled, or out of time. */
        FORCED(Set.of("cancelled", "failed"));

        private final Set<String> states;

        Fate(Set<String> states) {
            this.states = states;
        }

        /** The states in which it may end. */
        public Set<String> states() {
            return states;
        }
    }

    /** What the caller knows. */
    public enum Answer {
        ACCEPTED,
        REFUSED,
        /** No answer came: the job may be there or not. */
        UNKNOWN
    }
}
