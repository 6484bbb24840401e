package io.plainsail.client;

import java.util.Locale;

/** Where a job stands; the last four are final. */
public enum JobState {
    /** Held back for a stated reason. */
    WAITING(false),
    QUEUED(false),
    RUNNING(false),
    /** An attempt ended without a result, and another one follows. */
    RETRYING(false),
    /** A state that this client does not know; not a final one as far as it can tell. */
    UNKNOWN(false),
    SUCCEEDED(true),
    FAILED(true),
    CANCELLED(true),
    EXPIRED(true);

    private final boolean terminal;

    JobState(boolean terminal) {
        this.terminal = terminal;
    }

    /** Whether a job in this state stays in it. */
    public boolean terminal() {
        return terminal;
    }

    /** As the API writes it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static JobState ofWord(String word) {
        for (JobState state : values()) {
            if (state.word().equals(word)) {
                return state;
            }
        }
        return UNKNOWN;
    }
}
