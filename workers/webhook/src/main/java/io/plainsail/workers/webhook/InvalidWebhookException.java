package io.plainsail.workers.webhook;

/** A request that claims to be a webhook and is not proven to be one: answer 401 and do nothing else. */
public final class InvalidWebhookException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Which rule the request breaks. */
    public enum Reason {
        /** A webhook header is missing, given twice or malformed. */
        HEADER,
        /** The timestamp is too old or too far ahead: a replay, or a wrong clock. */
        TIMESTAMP,
        /** No signature fits id, timestamp and body. */
        SIGNATURE
    }

    private final Reason reason;

    InvalidWebhookException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
