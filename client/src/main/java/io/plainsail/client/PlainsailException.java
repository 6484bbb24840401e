package io.plainsail.client;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A call that did not do what was asked; {@link #kind} says what may be done about it. */
public final class PlainsailException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What kind of failure. */
    public enum Kind {
        /** The facade answered that the request is wrong (4xx): sent again as it is, it is refused again. */
        REFUSED,
        /** The facade answered 5xx, or 429, to the last attempt. */
        UNAVAILABLE,
        /** No answer came: whether the request was taken is unknown. {@link #idempotencyKey} makes it safe to send again. */
        UNREACHABLE,
        /** The time to wait, as the caller gave it, has passed. */
        TIMED_OUT,
        /** The thread was interrupted; its interrupt is set again. */
        INTERRUPTED,
        /** The answer is not one of a facade, or broken. */
        NOT_UNDERSTOOD,
        /** What was to be written here could not be: the disk is full, say. */
        NOT_WRITTEN
    }

    private final Kind kind;
    private final int status;
    private final String type;
    private final transient List<Finding> findings;
    private final @Nullable Duration retryAfter;
    private final @Nullable String idempotencyKey;

    PlainsailException(Kind kind, String message, @Nullable Throwable cause) {
        this(kind, message, cause, 0, "", List.of(), null, null);
    }

    PlainsailException(
            Kind kind,
            String message,
            @Nullable Throwable cause,
            int status,
            String type,
            List<Finding> findings,
            @Nullable Duration retryAfter,
            @Nullable String idempotencyKey) {
        super(message, cause);
        this.kind = kind;
        this.status = status;
        this.type = type;
        this.findings = List.copyOf(findings);
        this.retryAfter = retryAfter;
        this.idempotencyKey = idempotencyKey;
    }

    PlainsailException withKey(@Nullable String key) {
        if (key == null) {
            return this;
        }
        return new PlainsailException(
                kind, String.valueOf(getMessage()), getCause(), status, type, findings, retryAfter, key);
    }

    public Kind kind() {
        return kind;
    }

    /** HTTP status of the answer; 0 if none came. */
    public int status() {
        return status;
    }

    /** The problem's type (RFC 9457), such as {@code urn:plainsail:problem:invalid-job}; empty if there is none. */
    public String type() {
        return type;
    }

    /** What is wrong with the request, place by place. */
    public List<Finding> findings() {
        return findings == null ? List.of() : findings;
    }

    /** When to come again, if the facade said so. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /**
     * The key under which the request was sent. Sent again with the same content under this key, within a day, it makes
     * no second job.
     */
    public Optional<String> idempotencyKey() {
        return Optional.ofNullable(idempotencyKey);
    }
}
