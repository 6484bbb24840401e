package io.plainsail.messaging.amqp;

import io.plainsail.contracts.JobType;
import io.plainsail.messaging.Address;
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
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/**
 * Carries messages through RabbitMQ, 3.10 to 4.x.
 *
 * <p>One connection to publish and one for each subscription, each opened when it is first needed and then kept: opened
 * again with growing waits whenever it is lost, the broker's absence at start included. A publisher has a channel for
 * each destination. Whatever is lost alone is opened again alone. The names and properties of exchanges and queues are
 * declared each time; the user of the connection needs the right to configure them.
 *
 * <p>Nothing waits for the broker without a bound, a frozen broker included: publishing no longer than its publisher's
 * answer timeout, everything else no longer than {@link AmqpConfig#connectTimeout} for each request. A queue that hangs
 * delays its own messages alone.
 *
 * <p>Thread-safe.
 */
public final class AmqpTransport implements Transport {
    private static final Duration LISTENERS_LIMIT = Duration.ofSeconds(2);
    private static final Duration CONNECTIONS_LIMIT = Duration.ofSeconds(2);
    private static final int CONNECTION_CLOSE_MILLIS = 1_000;

    private final AmqpConfig config;
    private final Clock clock;
    private final AmqpThreads threads;
    private final AmqpLink publishing;
    private final AmqpQueueLook queueLook;

    private final List<AmqpPublisher> publishers = new CopyOnWriteArrayList<>();
    private final List<AmqpSubscription> subscriptions = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    private AmqpTransport(AmqpConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
        this.threads = new AmqpThreads(config.deliveryThreads());
        this.publishing = new AmqpLink("publish", config, threads, clock);
        this.queueLook = new AmqpQueueLook(config, threads);
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
        publishing.start();
        return publisher;
    }

    @Override
    public Subscription subscribe(Destination destination, SubscriptionOptions options, DeliveryListener listener) {
        if (destination instanceof Destination.Delayed) {
            throw new IllegalArgumentException(destination + " is on the way only: subscribe to its job type");
        }
        requireOpen();
        AmqpLink consuming = new AmqpLink("consume " + options.name(), config, threads, clock);
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

    /** {@inheritDoc} Here on a connection of its own, opened and closed in each call. */
    @Override
    public Set<JobType> withNothingWaiting(Collection<JobType> types) {
        return closed || types.isEmpty() ? Set.of() : queueLook.withNothingWaiting(types);
    }

    @Override
    public Address address(Destination destination) {
        return AmqpTopology.address(destination);
    }

    @Override
    public TransportHealth health() {
        if (closed) {
            return new TransportHealth(false, false, "rabbitmq: closed");
        }
        List<TransportHealth> links = new ArrayList<>();
        links.add(publishing.health());
        subscriptions.forEach(subscription -> links.add(subscription.health()));
        return new TransportHealth(
                links.stream().allMatch(TransportHealth::connected),
                links.stream().anyMatch(TransportHealth::blocked),
                links.stream().map(TransportHealth::detail).collect(Collectors.joining("; ")));
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
        }
        long answers = System.nanoTime() + AmqpPublisher.CLOSE_NANOS;
        for (AmqpPublisher publisher : publishers) {
            publisher.close(answers - System.nanoTime());
        }
        List<Runnable> ends = new ArrayList<>();
        ends.add(() -> publishing.close(CONNECTION_CLOSE_MILLIS));
        subscriptions.forEach(subscription -> ends.add(subscription::end));
        threads.together(ends, CONNECTIONS_LIMIT);
        threads.end();
    }
}
