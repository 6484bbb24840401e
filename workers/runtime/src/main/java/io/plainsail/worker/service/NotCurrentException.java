package io.plainsail.worker.service;

/** The facade says that the job is decided, or that another attempt is current: whatever this one made is not wanted. */
final class NotCurrentException extends Exception {
    private static final long serialVersionUID = 1L;

    NotCurrentException(String message) {
        super(message, null, false, false);
    }
}
