package io.plainsail.facade.access;

/** A bearer token with which nothing can be done, and why. */
public final class RefusedTokenException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What kind of refusal. */
    public enum Kind {
        /** It proves nothing about its bearer. */
        INVALID,
        /** It proves who its bearer is, and gives no right. */
        WITHOUT_RIGHTS,
        /** It cannot be checked now: the issuer does not answer, and its key is not known. */
        ISSUER_AWAY
    }

    private final Kind kind;

    RefusedTokenException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
