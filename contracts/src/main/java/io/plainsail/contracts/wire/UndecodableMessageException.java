package io.plainsail.contracts.wire;

/** A message that does not follow the wire format; its reader parks it with this reason, never discards it. */
public final class UndecodableMessageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UndecodableMessageException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
