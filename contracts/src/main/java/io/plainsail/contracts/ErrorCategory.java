package io.plainsail.contracts;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The kind of an attempt's error. Whether another attempt may help is decided by the category alone. */
public enum ErrorCategory {
    /** The input is understood and wrong; the same input fails again. */
    @JsonProperty("invalid-input")
    INVALID_INPUT(false),
    /** Something the job needs said no for good (404, 410, permission denied). */
    @JsonProperty("rejected")
    REJECTED(false),
    /** Something the job needs is away for now (connection refused, 503). */
    @JsonProperty("unavailable")
    UNAVAILABLE(true),
    /** Something the job needs asks for patience (429). */
    @JsonProperty("throttled")
    THROTTLED(true),
    /** The attempt used up its time. */
    @JsonProperty("timeout")
    TIMEOUT(true),
    /** A bound of the contract or of the worker was hit (output too large, too many pages). */
    @JsonProperty("limit-exceeded")
    LIMIT_EXCEEDED(false),
    /** The handler broke its own contract or threw what it does not declare. */
    @JsonProperty("internal")
    INTERNAL(true),
    /** The message could not be read by the worker that should run it. */
    @JsonProperty("undecodable")
    UNDECODABLE(false),
    /** The job was delivered again and again without an outcome: it likely ends the process that runs it. */
    @JsonProperty("crash-loop")
    CRASH_LOOP(false);

    private final boolean retryable;

    ErrorCategory(boolean retryable) {
        this.retryable = retryable;
    }

    /** Whether a further attempt may succeed where this one failed. */
    public boolean retryable() {
        return retryable;
    }
}
