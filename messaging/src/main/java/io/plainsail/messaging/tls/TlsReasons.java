package io.plainsail.messaging.tls;

import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What stood in the way of an encrypted connection, in words for whoever has to mend it. */
public final class TlsReasons {
    private TlsReasons() {}

    /**
     * @param thrown what the connecting side caught
     * @param trusted whom it trusts: {@code "/etc/ca.pem"}, or {@code "Java's own list"}
     * @return empty if TLS was not what stood in the way
     */
    public static Optional<String> of(Throwable thrown, String trusted) {
        SSLException failure = null;
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException ssl) {
                failure = ssl;
            }
            String words = words(cause, trusted);
            if (words != null) {
                return Optional.of(words);
            }
        }
        return Optional.ofNullable(failure).map(ssl -> "no encrypted connection: " + ssl.getMessage());
    }

    private static @Nullable String words(Throwable cause, String trusted) {
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof CertificateExpiredException) {
            return "its certificate has expired (" + message + ")";
        }
        if (cause instanceof CertificateNotYetValidException) {
            return "its certificate is not valid yet (" + message + ")";
        }
        boolean stranger = cause instanceof CertPathValidatorException path
                && path.getReason() == CertPathValidatorException.BasicReason.INVALID_SIGNATURE;
        if (stranger || cause instanceof CertPathBuilderException) {
            return "its certificate is of no authority in " + trusted;
        }
        if (cause instanceof CertificateException
                && (message.startsWith("No subject alternative") || message.startsWith("No name matching"))) {
            return "its certificate is for another name (" + message + ")";
        }
        if (cause instanceof SSLException && message.startsWith("Unsupported or unrecognized SSL message")) {
            return "it does not speak TLS on this port";
        }
        return null;
    }
}
