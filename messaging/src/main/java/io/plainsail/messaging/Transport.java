package io.plainsail.messaging;

import io.plainsail.contracts.JobType;
import java.util.Collection;
import java.util.Set;

/**
 * Carries messages at least once, in order as far as nothing fails. Every operation may be called while the carrier is
 * away: subscriptions and publishers come to life when it is back, and nobody else has to reconnect.
 *
 * <p>Thread-safe. One instance a process; {@link #close} ends its publishers and subscriptions too.
 */
public interface Transport extends AutoCloseable {

    /**
     * Whether messages outlive this process. If not, the job store is the only memory: whatever is unfinished there is
     * published again at start.
     */
    boolean keepsMessages();

    /**
     * Opens a publisher.
     *
     * @throws IllegalStateException if the transport is closed
     */
    Publisher publisher(PublisherOptions options);

    /**
     * Makes the destination if it does not exist, and delivers from it until the subscription is closed. Returns at
     * once; deliveries begin when the carrier is reached.
     *
     * @throws IllegalStateException if the transport is closed
     * @throws IllegalArgumentException if the destination is a {@link Destination.Delayed}
     */
    Subscription subscribe(Destination destination, SubscriptionOptions options, DeliveryListener listener);

    /**
     * Which of these job types have no message waiting in their queue: what there is of them is in somebody's hands, or
     * rests in a delay. True of a queue that has subscribers and nothing to give them, and where there is no queue. A type
     * of which that cannot be told now is not among them. Asks the carrier, and waits for it within a bound.
     */
    Set<JobType> withNothingWaiting(Collection<JobType> types);

    /** What the destination is called in traces. */
    Address address(Destination destination);

    /** How the carrier is doing. */
    TransportHealth health();

    /** Ends everything; unacknowledged deliveries go back to their queues. Bounded in time, never throws. */
    @Override
    void close();
}
