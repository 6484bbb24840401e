package io.plainsail.contracts.wire;

import io.plainsail.contracts.ErrorCategory;
import org.jspecify.annotations.Nullable;

/**
 * Why an attempt failed.
 *
 * @param category decides alone whether another attempt may help
 * @param code short stable word of the worker service, such as {@code http-status}
 * @param message for people; what, value, consequence
 * @param errorClass class of the exception, if one was thrown
 * @param stackDigest equal for equal stack traces, if one was thrown
 */
public record Failure(
        ErrorCategory category,
        String code,
        String message,
        @Nullable String errorClass,
        @Nullable String stackDigest) {

    public Failure {
        code = WireText.storable(code, 100);
        message = WireText.storable(message, 4_000);
        errorClass = errorClass == null ? null : WireText.storable(errorClass, 300);
    }

    public static Failure of(ErrorCategory category, String code, String message) {
        return new Failure(category, code, message, null, null);
    }
}
