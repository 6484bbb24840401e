package io.plainsail.contracts.lifecycle;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Where a job stands. Terminal states are final: nothing that is reported later changes them. */
public enum JobState {
    /** Accepted, and held back for a stated reason. */
    WAITING(false),
    /** Released to the transport; a worker may take it at any moment. */
    QUEUED(false),
    /** A worker reported that it runs. */
    RUNNING(false),
    /** An attempt has ended without a result, and the next one rests in the transport until its time comes. */
    RETRYING(false),
    SUCCEEDED(true),
    FAILED(true),
    /** Somebody asked for it not to run any more. */
    CANCELLED(true),
    /** It was not begun, or not ended, by the time that its caller gave. */
    EXPIRED(true);

    private final boolean terminal;
    private final String word = name().toLowerCase(Locale.ROOT);

    JobState(boolean terminal) {
        this.terminal = terminal;
    }

    public boolean terminal() {
        return terminal;
    }

    /** The state as the API, the store and the metrics write it. */
    public String word() {
        return word;
    }

    public static Optional<JobState> ofWord(String word) {
        return Arrays.stream(values()).filter(state -> state.word.equals(word)).findFirst();
    }
}
