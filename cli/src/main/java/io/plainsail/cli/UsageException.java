package io.plainsail.cli;

import org.jspecify.annotations.Nullable;

/** What the caller gave cannot be used; nothing was sent. */
final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        this(message, null);
    }

    UsageException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
