package io.plainsail.facade.results;

/** A result file that breaks its bound or is not what its digest says. */
public final class RefusedFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Which rule was broken. */
    public enum Rule {
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
