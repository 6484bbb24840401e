package io.plainsail.workers.document;

import io.plainsail.worker.JobFailedException;

/** Carries a checked reason through a library's callbacks; {@link DocumentRenderHandler} takes it out again. */
final class RenderStoppedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Exception reason;

    private RenderStoppedException(Exception reason) {
        super(reason.getMessage(), reason, false, false);
        this.reason = reason;
    }

    static RenderStoppedException with(JobFailedException reason) {
        return new RenderStoppedException(reason);
    }

    /** To be called often by long steps. */
    static void ifInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new RenderStoppedException(new InterruptedException("rendering was interrupted"));
        }
    }

    /** A {@link JobFailedException} or an {@link InterruptedException}. */
    Exception reason() {
        return reason;
    }
}
