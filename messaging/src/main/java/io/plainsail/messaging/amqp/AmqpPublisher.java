package io.plainsail.messaging.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.ReturnListener;
import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.amqp.AmqpConnector.Wire;
import io.plainsail.messaging.amqp.InFlight.Sent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes on a channel of its own, with confirms and many in flight. The life of a message:
 *
 * <ol>
 *   <li>It waits for room: messages in flight, the broker's leave, the connection's buffer. No channel: REFUSED at once.
 *   <li>It is written, under the lock, and numbered as the broker numbers it.
 *   <li>An unroutable one comes back before its confirm: UNROUTABLE. Ack: CONFIRMED. Nack: REFUSED.
 *   <li>Too late or channel lost: UNKNOWN. An answer that comes later finds its number taken and changes nothing.
 *   <li>If in all that time nothing at all was answered, the channel is given up and a new one is made.
 * </ol>
 *
 * <p>Thread-safe. One lock; nothing under it waits for the broker, and no result is given under it.
 */
final class AmqpPublisher implements Publisher, AmqpLink.Member {
    private static final Logger log = LoggerFactory.getLogger(AmqpPublisher.class);

    /** What RabbitMQ 4 takes at most if it is not told otherwise. A larger one would cost the channel. */
    static final int MAX_BODY_BYTES = 16 * 1024 * 1024;

    private static final long MIN_SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long MAX_SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    /** How long closing waits for answers. */
    static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final AmqpLink link;
    private final PublisherOptions options;
    private final long answerNanos;
    private final Future<?> sweeps;
    private final Consumer<AmqpPublisher> whenClosed;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final Condition answered = lock.newCondition();

    /** Guarded by the lock for writing. */
    private volatile @Nullable Session session;

    /** Threads that wait for room. Guarded by the lock. */
    private int waiting;

    private volatile boolean closed;

    AmqpPublisher(
            AmqpLink link,
            PublisherOptions options,
            ScheduledExecutorService timer,
            Consumer<AmqpPublisher> whenClosed) {
        this.link = link;
        this.options = options;
        this.whenClosed = whenClosed;
        this.answerNanos = options.answerTimeout().toNanos();
        long interval = Math.max(MIN_SWEEP_NANOS, Math.min(MAX_SWEEP_NANOS, answerNanos / 8));
        this.sweeps = timer.scheduleWithFixedDelay(this::sweep, interval, interval, TimeUnit.NANOSECONDS);
    }

    /** One channel and what is in flight on it. */
    private final class Session implements ConfirmListener, ReturnListener {
        final Wire wire;
        final Channel channel;

        /** Guarded by the lock. */
        final InFlight inFlight = new InFlight();

        /** When the last answer came, or what is in flight began to be. Guarded by the lock. */
        long answeredNanos = System.nanoTime();

        /** For the connection's reader alone, to be filled and emptied within one call. */
        private final List<Sent> settled = new ArrayList<>();

        Session(Wire wire, Channel channel) {
            this.wire = wire;
            this.channel = channel;
        }

        boolean isOpen() {
            return channel.isOpen() && !wire.socket().hasEnded();
        }

        @Override
        public void handleAck(long number, boolean multiple) {
            settle(number, multiple, PublishResult.CONFIRMED);
        }

        @Override
        public void handleNack(long number, boolean multiple) {
            settle(number, multiple, PublishResult.REFUSED);
        }

        @Override
        public void handleReturn(
                int code, String text, String exchange, String routingKey, BasicProperties properties, byte[] body) {
            settle(AmqpMessages.sequence(properties), false, PublishResult.UNROUTABLE);
            if (AmqpTopology.alwaysRoutes(exchange)) {
                link.declareAgain();
            }
        }

        private void settle(long number, boolean multiple, PublishResult result) {
            Sent one = null;
            lock.lock();
            try {
                if (multiple) {
                    inFlight.takeUpTo(number, settled);
                } else {
                    one = inFlight.take(number);
                }
                answeredNanos = System.nanoTime();
                signalRoom(this);
            } finally {
                lock.unlock();
            }
            if (one != null) {
                answer(one, result);
            }
            if (multiple) {
                settled.forEach(sent -> answer(sent, result));
                settled.clear();
            }
        }
    }

    // --- publishing ---

    @Override
    public void publish(Destination destination, Message message, Consumer<PublishResult> result) {
        PublishResult now = send(destination, message, result);
        if (now != null) {
            answer(result, now);
        }
    }

    /** Returns the result if it is known at once; then nobody else gives it. */
    private @Nullable PublishResult send(Destination destination, Message message, Consumer<PublishResult> result) {
        if (message.body().length > MAX_BODY_BYTES) {
            log.error(
                    "publisher {}: a message of {} bytes for {} is refused: the broker takes {} at most",
                    options.name(),
                    message.body().length,
                    destination,
                    MAX_BODY_BYTES);
            return PublishResult.REFUSED;
        }
        lock.lock();
        try {
            Session current = awaitRoom();
            return current == null ? PublishResult.REFUSED : write(current, destination, message, result);
        } finally {
            lock.unlock();
        }
    }

    /** The session to write on now; null if there is none, or no room in time. */
    private @Nullable Session awaitRoom() {
        long left = answerNanos;
        try {
            while (true) {
                Session current = session;
                if (closed || current == null || !current.isOpen()) {
                    return null;
                }
                if (hasRoom(current)) {
                    return current;
                }
                if (left <= 0) {
                    return null;
                }
                waiting++;
                try {
                    left = room.awaitNanos(left);
                } finally {
                    waiting--;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private boolean hasRoom(Session current) {
        return current.inFlight.unanswered() < options.maxInFlight()
                && link.blocked() == null
                && current.wire.socket().hasRoom();
    }

    /** Wakes those who wait for room, when there is enough of it to be worth it. The caller holds the lock. */
    private void signalRoom(Session current) {
        int unanswered = current.inFlight.unanswered();
        if (waiting > 0 && unanswered <= options.maxInFlight() / 4 * 3) {
            room.signalAll();
        }
        if (unanswered == 0) {
            answered.signalAll();
        }
    }

    private @Nullable PublishResult write(
            Session current, Destination destination, Message message, Consumer<PublishResult> result) {
        try {
            BasicProperties properties = AmqpMessages.properties(message, current.inFlight.next());
            current.channel.basicPublish(
                    AmqpTopology.exchange(destination),
                    AmqpTopology.routingKey(destination),
                    true,
                    properties,
                    message.body());
        } catch (AlreadyClosedException e) {
            return PublishResult.REFUSED;
        } catch (IllegalArgumentException e) { // thrown before anything is written: too long a header or its name
            log.error("publisher {}: a message for {} is refused: {}", options.name(), destination, e.getMessage());
            return PublishResult.REFUSED;
        } catch (IOException | RuntimeException | Error e) {
            // It may be half written. What is in flight is answered by lost(), not here under the lock.
            link.killSoon(current.wire, "writing failed: " + AmqpLink.reason(e));
            return PublishResult.UNKNOWN;
        }
        long now = System.nanoTime();
        if (current.inFlight.unanswered() == 0) {
            current.answeredNanos = now;
        }
        current.inFlight.add(new Sent(result, now));
        return null;
    }

    private void answer(Sent sent, PublishResult result) {
        answer(sent.result(), result);
    }

    private void answer(Consumer<PublishResult> whom, PublishResult result) {
        try {
            whom.accept(result);
        } catch (Throwable thrown) { // an error too must not end the connection, or the sweeps
            log.error(
                    "publisher {}: the receiver of a result ({}) threw; the result counts as given",
                    options.name(),
                    result,
                    thrown);
        }
    }

    @Override
    public boolean ready() {
        lock.lock();
        try {
            Session current = session;
            return !closed && current != null && current.isOpen() && hasRoom(current);
        } finally {
            lock.unlock();
        }
    }

    // --- what is late, what is lost ---

    private void sweep() {
        List<Sent> late = new ArrayList<>();
        Session dead = null;
        lock.lock();
        try {
            Session current = session;
            if (current == null || current.inFlight.unanswered() == 0) {
                return;
            }
            long now = System.nanoTime();
            current.inFlight.takeSentBefore(now - answerNanos, late);
            boolean silent = now - current.answeredNanos >= answerNanos && link.blocked() == null;
            if (!late.isEmpty() && silent) {
                dead = current;
            }
            room.signalAll(); // some may wait for more room than there will be
        } finally {
            lock.unlock();
        }
        if (dead != null) {
            log.warn(
                    "publisher {}: nothing was answered for {}; its channel is given up, what is in flight is unknown",
                    options.name(),
                    options.answerTimeout());
            giveUp(dead);
            link.discard(dead.wire, dead.channel);
        }
        late.forEach(sent -> answer(sent, PublishResult.UNKNOWN));
    }

    /** Answers what is in flight on a session with UNKNOWN, and has another one made. Idempotent. */
    private void giveUp(Session of) {
        List<Sent> unknown = new ArrayList<>();
        lock.lock();
        try {
            of.inFlight.takeAll(unknown);
            if (session == of) {
                session = null;
            }
            room.signalAll();
            answered.signalAll();
        } finally {
            lock.unlock();
        }
        unknown.forEach(sent -> answer(sent, PublishResult.UNKNOWN));
        link.poke();
    }

    // --- a member of the link ---

    @Override
    public String label() {
        return "publisher " + options.name();
    }

    @Override
    public void open(Wire wire) throws IOException {
        Channel channel = Objects.requireNonNull(wire.connection().createChannel(), "no channel is free");
        AmqpTopology.declare(channel);
        channel.confirmSelect();
        Session opened = new Session(wire, channel);
        channel.addConfirmListener(opened);
        channel.addReturnListener(opened);
        lock.lock();
        try {
            session = opened;
        } finally {
            lock.unlock();
        }
        channel.addShutdownListener(cause -> giveUp(opened));
        if (closed) {
            giveUp(opened);
            link.close(wire, channel);
        }
    }

    @Override
    public boolean isOpen() {
        Session current = session;
        return closed || (current != null && current.isOpen());
    }

    @Override
    public void lost(Wire wire) {
        Session current = session;
        if (current != null && current.wire == wire) {
            giveUp(current);
        }
    }

    @Override
    public void carrierChanged() {
        lock.lock();
        try {
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    // --- end ---

    @Override
    public void close() {
        close(CLOSE_NANOS);
    }

    /** Closes, waiting no longer for answers than is given. */
    void close(long limitNanos) {
        refuseFurther();
        Session last = awaitAnswers(Math.min(answerNanos, limitNanos));
        sweeps.cancel(false);
        link.leave(this);
        if (last != null) {
            giveUp(last);
            link.discard(last.wire, last.channel);
        }
        whenClosed.accept(this);
    }

    void refuseFurther() {
        closed = true;
        carrierChanged();
    }

    private @Nullable Session awaitAnswers(long limitNanos) {
        lock.lock();
        try {
            long left = limitNanos;
            Session current = session;
            while (current != null && current.inFlight.unanswered() > 0 && left > 0) {
                left = answered.awaitNanos(left);
                current = session;
            }
            return current;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return session;
        } finally {
            lock.unlock();
        }
    }
}
