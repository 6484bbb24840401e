package io.plainsail.worker;

import java.time.Instant;

/**
 * Thrown by a handler to put its job off: not failed, only too early. The job rests and is attempted again, and this
 * attempt does not count against the contract's number of attempts.
 */
public final class JobSnoozedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Instant until;

    /**
     * @param until when the next attempt may begin; at most 30 days from now
     * @param reason for people
     */
    public JobSnoozedException(Instant until, String reason) {
        // No stack trace: nothing has gone wrong.
        super(reason, null, false, false);
        this.until = until;
    }

    public Instant until() {
        return until;
    }
}
