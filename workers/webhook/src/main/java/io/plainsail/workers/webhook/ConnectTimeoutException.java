package io.plainsail.workers.webhook;

import java.net.SocketTimeoutException;

/** An address did not accept a connection in time; nothing was sent to it. */
final class ConnectTimeoutException extends SocketTimeoutException {
    private static final long serialVersionUID = 1L;

    ConnectTimeoutException() {
        super("no connection");
    }
}
