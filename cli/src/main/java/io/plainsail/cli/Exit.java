package io.plainsail.cli;

import io.plainsail.client.JobState;
import io.plainsail.client.PlainsailException;

/** What the command ends with, for scripts. */
final class Exit {
    static final int OK = 0;
    /** The job failed, was cancelled or expired; or a contract is incompatible. */
    static final int JOB_FAILED = 1;
    /** The command is wrong, or names a file that cannot be read or written. */
    static final int USAGE = 2;
    /** The facade refused it (4xx), or it breaks its contract and was not sent. */
    static final int REFUSED = 3;
    /** The facade cannot be reached, or failed (5xx). */
    static final int UNAVAILABLE = 4;
    /** The time to wait has passed; the job goes on. */
    static final int TIMED_OUT = 5;
    /** As shells have it for Ctrl-C. */
    static final int INTERRUPTED = 130;

    private Exit() {}

    static int of(JobState state) {
        return state == JobState.SUCCEEDED ? OK : JOB_FAILED;
    }

    static int of(PlainsailException e) {
        return switch (e.kind()) {
            case REFUSED -> REFUSED;
            case UNAVAILABLE, UNREACHABLE, NOT_UNDERSTOOD -> UNAVAILABLE;
            case TIMED_OUT -> TIMED_OUT;
            case NOT_WRITTEN -> USAGE;
            case INTERRUPTED -> INTERRUPTED;
        };
    }
}
