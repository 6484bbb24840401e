package io.plainsail.facade.store;

/** The job store cannot be reached or has no room; nothing was decided about what was asked. Try again later. */
public final class StoreUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
