package io.plainsail.contracts.lifecycle;

import static io.plainsail.contracts.lifecycle.JobState.CANCELLED;
import static io.plainsail.contracts.lifecycle.JobState.EXPIRED;
import static io.plainsail.contracts.lifecycle.JobState.FAILED;
import static io.plainsail.contracts.lifecycle.JobState.QUEUED;
import static io.plainsail.contracts.lifecycle.JobState.RETRYING;
import static io.plainsail.contracts.lifecycle.JobState.RUNNING;
import static io.plainsail.contracts.lifecycle.JobState.SUCCEEDED;
import static io.plainsail.contracts.lifecycle.JobState.WAITING;

import java.util.EnumSet;
import java.util.Set;

/**
 * The one table of what moves a job from state to state: each trigger, the states it may find, the state it leaves.
 * A trigger that finds any other state changes nothing.
 *
 * <p>INVARIANT: no trigger starts from a terminal state.
 */
public enum Trigger {
    /** The transport returned the message: no worker service has made a queue for the type yet. */
    UNROUTABLE(EnumSet.of(QUEUED), WAITING, "no queue takes it"),
    /** What held the job back is gone. */
    RELEASED(EnumSet.of(WAITING), QUEUED, "released"),
    /**
     * A worker reports an attempt that runs longer than a moment, again and again while it runs; short ones report their
     * outcome only. A claim does the same.
     */
    STARTED(EnumSet.of(WAITING, QUEUED, RETRYING, RUNNING), RUNNING, "started, or still runs"),
    /** The worker gave the job back, or was not heard of for longer than its lease. */
    LOST(EnumSet.of(RUNNING), QUEUED, "its worker gave it back, or is lost"),
    /** An attempt failed or was put off, and another one will follow. */
    RETRY(EnumSet.of(WAITING, QUEUED, RUNNING, RETRYING), RETRYING, "to be tried again"),
    SUCCEEDED_ATTEMPT(EnumSet.of(WAITING, QUEUED, RUNNING, RETRYING), SUCCEEDED, "succeeded"),
    FAILED_ATTEMPT(EnumSet.of(WAITING, QUEUED, RUNNING, RETRYING), FAILED, "failed"),
    CANCEL(EnumSet.of(WAITING, QUEUED, RUNNING, RETRYING), CANCELLED, "cancelled"),
    TIME_UP(EnumSet.of(WAITING, QUEUED, RUNNING, RETRYING), EXPIRED, "too late");

    private final Set<JobState> from;
    private final JobState to;
    private final String label;

    Trigger(Set<JobState> from, JobState to, String label) {
        this.from = from;
        this.to = to;
        this.label = label;
    }

    public Set<JobState> from() {
        return EnumSet.copyOf(from);
    }

    public JobState to() {
        return to;
    }

    public String label() {
        return label;
    }
}
