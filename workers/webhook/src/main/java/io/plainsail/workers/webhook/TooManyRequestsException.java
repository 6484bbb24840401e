package io.plainsail.workers.webhook;

import java.io.IOException;

/** All threads that look names up are taken, most likely by look-ups that a name server leaves unanswered. */
final class TooManyRequestsException extends IOException {
    private static final long serialVersionUID = 1L;

    TooManyRequestsException(int most, Throwable cause) {
        super(most + " look-ups of names are under way, which is the bound (twice maxConnections)", cause);
    }
}
