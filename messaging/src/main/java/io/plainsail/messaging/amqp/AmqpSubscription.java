package io.plainsail.messaging.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ChannelContinuationTimeoutException;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import io.plainsail.messaging.DeliveryListener;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.Subscription;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.TransportHealth;
import io.plainsail.messaging.amqp.AmqpConnector.Wire;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consumes on a connection of its own. A session is one channel with one consumer; when it is lost (connection, channel
 * error such as the broker's {@code consumer_timeout}, queue deleted), the link opens another. What was in hand then
 * cannot be settled any more and comes again.
 *
 * <p>Why a connection for each: a queue without a leader has RabbitMQ 3.10 end the whole connection of whoever wants to
 * consume from it, and a listener that blocks stops its connection's reader in the end. Others are not to notice.
 *
 * <p>Thread-safe.
 */
final class AmqpSubscription implements Subscription, LinkMember {
    private static final Logger log = LoggerFactory.getLogger(AmqpSubscription.class);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
    private static final int CONNECTION_CLOSE_MILLIS = 1_000;

    /** Its own. */
    private final AmqpLink link;

    private final Destination destination;
    private final SubscriptionOptions options;
    private final DeliveryListener listener;
    private final ScheduledExecutorService timer;
    private final Consumer<AmqpSubscription> whenClosed;

    /** Held while the listener is called. */
    private final ReentrantLock call = new ReentrantLock();

    /** Guards the change of the session and of {@link #stopped}. */
    private final Object change = new Object();

    private volatile @Nullable Session session;
    private volatile boolean stopped;

    /**
     * @param listener must not throw
     */
    AmqpSubscription(
            AmqpLink link,
            Destination destination,
            SubscriptionOptions options,
            DeliveryListener listener,
            ScheduledExecutorService timer,
            Consumer<AmqpSubscription> whenClosed) {
        this.link = link;
        this.destination = destination;
        this.options = options;
        this.listener = listener;
        this.timer = timer;
        this.whenClosed = whenClosed;
    }

    private final class Session extends DefaultConsumer {
        final Wire wire;
        final AckLedger ledger;

        Session(Wire wire, Channel channel) {
            super(channel);
            this.wire = wire;
            this.ledger = new AckLedger(channel, options.prefetch(), destination instanceof Destination.Dead, timer);
        }

        boolean isOpen() {
            return getChannel().isOpen() && !ledger.isClosed();
        }

        /** To the broker a message that comes out of a delay has died as well: expired. Here it is alive. */
        private Optional<String> deathReason(BasicProperties properties) {
            return destination instanceof Destination.Dead ? AmqpMessages.deathReason(properties) : Optional.empty();
        }

        @Override
        public void handleDelivery(String consumerTag, Envelope envelope, BasicProperties properties, byte[] body) {
            AmqpDelivery delivery = new AmqpDelivery(
                    ledger,
                    envelope.getDeliveryTag(),
                    AmqpMessages.message(properties, body),
                    envelope.isRedeliver(),
                    AmqpMessages.deliveryCount(properties),
                    deathReason(properties));
            if (!ledger.enter(delivery)) {
                return; // received before the channel was lost: the broker delivers it again
            }
            call.lock();
            try {
                if (stopped) {
                    delivery.requeue();
                } else {
                    listener.onDelivery(delivery);
                }
            } finally {
                call.unlock();
            }
        }

        @Override
        public void handleCancel(String consumerTag) {
            log.warn("{}: the broker ended it, its queue was deleted or moved; it is declared again", label());
            giveUp(this);
            link.discard(wire, getChannel());
        }
    }

    // --- a member of the link ---

    @Override
    public String label() {
        return "subscription " + options.name() + " to " + AmqpTopology.queue(destination);
    }

    @Override
    public void open(Wire wire) throws IOException {
        Channel channel = Objects.requireNonNull(wire.connection().createChannel(), "no channel is free");
        AmqpTopology.declare(channel, destination);
        channel.basicQos(options.prefetch());
        Session opened = new Session(wire, channel);
        channel.basicConsume(AmqpTopology.queue(destination), false, options.name(), opened);
        boolean late;
        synchronized (change) {
            late = stopped;
            if (!late) {
                session = opened;
            }
        }
        if (late) {
            channel.abort();
        } else {
            channel.addShutdownListener(cause -> channelLost(opened, cause));
        }
    }

    private void channelLost(Session of, ShutdownSignalException cause) {
        if (!cause.isInitiatedByApplication() && !cause.isHardError()) {
            log.warn("{}: lost its channel: {}; what was in hand comes again", label(), Reasons.of(cause));
        }
        giveUp(of);
    }

    private void giveUp(Session of) {
        of.ledger.close();
        synchronized (change) {
            if (session == of) {
                session = null;
            }
        }
        link.poke();
    }

    @Override
    public boolean isOpen() {
        Session current = session;
        return stopped || (current != null && current.isOpen());
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
        // Acks are small and are never blocked.
    }

    // --- end ---

    /**
     * {@inheritDoc} Waits at most 10 seconds for a running listener call, and not for one that it is called from; at
     * most the configured timeout for the broker.
     */
    @Override
    public void stop() {
        Session current = refuse();
        if (current != null) {
            cancel(current);
        }
        awaitListener(STOP_LIMIT.toNanos());
    }

    /** Calls the listener no more. What the broker sends from now on goes back to it. */
    @Nullable
    private Session refuse() {
        Session current;
        synchronized (change) {
            if (stopped) {
                return null;
            }
            stopped = true;
            current = session;
        }
        link.rest();
        return current;
    }

    void refuseFurther() {
        refuse();
    }

    private void cancel(Session current) {
        try {
            current.getChannel().basicCancel(options.name());
        } catch (ChannelContinuationTimeoutException e) {
            link.kill(current.wire, "no answer to the end of the subscription");
        } catch (IOException | ShutdownSignalException e) {
            log.debug("{}: ended before it was stopped", label(), e);
        }
    }

    /** Waits for a listener call that runs, unless it is this thread's own. */
    void awaitListener(long limitNanos) {
        if (call.isHeldByCurrentThread()) {
            return;
        }
        try {
            if (call.tryLock(Math.max(0, limitNanos), TimeUnit.NANOSECONDS)) {
                call.unlock();
            } else {
                log.warn("{}: a listener call runs on after the time to wait for it", label());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        stop();
        end();
    }

    /** Tells the broker what it was not told about and leaves the rest to it. For who has stopped this. */
    void end() {
        Session last = session;
        if (last != null) {
            last.ledger.flush();
            giveUp(last);
        }
        link.close(CONNECTION_CLOSE_MILLIS);
        whenClosed.accept(this);
    }

    TransportHealth health() {
        return link.health();
    }
}
