package io.plainsail.messaging.amqp;

import io.plainsail.messaging.DeliveryListener;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.GuardedListener;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.Subscription;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.Transport;
import io.plainsail.messaging.TransportHealth;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Carries messages through RabbitMQ, 3.10 to 4.x.
 *
 * <p>Two connections, one to publish and one to consume, each opened when it is first needed and then kept: opened again
 * with growing waits whenever it is lost, the broker's absence at start included. Publishers and subscriptions have a
 * channel each, which is opened again by itself when it alone is lost. The names and properties of exchanges and queues
 * are declared each time ({@code AmqpTopology}); the user of the connection needs the right to configure them.
 *
 * <p>Nothing waits for the broker without a bound, a frozen broker included: publishing no longer than its publisher's
 * answer timeout, everything else no longer than {@link AmqpConfig#connectTimeout} for each request.
 *
 * <p>Thread-safe.
 */
public final class AmqpTransport implements Transport {
    private static final Duration LISTENERS_LIMIT = Duration.ofSeconds(2);
    private static final int CONNECTION_CLOSE_MILLIS = 1_000;

    private final AmqpThreads threads;
    private final AmqpLink publishing;
    private final AmqpLink consuming;

    private final List<AmqpPublisher> publishers = new CopyOnWriteArrayList<>();
    private final List<AmqpSubscription> subscriptions = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    private AmqpTransport(AmqpConfig config, Clock clock) {
        this.threads = new AmqpThreads(config.deliveryThreads());
        this.publishing = new AmqpLink("publish", config, threads, clock);
        this.consuming = new AmqpLink("consume", config, threads, clock);
    }

    /** A transport on the system's clock. Opens nothing yet. */
    public static AmqpTransport create(AmqpConfig config) {
        return create(config, Clock.systemUTC());
    }

    /**
     * @param clock for the times that {@link #health} tells
     */
    public static AmqpTransport create(AmqpConfig config, Clock clock) {
        return new AmqpTransport(config, clock);
    }

    /** {@inheritDoc} Here: yes, confirmed ones on the disks of a majority. */
    @Override
    public boolean keepsMessages() {
        return true;
    }

    @Override
    public Publisher publisher(PublisherOptions options) {
        requireOpen();
        AmqpPublisher publisher = new AmqpPublisher(publishing, options, threads.timer, publishers::remove);
        publishers.add(publisher);
        publishing.join(publisher);
        return publisher;
    }

    @Override
    public Subscription subscribe(Destination destination, SubscriptionOptions options, DeliveryListener listener) {
        requireOpen();
        AmqpSubscription subscription = new AmqpSubscription(
                consuming,
                destination,
                options,
                new GuardedListener(options.name(), listener, threads.timer),
                threads.timer,
                subscriptions::remove);
        subscriptions.add(subscription);
        consuming.join(subscription);
        return subscription;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the transport is closed: nothing can be published or subscribed to");
        }
    }

    @Override
    public TransportHealth health() {
        if (closed) {
            return new TransportHealth(false, false, "rabbitmq: closed");
        }
        TransportHealth out = publishing.health();
        TransportHealth in = consuming.health();
        return new TransportHealth(
                out.connected() && in.connected(), out.blocked() || in.blocked(), out.detail() + "; " + in.detail());
    }

    /** {@inheritDoc} Takes at most about 5 seconds: two for listeners, one for answers, two for the connections. */
    @Override
    public void close() {
        closed = true;
        subscriptions.forEach(AmqpSubscription::refuseFurther);
        publishers.forEach(AmqpPublisher::refuseFurther);
        long deadline = System.nanoTime() + LISTENERS_LIMIT.toNanos();
        for (AmqpSubscription subscription : subscriptions) {
            subscription.awaitListener(deadline - System.nanoTime());
            subscription.flush();
        }
        long answers = System.nanoTime() + AmqpPublisher.CLOSE_NANOS;
        for (AmqpPublisher publisher : publishers) {
            publisher.close(answers - System.nanoTime());
        }
        publishing.close(CONNECTION_CLOSE_MILLIS);
        consuming.close(CONNECTION_CLOSE_MILLIS);
        threads.end();
    }
}
