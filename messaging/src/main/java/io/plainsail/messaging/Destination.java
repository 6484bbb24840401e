package io.plainsail.messaging;

import io.plainsail.contracts.JobType;

/** Where a message goes, in Plainsail's words; each adapter knows what that is called in its technology. */
public sealed interface Destination {

    /** The queue of one job type and version. Exists once a worker service that speaks it has declared it. */
    record Jobs(JobType jobType) implements Destination {}

    /**
     * A message published here comes to {@link Jobs} of the type when the step has passed: not earlier, and later if that
     * queue is full. If there is no such queue then, the message is dead, with {@link Delivery#EXPIRED}. Nobody
     * subscribes to it: {@link IllegalArgumentException}. Exists always.
     */
    record Delayed(JobType jobType, Delay delay) implements Destination {}

    /** What workers report. Exists always. */
    record Events() implements Destination {}

    /** Job messages that were rejected, or delivered too often without an acknowledgement. Exists always. */
    record Dead() implements Destination {}

    static Destination jobs(JobType jobType) {
        return new Jobs(jobType);
    }

    static Destination delayed(JobType jobType, Delay delay) {
        return new Delayed(jobType, delay);
    }

    static Destination events() {
        return new Events();
    }

    static Destination dead() {
        return new Dead();
    }
}
