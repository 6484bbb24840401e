package io.plainsail.messaging.amqp;

import com.rabbitmq.client.BlockedListener;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ShutdownSignalException;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.TransportHealth;
import io.plainsail.messaging.amqp.AmqpConnector.Wire;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one connection and what lives on it: the lanes of all publishers, or one subscription. Its life:
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

    private final String purpose;
    private final AmqpConfig config;
    private final AmqpConnector connector;
    private final ScheduledExecutorService opener;
    private final Clock clock;

    private final List<LinkSeat> seats = new CopyOnWriteArrayList<>();
    private final AtomicBoolean poked = new AtomicBoolean();
    private final Set<Destination> declaring = ConcurrentHashMap.newKeySet();

    /** Guards the change of the connection. */
    private final Object change = new Object();

    private volatile @Nullable Wire wire;
    private volatile @Nullable String blocked;
    private volatile boolean wanted;
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
        this.opener = threads.opener(purpose.replace(' ', '-'));
        this.clock = clock;
        this.since = clock.instant();
        this.backoff = Backoff.of(config);
    }

    /** Has the connection opened, and kept, from now on. */
    void start() {
        wanted = true;
        poke();
    }

    /** Opens nothing any more. What is open stays. */
    void rest() {
        wanted = false;
    }

    void join(LinkMember member) {
        seats.add(new LinkSeat(member, Backoff.of(config)));
        start();
    }

    void leave(LinkMember member) {
        seats.removeIf(seat -> seat.member == member);
    }

    /** Has whatever is not open looked at soon. Never blocks. */
    void poke() {
        if (poked.compareAndSet(false, true)) {
            opener.execute(this::visit);
        }
    }

    boolean isConnected() {
        Wire current = wire;
        return current != null && current.isOpen();
    }

    /** Whether something large may be written. */
    boolean hasRoom() {
        Wire current = wire;
        return current != null && current.socket().hasRoom();
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
        if (closed || !wanted) {
            return;
        }
        long wait = openWhatIsNot();
        if (wait < LinkSeat.NEVER) {
            nextVisit = opener.schedule(this::visit, wait, TimeUnit.NANOSECONDS);
        }
    }

    /** Returns the nanoseconds after which something is to be tried again. */
    private long openWhatIsNot() {
        Wire current = wire;
        if (current != null && !current.isOpen()) {
            ShutdownSignalException cause = current.connection().getCloseReason();
            drop(current, cause == null ? "its socket was closed" : Reasons.of(cause));
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
        long wait = LinkSeat.NEVER;
        try {
            for (LinkSeat seat : seats) {
                wait = Math.min(wait, seat.open(current));
            }
        } catch (TimeoutException e) {
            kill(current, Reasons.of(e)); // which has this called again
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
            opened.connection().addShutdownListener(cause -> drop(opened, Reasons.of(cause)));
            log.info("{}: connected to {}", purpose, opened.address());
            tellMembers();
            return opened;
        } catch (IOException | TimeoutException | RuntimeException e) {
            long wait = backoff.nextNanos(0);
            notBefore = System.nanoTime() + wait;
            problem = Reasons.of(e);
            log.warn(
                    "{}: cannot connect: {}; next try in {} ms", purpose, problem, TimeUnit.NANOSECONDS.toMillis(wait));
            return null;
        }
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

    /** Makes a destination once more: somebody has deleted it. Never blocks the caller. */
    void declareAgain(Destination destination) {
        if (declaring.add(destination)) {
            opener.execute(() -> declare(destination));
        }
    }

    private void declare(Destination destination) {
        declaring.remove(destination);
        Wire current = wire;
        if (current == null) {
            return;
        }
        try {
            Channel channel = Objects.requireNonNull(current.connection().createChannel(), "no channel is free");
            AmqpTopology.declare(channel, destination);
            close(current, channel);
        } catch (IOException | RuntimeException e) {
            log.warn("{}: {} was deleted and cannot be declared again: {}", purpose, destination, Reasons.of(e));
        }
    }

    // --- loss ---

    /** Ends a connection that cannot be trusted any more, without asking the broker. */
    void kill(Wire of, String why) {
        drop(of, why);
        of.socket().abort();
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
            seats.forEach(LinkSeat::forgive);
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

    // --- health and end ---

    TransportHealth health() {
        Wire current = wire;
        if (!wanted) {
            return new TransportHealth(!closed, false, purpose + ": not needed");
        }
        if (current == null) {
            return new TransportHealth(false, false, purpose + ": not connected since " + since + ": " + problem);
        }
        List<String> missing = collect(LinkSeat::shortcoming);
        List<String> troubles = collect(seat -> seat.member.trouble());
        String why = blocked;
        String detail = purpose + ": connected to " + current.address()
                + (why == null ? "" : ", blocked by the broker: " + why)
                + (missing.isEmpty() ? "" : ", not open: " + String.join("; ", missing))
                + (troubles.isEmpty() ? "" : ", " + String.join(", ", troubles));
        return new TransportHealth(missing.isEmpty(), why != null, detail);
    }

    private List<String> collect(Function<LinkSeat, @Nullable String> words) {
        List<String> collected = new ArrayList<>();
        for (LinkSeat seat : seats) {
            String word = words.apply(seat);
            if (word != null) {
                collected.add(word);
            }
        }
        return collected;
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
