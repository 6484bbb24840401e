package io.plainsail.worker;

import io.plainsail.contracts.ErrorCategory;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Thrown by a handler to fail the attempt in its own words. */
public final class JobFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final ErrorCategory category;
    private final String code;
    private @Nullable Instant notBefore;

    /**
     * @param category decides alone whether another attempt may help
     * @param code short stable word, such as {@code http-status}
     * @param message for people: what, value, consequence
     */
    public JobFailedException(ErrorCategory category, String code, String message) {
        this(category, code, message, null);
    }

    public JobFailedException(ErrorCategory category, String code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.category = category;
        this.code = code;
    }

    /**
     * Asks that the next attempt, if there is one, does not begin before this time. The policy's rest holds where it is
     * longer, and its longest rest where that is shorter.
     */
    public JobFailedException notBefore(Instant when) {
        notBefore = when;
        return this;
    }

    /** When the next attempt may begin, if the handler said so. */
    public Optional<Instant> notBefore() {
        return Optional.ofNullable(notBefore);
    }

    public ErrorCategory category() {
        return category;
    }

    public String code() {
        return code;
    }
}
