package io.plainsail.workers.webhook;

import java.net.UnknownHostException;

/** A host was resolved to an address that webhooks must not be sent to; nothing was dialled. */
final class ForbiddenAddressException extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    private final String rule;

    ForbiddenAddressException(String host, String rule) {
        super(host + " has an address that is forbidden: " + rule);
        this.rule = rule;
    }

    /** Such as {@code loopback (127.0.0.0/8)}. */
    String rule() {
        return rule;
    }
}
