package io.plainsail.worker.service;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.Failure;

/** The runtime, not the handler, fails the attempt. Has no stack trace: the failure says it all. */
final class AttemptFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Failure failure;

    AttemptFailedException(Failure failure) {
        super(failure.message(), null, false, false);
        this.failure = failure;
    }

    AttemptFailedException(ErrorCategory category, String code, String message) {
        this(Failure.of(category, code, message));
    }

    Failure failure() {
        return failure;
    }
}
