package io.plainsail.facade.results;

/** A result file that is not taken, now or later. */
public final class RefusedFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Which rule was broken. */
    public enum Rule {
        WRONG_TOKEN,
        UNKNOWN_JOB,
        NOT_CURRENT,
        TOO_LARGE,
        WRONG_DIGEST
    }

    private final Rule rule;

    public RefusedFileException(Rule rule, String message) {
        super(message);
        this.rule = rule;
    }

    public Rule rule() {
        return rule;
    }
}
