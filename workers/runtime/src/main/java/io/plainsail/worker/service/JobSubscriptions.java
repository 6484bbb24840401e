package io.plainsail.worker.service;

import io.plainsail.contracts.wire.Worker;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.Subscription;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.Transport;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The subscriptions to the queues of a service's job types; what they bring goes into the ready queue. */
final class JobSubscriptions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JobSubscriptions.class);

    private final ReadyQueue queue;
    private final WorkerTime time;
    private final List<Subscription> subscriptions = new ArrayList<>(); // Guarded by this.

    JobSubscriptions(ReadyQueue queue, WorkerTime time) {
        this.queue = queue;
        this.time = time;
    }

    /** Subscribes to every type, which makes its queue. */
    synchronized void open(Transport transport, Worker worker, List<HandledType> types, WorkerConfig config) {
        for (int i = 0; i < types.size(); i++) {
            HandledType type = types.get(i);
            int line = i;
            SubscriptionOptions options = new SubscriptionOptions(
                    type.jobType().key() + " of " + worker.instance(),
                    config.prefetchFor(type.contract().timeout()));
            subscriptions.add(transport.subscribe(Destination.jobs(type.jobType()), options, delivery -> {
                if (!queue.offer(line, new ReadyQueue.Work(type, delivery, time.moment()))) {
                    delivery.requeue();
                }
            }));
        }
    }

    /** Takes no further deliveries; those in hand can still be settled. */
    synchronized void stop() {
        for (Subscription subscription : subscriptions) {
            try {
                subscription.stop();
            } catch (RuntimeException e) {
                LOG.warn("A subscription could not be stopped; what it still brings goes back at once", e);
            }
        }
    }

    /** Hands back whatever is not settled. */
    @Override
    public synchronized void close() {
        for (Subscription subscription : subscriptions) {
            try {
                subscription.close();
            } catch (RuntimeException e) {
                LOG.warn("A subscription could not be closed; the carrier notices when the connection ends", e);
            }
        }
    }
}
