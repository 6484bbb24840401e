package io.plainsail.messaging.embedded;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Address;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.DeliveryListener;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.GuardedListener;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.Subscription;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.Transport;
import io.plainsail.messaging.TransportHealth;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Carries messages inside one process. It keeps nothing when it is closed: {@link #keepsMessages} is false.
 *
 * <p>One queue per destination, first in, first out; what comes back goes to its old place. A queue of jobs exists from
 * its first subscription on. A publish is answered before it returns, and never waits: a full queue refuses. Listeners
 * are called by a few threads that all subscriptions share, several deliveries in a row.
 *
 * <p>Thread-safe.
 */
public final class EmbeddedTransport implements Transport {
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private final EmbeddedOptions options;
    private final ScheduledThreadPoolExecutor threads;
    private final Map<Destination, EmbeddedQueue> queues = new ConcurrentHashMap<>();
    private final EmbeddedQueue dead;

    private final List<EmbeddedSubscription> subscriptions = new CopyOnWriteArrayList<>();
    /** Messages kept back. */
    private final AtomicInteger delayed = new AtomicInteger();

    private volatile boolean closed;

    private EmbeddedTransport(EmbeddedOptions options) {
        this.options = options;
        this.threads = startThreads(options.threads());
        this.dead = new EmbeddedQueue(options.maxQueueLength(), threads, null);
        queues.put(Destination.dead(), dead);
        queues.put(Destination.events(), new EmbeddedQueue(options.maxQueueLength(), threads, dead));
    }

    /** A transport with {@link EmbeddedOptions#defaults}. */
    public static EmbeddedTransport create() {
        return create(EmbeddedOptions.defaults());
    }

    public static EmbeddedTransport create(EmbeddedOptions options) {
        return new EmbeddedTransport(options);
    }

    private static ScheduledThreadPoolExecutor startThreads(int count) {
        AtomicInteger number = new AtomicInteger();
        ScheduledThreadPoolExecutor threads = new ScheduledThreadPoolExecutor(
                count,
                task -> {
                    Thread thread = new Thread(task, "plainsail-embedded-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                },
                new ThreadPoolExecutor.DiscardPolicy());
        threads.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return threads;
    }

    /** {@inheritDoc} Here: no. */
    @Override
    public boolean keepsMessages() {
        return false;
    }

    /** {@inheritDoc} Here a publish never waits, so both of the options' bounds are met by themselves. */
    @Override
    public Publisher publisher(PublisherOptions publisherOptions) {
        requireOpen();
        return new EmbeddedPublisher(this);
    }

    @Override
    public Subscription subscribe(
            Destination destination, SubscriptionOptions subscriptionOptions, DeliveryListener listener) {
        if (destination instanceof Destination.Delayed) {
            throw new IllegalArgumentException(destination + " is on the way only: subscribe to its job type");
        }
        requireOpen();
        EmbeddedQueue queue =
                queues.computeIfAbsent(destination, key -> new EmbeddedQueue(options.maxQueueLength(), threads, dead));
        EmbeddedSubscription subscription = new EmbeddedSubscription(
                queue,
                subscriptionOptions.prefetch(),
                new GuardedListener(subscriptionOptions.name(), listener, threads),
                subscriptions::remove);
        subscriptions.add(subscription);
        queue.join(subscription);
        return subscription;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the transport is closed: nothing can be published or subscribed to");
        }
    }

    /** The destination's queue, if there is one. */
    @Nullable
    EmbeddedQueue queue(Destination destination) {
        return queues.get(destination);
    }

    /** Keeps a message back for the step, then gives it to the queue; false if too many are kept back. */
    boolean delay(Destination.Delayed delayed, Message message) {
        if (this.delayed.incrementAndGet() > options.maxQueueLength()) {
            this.delayed.decrementAndGet();
            return false;
        }
        deliverAfter(delayed.delay().length(), Destination.jobs(delayed.jobType()), message);
        return true;
    }

    private void deliverAfter(Duration rest, Destination destination, Message message) {
        threads.schedule(
                () -> {
                    EmbeddedQueue queue = queues.get(destination);
                    boolean taken = queue == null ? dead.offer(message, Delivery.EXPIRED) : queue.offer(message);
                    if (taken) {
                        delayed.decrementAndGet();
                    } else {
                        deliverAfter(DeliveryListener.RETRY_DELAY, destination, message);
                    }
                },
                rest.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    boolean isClosed() {
        return closed;
    }

    /** Messages that a destination holds, those in hand included; 0 if it has no queue. For tests and metrics. */
    public int length(Destination destination) {
        EmbeddedQueue queue = queues.get(destination);
        return queue == null ? 0 : queue.length();
    }

    @Override
    public Set<JobType> withNothingWaiting(Collection<JobType> types) {
        return types.stream()
                .filter(type -> {
                    EmbeddedQueue queue = queues.get(Destination.jobs(type));
                    return !closed && (queue == null || queue.hasNothingToGive());
                })
                .collect(Collectors.toSet());
    }

    @Override
    public Address address(Destination destination) {
        String name = name(destination);
        return new Address("plainsail", name, name, "");
    }

    private static String name(Destination destination) {
        if (destination instanceof Destination.Jobs jobs) {
            return "jobs:" + jobs.jobType().key();
        }
        if (destination instanceof Destination.Delayed delayed) {
            return "delay." + delayed.delay().length().toSeconds() + "s:"
                    + delayed.jobType().key();
        }
        return destination instanceof Destination.Events ? "events" : "dead";
    }

    @Override
    public TransportHealth health() {
        return closed
                ? new TransportHealth(false, false, "embedded: closed")
                : new TransportHealth(true, false, "embedded: " + queues.size() + " queues in this process");
    }

    /** {@inheritDoc} Waits at most 5 seconds for listener calls that are running; interrupts none. */
    @Override
    public void close() {
        closed = true;
        long deadline = System.nanoTime() + CLOSE_LIMIT.toNanos();
        for (EmbeddedSubscription subscription : subscriptions) {
            subscription.refuseFurther();
        }
        for (EmbeddedSubscription subscription : subscriptions) {
            subscription.close(deadline - System.nanoTime());
        }
        // INVARIANT: no interrupt. A listener may be inside an embedded database, which an interrupt would close.
        threads.shutdown();
    }
}
