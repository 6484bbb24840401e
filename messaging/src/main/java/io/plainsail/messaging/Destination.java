package io.plainsail.messaging;

import io.plainsail.contracts.JobType;

/** Where a message goes, in Plainsail's words; each adapter knows what that is called in its technology. */
public sealed interface Destination {

    /** The queue of one job type and version. Exists once a worker service that speaks it has declared it. */
    record Jobs(JobType jobType) implements Destination {}

    /**
     * The way to the queue of a job type that takes as long as the step: a message comes to {@link Jobs} not earlier, and
     * later if that queue is missing or full. Nobody subscribes to it. Exists always.
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
