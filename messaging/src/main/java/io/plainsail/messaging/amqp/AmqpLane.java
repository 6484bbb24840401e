package io.plainsail.messaging.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.ReturnListener;
import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.amqp.AmqpConnector.Wire;
import io.plainsail.messaging.amqp.InFlight.Sent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A publisher's channel for one destination.
 *
 * <p>Why one for each: a queue without a leader holds up the broker's end of the channel that publishes to it, with
 * everything behind it for other queues, and from some hundred messages on the whole connection. So a lane begins with
 * one message in flight, goes to the full number with its first answer, and back to one when nothing was answered for
 * the answer timeout; what is more is refused then. The channel stays: when the queue comes back, so do the answers.
 *
 * <p>Thread-safe, under the lock of the publisher.
 */
final class AmqpLane implements LinkMember {
    private static final Logger log = LoggerFactory.getLogger(AmqpLane.class);

    /** Whether another message can be written. */
    enum Room {
        YES,
        /** Not now, but it is worth to wait. */
        SOON,
        NO
    }

    private final AmqpPublisher publisher;
    private final AmqpLink link;
    private final Destination destination;
    private final int maxInFlight;
    private final ReentrantLock lock;

    /** Written under the lock. */
    private volatile @Nullable Session session;

    /** Whether the first opening is under way. Guarded by the lock. */
    private boolean first = true;

    AmqpLane(AmqpPublisher publisher, AmqpLink link, Destination destination, int maxInFlight) {
        this.publisher = publisher;
        this.link = link;
        this.destination = destination;
        this.maxInFlight = maxInFlight;
        this.lock = publisher.lock;
    }

    /** One channel and what is in flight on it. */
    private final class Session implements ConfirmListener, ReturnListener {
        final Wire wire;
        final Channel channel;

        // Guarded by the lock.
        final InFlight inFlight = new InFlight();
        long answeredNanos;
        boolean answered;

        /** Whether nothing is answered any more. Written under the lock. */
        volatile boolean silent;

        /** For the connection's reader alone, filled and emptied within one call. */
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
            if (!(destination instanceof Destination.Jobs)) { // its queue exists always: somebody deleted it
                link.declareAgain(destination);
            }
        }

        private void settle(long number, boolean multiple, PublishResult result) {
            lock.lock();
            try {
                if (multiple) {
                    inFlight.takeUpTo(number, settled);
                } else {
                    Sent one = inFlight.take(number);
                    if (one != null) {
                        settled.add(one);
                    }
                }
                noteAnswer();
                publisher.settled(settled.size());
            } finally {
                lock.unlock();
            }
            publisher.answer(settled, result);
            settled.clear();
        }

        private void noteAnswer() {
            answeredNanos = System.nanoTime();
            if (silent) {
                log.info("{}: the broker answers again", label());
            }
            if (silent || !answered) {
                silent = false;
                answered = true;
                publisher.lookAgain();
            }
        }
    }

    /** The caller holds the lock. */
    Room room() {
        Session current = session;
        if (current == null || !current.isOpen()) {
            return first ? Room.SOON : Room.NO;
        }
        int unanswered = current.inFlight.unanswered();
        if (current.silent) {
            return unanswered == 0 ? Room.YES : Room.NO;
        }
        return unanswered < (current.answered ? maxInFlight : 1) ? Room.YES : Room.SOON;
    }

    /** Writes a message; returns the result if it is known at once. The caller holds the lock and asked for room. */
    @Nullable
    PublishResult write(Message message, Consumer<PublishResult> result) {
        Session current = session;
        if (current == null) {
            return PublishResult.REFUSED;
        }
        try {
            current.channel.basicPublish(
                    AmqpTopology.exchange(destination),
                    AmqpTopology.routingKey(destination),
                    true,
                    AmqpMessages.properties(message, current.inFlight.next()),
                    message.body());
        } catch (AlreadyClosedException e) {
            return PublishResult.REFUSED;
        } catch (IllegalArgumentException e) { // thrown before anything is written: too long a header or its name
            log.error("{}: a message is refused: {}", label(), e.getMessage());
            return PublishResult.REFUSED;
        } catch (IOException | RuntimeException | Error e) {
            // It may be half written. What is in flight is answered by lost(), not here under the lock.
            link.killSoon(current.wire, "writing failed: " + Reasons.of(e));
            return PublishResult.UNKNOWN;
        }
        long now = System.nanoTime();
        if (current.inFlight.unanswered() == 0) {
            current.answeredNanos = now;
        }
        current.inFlight.add(new Sent(result, now));
        publisher.sent();
        return null;
    }

    /** Answers UNKNOWN to what waits for longer than is given. */
    void sweep(long answerNanos) {
        List<Sent> late = new ArrayList<>();
        lock.lock();
        try {
            Session current = session;
            if (current == null || current.inFlight.unanswered() == 0) {
                return;
            }
            long now = System.nanoTime();
            current.inFlight.takeSentBefore(now - answerNanos, late);
            publisher.settled(late.size());
            boolean quiet = now - current.answeredNanos >= answerNanos && link.blocked() == null;
            if (!late.isEmpty() && quiet && !current.silent) {
                current.silent = true;
                log.warn("{}: the broker has answered nothing for the answer timeout; one message at a time", label());
            }
        } finally {
            lock.unlock();
        }
        publisher.answer(late, PublishResult.UNKNOWN);
    }

    /** Answers UNKNOWN to what is in flight on a session that is gone. Idempotent. */
    private void giveUp(Session of) {
        List<Sent> unknown = new ArrayList<>();
        lock.lock();
        try {
            of.inFlight.takeAll(unknown);
            publisher.settled(unknown.size());
            if (session == of) {
                session = null;
            }
            publisher.lookAgain();
        } finally {
            lock.unlock();
        }
        publisher.answer(unknown, PublishResult.UNKNOWN);
        link.poke();
    }

    // --- a member of the link ---

    @Override
    public String label() {
        return "publisher " + publisher.name() + " to " + AmqpTopology.label(destination);
    }

    @Override
    public void open(Wire wire) throws IOException {
        Session opened = null;
        try {
            Channel channel = Objects.requireNonNull(wire.connection().createChannel(), "no channel is free");
            AmqpTopology.declareToPublish(channel, destination);
            channel.confirmSelect();
            opened = new Session(wire, channel);
            channel.addConfirmListener(opened);
            channel.addReturnListener(opened);
        } finally {
            lock.lock();
            try {
                session = opened;
                first = false;
                publisher.lookAgain();
            } finally {
                lock.unlock();
            }
        }
        Session lasting = opened;
        lasting.channel.addShutdownListener(cause -> giveUp(lasting));
        if (publisher.isClosed()) {
            close();
        }
    }

    @Override
    public boolean isOpen() {
        Session current = session;
        return publisher.isClosed() || (current != null && current.isOpen());
    }

    @Override
    public @Nullable String trouble() {
        Session current = session;
        return current != null && current.silent ? "not answered: " + label() : null;
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
        publisher.lookAgain();
    }

    /** Leaves the link; what is in flight is unknown. */
    void close() {
        link.leave(this);
        Session last = session;
        if (last != null) {
            giveUp(last);
            if (!last.silent) { // else it would not be answered either; it goes with the connection
                link.discard(last.wire, last.channel);
            }
        }
    }
}
