package io.plainsail.messaging.amqp;

import io.plainsail.messaging.amqp.AmqpConnector.Wire;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A member of a link, and when to try it again. For the link's opener thread, but for {@link #shortcoming}. */
final class LinkSeat {
    private static final Logger log = LoggerFactory.getLogger(LinkSeat.class);

    /** Returned by {@link #open} when there is nothing to try again. */
    static final long NEVER = Long.MAX_VALUE;

    final LinkMember member;
    private final Backoff backoff;

    private long notBefore = System.nanoTime();
    private long openedNanos;
    private boolean wasOpen;
    private volatile @Nullable String problem = "not opened yet";

    LinkSeat(LinkMember member, Backoff backoff) {
        this.member = member;
        this.backoff = backoff;
    }

    /**
     * Opens the member if it is not open and its time has come.
     *
     * @return nanoseconds after which to try again
     * @throws TimeoutException if the broker did not answer
     */
    long open(Wire wire) throws TimeoutException {
        if (member.isOpen()) {
            return NEVER;
        }
        if (wasOpen) {
            wasOpen = false;
            notBefore = System.nanoTime() + backoff.nextNanos(System.nanoTime() - openedNanos);
        }
        long wait = notBefore - System.nanoTime();
        if (wait > 0) {
            return wait;
        }
        try {
            member.open(wire);
            openedNanos = System.nanoTime();
            wasOpen = true;
            problem = null;
            return NEVER;
        } catch (IOException | TimeoutException | RuntimeException e) {
            long next = backoff.nextNanos(0);
            notBefore = System.nanoTime() + next;
            String why = Reasons.of(e);
            problem = why;
            if (wire.isOpen()) {
                log.warn(
                        "{} cannot be opened: {}; next try in {} ms",
                        member.label(),
                        why,
                        TimeUnit.NANOSECONDS.toMillis(next));
            }
            if (Reasons.isTimeout(e)) {
                throw new TimeoutException(why);
            }
            return next;
        }
    }

    /** Has the member tried at once on the next connection: it was not its own fault that it was lost. */
    void forgive() {
        wasOpen = false;
        notBefore = System.nanoTime();
    }

    /** Why the member is not open; null if it is. By any thread. */
    @Nullable
    String shortcoming() {
        if (member.isOpen()) {
            return null;
        }
        String why = problem;
        return member.label() + (why == null ? ": lost its channel" : ": " + why);
    }
}
