package io.plainsail.workers.webhook;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.HttpStreamResetException;
import org.jspecify.annotations.Nullable;

/**
 * What failed deliveries are called. Messages name the receiver's host and its answer, and neither path, header, body
 * nor address; they are equal for equal failures, so that dead jobs group.
 */
final class DeliveryFailures {
    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");
    private static final Pattern UNPRINTABLE = Pattern.compile("[^ -~]");

    private DeliveryFailures() {}

    /**
     * The failure that a status other than 2xx stands for.
     *
     * @param now from which seconds in {@code Retry-After} count
     */
    static JobFailedException ofAnswer(TargetUrl target, Answer answer, Instant now) {
        int status = answer.status();
        String answered = target + " answered " + status;
        if (status >= 300 && status < 400) {
            return failure(
                    ErrorCategory.REJECTED,
                    "redirect",
                    answered + ": redirects are not followed; send to the new address instead");
        }
        if (status == 410) {
            return failure(ErrorCategory.REJECTED, "gone", answered + ": the receiver wants no more webhooks here");
        }
        if (status == 429) {
            return later(
                    answer,
                    now,
                    failure(
                            ErrorCategory.THROTTLED,
                            "http-status",
                            answered + retryAfter(answer) + "; it is attempted again"));
        }
        if (status == 408 || status == 425 || status >= 500) {
            return later(
                    answer,
                    now,
                    failure(
                            ErrorCategory.UNAVAILABLE,
                            "http-status",
                            answered + retryAfter(answer) + "; it is attempted again"));
        }
        return failure(ErrorCategory.REJECTED, "http-status", answered + ": the same request would be refused again");
    }

    /** The failure of a request that got no answer. */
    static JobFailedException ofException(TargetUrl target, IOException e, Duration budget, WebhookConfig config) {
        if (e instanceof ForbiddenAddressException forbidden) {
            return failure(
                    ErrorCategory.REJECTED,
                    "forbidden-address",
                    target + " has an address that webhooks must not be sent to: " + forbidden.rule()
                            + "; nothing was sent (allowedAddresses in the worker's configuration)");
        }
        if (e instanceof UnknownHostException) {
            return failure(ErrorCategory.UNAVAILABLE, "dns", target + ": the host name is not known", e);
        }
        if (e instanceof ConnectionRequestTimeoutException) {
            return failure(
                    ErrorCategory.THROTTLED,
                    "busy",
                    target + ": no connection became free within " + config.connectTimeout()
                            + " (maxConnectionsPerHost " + config.maxConnectionsPerHost() + ", maxConnections "
                            + config.maxConnections() + "); nothing was sent");
        }
        if (e instanceof TooManyRequestsException) {
            return failure(ErrorCategory.THROTTLED, "busy", e.getMessage() + "; nothing was sent");
        }
        if (e instanceof ConnectTimeoutException) {
            return failure(
                    ErrorCategory.TIMEOUT,
                    "timeout",
                    target + " did not accept a connection within " + config.connectTimeout());
        }
        if (e instanceof SocketTimeoutException) {
            return failure(
                    ErrorCategory.TIMEOUT, "timeout", target + " did not answer within " + budget.toMillis() + " ms");
        }
        if (e instanceof SSLException tls) {
            return ofTls(target, tls);
        }
        if (e instanceof HttpStreamResetException) {
            return failure(ErrorCategory.UNAVAILABLE, "no-answer", target + " reset the request without an answer", e);
        }
        if (e instanceof ConnectionClosedException) {
            return failure(
                    ErrorCategory.UNAVAILABLE, "no-answer", target + " closed the connection without an answer", e);
        }
        if (e instanceof SocketException || e instanceof InterruptedIOException) {
            return failure(
                    ErrorCategory.UNAVAILABLE,
                    "connect",
                    target + ": the connection failed (" + e.getClass().getSimpleName() + ")",
                    e);
        }
        return failure(
                ErrorCategory.UNAVAILABLE,
                "http-protocol",
                target + " sent something that is no HTTP answer, or one past the bounds ("
                        + (e.getCause() == null ? e : e.getCause()).getClass().getSimpleName() + ")",
                e);
    }

    private static JobFailedException ofTls(TargetUrl target, SSLException e) {
        boolean untrusted = e instanceof SSLPeerUnverifiedException;
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            untrusted |= cause instanceof CertificateException;
        }
        return untrusted
                ? failure(
                        ErrorCategory.REJECTED,
                        "tls",
                        target + " showed a certificate that is not trusted for this name; nothing was sent",
                        e)
                : failure(ErrorCategory.UNAVAILABLE, "tls", target + ": the TLS handshake failed", e);
    }

    /** Asks for the rest that the receiver asked for; what it said in other words than RFC 9110's is passed over. */
    private static JobFailedException later(Answer answer, Instant now, JobFailedException failure) {
        String value = answer.retryAfter();
        if (value == null) {
            return failure;
        }
        if (SECONDS.matcher(value).matches()) {
            return failure.notBefore(now.plusSeconds(Long.parseLong(value)));
        }
        try {
            return failure.notBefore(DateTimeFormatter.RFC_1123_DATE_TIME.parse(value, Instant::from));
        } catch (DateTimeException e) {
            return failure;
        }
    }

    private static String retryAfter(Answer answer) {
        String value = answer.retryAfter();
        if (value == null) {
            return "";
        }
        String printable = UNPRINTABLE.matcher(value).replaceAll("?");
        return " (Retry-After: " + (printable.length() > 60 ? printable.substring(0, 60) + "…" : printable) + ")";
    }

    private static JobFailedException failure(ErrorCategory category, String code, String message) {
        return failure(category, code, message, null);
    }

    private static JobFailedException failure(
            ErrorCategory category, String code, String message, @Nullable Throwable cause) {
        return new JobFailedException(category, code, message, cause);
    }
}
