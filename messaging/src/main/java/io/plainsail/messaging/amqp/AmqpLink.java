package io.plainsail.messaging.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.BlockedListener;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ChannelContinuationTimeoutException;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.ShutdownSignalException;
import io.plainsail.messaging.TransportHealth;
import io.plainsail.messaging.amqp.AmqpConnector.Wire;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one connection and what lives on it. Its life:
 *
 * <ol>
 *   <li>The first member joins: the opener's thread connects, and tries again until it can.
 *   <li>On the open connection it opens each member (topology declared anew, channel, consumer); one that fails is tried
 *       again by itself, later and later, and holds up no other.
 *   <li>A member that lost its channel asks to be opened again ({@link #poke}); the rest stays.
 *   <li>A lost connection, or one that does not answer, is dropped: every member is told, and it begins at 1.
 * </ol>
 *
 * <p>Thread-safe. Opening happens on the opener's thread alone; every step there is bounded by the configured timeout.
 */
final class AmqpLink {
    private static final Logger log = LoggerFactory.getLogger(AmqpLink.class);

    /** Something that lives on the connection. */
    interface Member {
        /** For logs and health. */
        String label();

        /** Makes a channel and all it needs. Called by the opener's thread alone, while {@link #isOpen} is false. */
        void open(Wire wire) throws IOException, TimeoutException;

        boolean isOpen();

        /** The connection is gone. Must not block. */
        void lost(Wire wire);

        /** The broker blocks or unblocks, or there is room to write again. Must not block. */
        void carrierChanged();
    }

    /** A member and what its opening came to. */
    private final class Seat {
        final Member member;
        final Backoff backoff = Backoff.of(config);

        /** For the opener's thread. */
        long notBefore = System.nanoTime();

        /** For the opener's thread. */
        long openedNanos;

        /** For the opener's thread. */
        boolean wasOpen;

        volatile @Nullable String problem = "not opened yet";

        Seat(Member member) {
            this.member = member;
        }
    }

    private final String purpose;
    private final AmqpConfig config;
    private final AmqpConnector connector;
    private final ScheduledExecutorService opener;
    private final Clock clock;

    private final List<Seat> seats = new CopyOnWriteArrayList<>();
    private final AtomicBoolean poked = new AtomicBoolean();
    private final AtomicBoolean declaring = new AtomicBoolean();

    /** Guards the change of the connection. */
    private final Object change = new Object();

    private volatile @Nullable Wire wire;
    private volatile @Nullable String blocked;
    private volatile boolean closed;

    /** Why there is no connection, and since when. */
    private volatile String problem = "not connected yet";

    private volatile Instant since;

    /** For the opener's thread. */
    private final Backoff backoff;

    /** For the opener's thread. */
    private long notBefore = System.nanoTime();

    /** For the opener's thread. */
    private @Nullable Future<?> nextVisit;

    AmqpLink(String purpose, AmqpConfig config, AmqpThreads threads, Clock clock) {
        this.purpose = purpose;
        this.config = config;
        this.connector = new AmqpConnector(config, threads);
        this.opener = threads.opener(purpose);
        this.clock = clock;
        this.since = clock.instant();
        this.backoff = Backoff.of(config);
    }

    void join(Member member) {
        seats.add(new Seat(member));
        poke();
    }

    void leave(Member member) {
        seats.removeIf(seat -> seat.member == member);
    }

    /** Has whatever is not open looked at soon. Never blocks. */
    void poke() {
        if (poked.compareAndSet(false, true)) {
            opener.execute(this::visit);
        }
    }

    /** Why the broker wants nothing published now; null if it does. */
    @Nullable
    String blocked() {
        return blocked;
    }

    // --- on the opener's thread ---

    private void visit() {
        poked.set(false);
        if (nextVisit != null) {
            nextVisit.cancel(false);
            nextVisit = null;
        }
        if (closed || seats.isEmpty()) {
            return;
        }
        long wait = openWhatIsNot();
        if (wait < Long.MAX_VALUE) {
            nextVisit = opener.schedule(this::visit, wait, TimeUnit.NANOSECONDS);
        }
    }

    /** Returns the nanoseconds after which something is to be tried again. */
    private long openWhatIsNot() {
        Wire current = wire;
        if (current != null && !current.isOpen()) {
            drop(current, "the connection is closed");
            current = null;
        }
        if (current == null) {
            long wait = notBefore - System.nanoTime();
            if (wait > 0) {
                return wait;
            }
            current = connect();
            if (current == null) {
                return Math.max(1, notBefore - System.nanoTime());
            }
        }
        long wait = Long.MAX_VALUE;
        for (Seat seat : seats) {
            wait = Math.min(wait, open(seat, current));
        }
        return wait;
    }

    private @Nullable Wire connect() {
        try {
            Wire opened = connector.connect(purpose, this::tellMembers);
            opened.connection().addBlockedListener(blockedListener(opened));
            synchronized (change) {
                if (closed) {
                    opened.socket().abort();
                    return null;
                }
                wire = opened;
            }
            // Not earlier: a connection that is lost already is told of at once, here.
            opened.connection().addShutdownListener(cause -> drop(opened, reason(cause)));
            log.info("{}: connected to {}", purpose, opened.address());
            return opened;
        } catch (IOException | TimeoutException | RuntimeException e) {
            long wait = backoff.nextNanos(0);
            notBefore = System.nanoTime() + wait;
            problem = reason(e);
            log.warn(
                    "{}: cannot connect: {}; next try in {} ms", purpose, problem, TimeUnit.NANOSECONDS.toMillis(wait));
            return null;
        }
    }

    private long open(Seat seat, Wire current) {
        if (seat.member.isOpen()) {
            return Long.MAX_VALUE;
        }
        if (seat.wasOpen) {
            seat.wasOpen = false;
            seat.notBefore = System.nanoTime() + seat.backoff.nextNanos(System.nanoTime() - seat.openedNanos);
        }
        long wait = seat.notBefore - System.nanoTime();
        if (wait > 0) {
            return wait;
        }
        try {
            seat.member.open(current);
            seat.openedNanos = System.nanoTime();
            seat.wasOpen = true;
            seat.problem = null;
            return Long.MAX_VALUE;
        } catch (IOException | TimeoutException | RuntimeException e) {
            long next = seat.backoff.nextNanos(0);
            seat.notBefore = System.nanoTime() + next;
            seat.problem = reason(e);
            if (wire == current) {
                log.warn(
                        "{} cannot be opened: {}; next try in {} ms",
                        seat.member.label(),
                        seat.problem,
                        TimeUnit.NANOSECONDS.toMillis(next));
            }
            if (isTimeout(e)) {
                kill(current, "no answer within " + config.connectTimeout());
            }
            return next;
        }
    }

    private static boolean isTimeout(Exception e) {
        return e instanceof TimeoutException || e instanceof ChannelContinuationTimeoutException;
    }

    /** Closes a channel that is of no use any more. Never blocks the caller. */
    void discard(Wire of, Channel channel) {
        opener.execute(() -> close(of, channel));
    }

    /** Closes a channel; waits for the broker's answer, at most the configured timeout. Never throws. */
    void close(Wire of, Channel channel) {
        try {
            if (channel.isOpen()) {
                channel.close();
            }
        } catch (TimeoutException e) {
            kill(of, "a channel could not be closed within " + config.connectTimeout());
        } catch (IOException | ShutdownSignalException e) {
            log.debug("{}: a channel was closed before it was asked to be", purpose, e);
        }
    }

    /** Makes what exists always once more: somebody has deleted it. Never blocks the caller. */
    void declareAgain() {
        if (declaring.compareAndSet(false, true)) {
            opener.execute(this::declare);
        }
    }

    private void declare() {
        declaring.set(false);
        Wire current = wire;
        if (current == null) {
            return;
        }
        try {
            Channel channel = Objects.requireNonNull(current.connection().createChannel(), "no channel is free");
            AmqpTopology.declare(channel);
            close(current, channel);
        } catch (IOException | RuntimeException e) {
            log.warn("{}: what was deleted in the broker cannot be declared again: {}", purpose, reason(e));
        }
    }

    // --- loss ---

    /** Ends a connection that cannot be trusted any more, without asking the broker. */
    void kill(Wire of, String why) {
        of.socket().abort();
        drop(of, why);
    }

    /** Ends a connection at once; its members are told a little later, by another thread. */
    void killSoon(Wire of, String why) {
        of.socket().abort();
        opener.execute(() -> drop(of, why));
    }

    private void drop(Wire of, String why) {
        synchronized (change) {
            if (wire != of) {
                return;
            }
            wire = null;
            blocked = null;
            problem = why;
            since = clock.instant();
        }
        if (!closed) {
            log.warn(
                    "{}: connection to {} lost: {}; what is unanswered is unknown, reconnecting",
                    purpose,
                    of.address(),
                    why);
        }
        seats.forEach(seat -> seat.member.lost(of));
        opener.execute(() -> {
            long now = System.nanoTime();
            notBefore = now + backoff.nextNanos(now - of.openedNanos());
            for (Seat seat : seats) { // they did not fail by themselves
                seat.wasOpen = false;
                seat.notBefore = now;
            }
            visit();
        });
    }

    private BlockedListener blockedListener(Wire of) {
        return new BlockedListener() {
            @Override
            public void handleBlocked(String reason) {
                log.warn("{}: the broker takes no messages: {}; publishing waits", purpose, reason);
                block(reason);
            }

            @Override
            public void handleUnblocked() {
                log.info("{}: the broker takes messages again", purpose);
                block(null);
            }

            private void block(@Nullable String reason) {
                synchronized (change) {
                    if (wire == of) {
                        blocked = reason;
                    }
                }
                tellMembers();
            }
        };
    }

    private void tellMembers() {
        seats.forEach(seat -> seat.member.carrierChanged());
    }

    /** What stands in the way, in words. */
    static String reason(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof ShutdownSignalException signal && signal.getReason() != null) {
                return replyText(signal.getReason());
            }
        }
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }

    private static String replyText(Method reason) {
        if (reason instanceof AMQP.Channel.Close close) {
            return close.getReplyText();
        }
        return reason instanceof AMQP.Connection.Close close ? close.getReplyText() : reason.protocolMethodName();
    }

    // --- health and end ---

    TransportHealth health() {
        Wire current = wire;
        if (seats.isEmpty()) {
            return new TransportHealth(!closed, false, purpose + ": not needed yet");
        }
        if (current == null) {
            return new TransportHealth(false, false, purpose + ": not connected since " + since + ": " + problem);
        }
        List<String> missing = new ArrayList<>();
        for (Seat seat : seats) {
            if (!seat.member.isOpen()) {
                String why = seat.problem;
                missing.add(seat.member.label() + (why == null ? ": lost its channel" : ": " + why));
            }
        }
        String why = blocked;
        String detail = purpose + ": connected to " + current.address()
                + (why == null ? "" : ", blocked by the broker: " + why)
                + (missing.isEmpty() ? "" : ", not open: " + String.join("; ", missing));
        return new TransportHealth(missing.isEmpty(), why != null, detail);
    }

    /** Ends the connection for good; waits for the broker's answer so long at most. Never throws. */
    void close(int millis) {
        Wire current;
        synchronized (change) {
            closed = true;
            current = wire;
        }
        if (current != null) {
            current.connection().abort(millis);
            kill(current, "closed");
        }
        opener.shutdown();
    }
}
