package io.plainsail.workers.webhook;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a webhook goes: a URL that is read in one way only, by every parser on the way. Prints as scheme, host and port:
 * path and query often hold a secret of the receiver and stay out of messages and logs.
 *
 * @param scheme {@code http} or {@code https}
 * @param host lower-case name, IPv4 address, or IPv6 address without brackets
 * @param port explicit
 * @param pathAndQuery as sent, starts with {@code /}
 */
record TargetUrl(String scheme, String host, int port, String pathAndQuery) {
    static final int MAX_LENGTH = 2_048;

    private static final Pattern AUTHORITY =
            Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9.])?)(?::([0-9]{1,5}))?");
    private static final Pattern NUMERIC_LAST_LABEL = Pattern.compile("(?:.*\\.)?(?:0[xX][0-9a-fA-F]*|[0-9]+)\\.?");
    private static final Pattern OCTETS = Pattern.compile(
            "(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])");

    /**
     * Reads a URL.
     *
     * @throws JobFailedException invalid-input {@code url}, or rejected {@code forbidden-address} for an IPv4 address in
     *     a form that programs disagree about
     */
    static TargetUrl parse(String text) throws JobFailedException {
        if (text.length() > MAX_LENGTH) {
            throw invalid("is longer than " + MAX_LENGTH + " characters");
        }
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw invalid("does not follow RFC 3986 (" + e.getReason() + " at " + e.getIndex() + ")");
        }
        String scheme = uri.getScheme();
        if (!"https".equals(scheme) && !"http".equals(scheme)) {
            throw invalid("must start with https:// (or http://)");
        }
        String authority = uri.getRawAuthority();
        if (authority == null) {
            throw invalid("names no host");
        }
        if (authority.indexOf('@') >= 0) {
            throw invalid("holds a user or password, which would be kept with the job in clear");
        }
        Matcher parts = AUTHORITY.matcher(authority);
        if (!parts.matches() || authority.contains("..")) {
            throw invalid(
                    "must name a host by letters, digits, dots and dashes (punycode for others) or by its address");
        }
        String host = parts.group(1);
        if (host.startsWith("[")) {
            // Only a literal that Java's own parser takes as well.
            if (uri.getHost() == null) {
                throw invalid("names no host");
            }
            host = host.substring(1, host.length() - 1);
        } else if (NUMERIC_LAST_LABEL.matcher(host).matches()
                && !OCTETS.matcher(host).matches()) {
            throw new JobFailedException(
                    ErrorCategory.REJECTED,
                    "forbidden-address",
                    "url names its host by an IPv4 address in an ambiguous form (octal, hexadecimal, shortened): write "
                            + "it as four decimal numbers; nothing was sent");
        }
        String portText = parts.group(3);
        int port = portText != null ? Integer.parseInt(portText) : "https".equals(scheme) ? 443 : 80;
        if (port < 1 || port > 65_535) {
            throw invalid("names port " + port + ": must be 1 to 65535");
        }
        String path = uri.getRawPath();
        String query = uri.getRawQuery();
        String sent = (path == null || path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query);
        if (!sent.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw invalid("must be ASCII: percent-encode the rest");
        }
        return new TargetUrl(scheme, host.toLowerCase(java.util.Locale.ROOT), port, sent);
    }

    /**
     * Checks what can be known before the name is looked up.
     *
     * @throws JobFailedException rejected {@code forbidden-scheme} or {@code forbidden-port}
     */
    void checkAllowedBy(WebhookConfig config) throws JobFailedException {
        if ("http".equals(scheme) && !config.allowHttp()) {
            throw new JobFailedException(
                    ErrorCategory.REJECTED,
                    "forbidden-scheme",
                    this + ": http is not allowed, the body would travel in clear; use https, or set allowHttp in the "
                            + "worker's configuration; nothing was sent");
        }
        if (config.allowedPorts().stream().noneMatch(range -> range.contains(port))) {
            throw new JobFailedException(
                    ErrorCategory.REJECTED,
                    "forbidden-port",
                    this + ": port " + port + " is not among allowedPorts " + config.allowedPorts()
                            + " of the worker's configuration; nothing was sent");
        }
    }

    /** {@code https://example.com}, with the port if it is not the scheme's own. */
    @Override
    public String toString() {
        String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        return scheme + "://" + name + (isUsualPort() ? "" : ":" + port);
    }

    /** Whether the port is the scheme's own, which is not written. */
    boolean isUsualPort() {
        return port == ("https".equals(scheme) ? 443 : 80);
    }

    private static JobFailedException invalid(String rule) {
        return new JobFailedException(ErrorCategory.INVALID_INPUT, "url", "url " + rule + "; nothing was sent");
    }
}
