package io.plainsail.testbed;

/** A server or process of the testbed did not do what was asked; the message carries the end of its output. */
public final class TestbedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TestbedException(String message) {
        super(message);
    }

    public TestbedException(String message, Throwable cause) {
        super(message, cause);
    }
}
