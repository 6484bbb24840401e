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
    private final Transport transport;
    private final Worker worker;
    private final List<HandledType> types;
    private final WorkerConfig config;
    private final List<Subscription> subscriptions = new ArrayList<>(); // Guarded by this.

    private boolean ended; // Guarded by this.

    /** Between pause and resume: what still comes goes back at once. */
    private volatile boolean paused;

    JobSubscriptions(
            ReadyQueue queue,
            WorkerTime time,
            Transport transport,
            Worker worker,
            List<HandledType> types,
            WorkerConfig config) {
        this.queue = queue;
        this.time = time;
        this.transport = transport;
        this.worker = worker;
        this.types = types;
        this.config = config;
    }

    /** Subscribes to every type, which makes its queue. */
    synchronized void open() {
        paused = false;
        for (int i = 0; i < types.size(); i++) {
            HandledType type = types.get(i);
            int line = i;
            SubscriptionOptions options = new SubscriptionOptions(
                    type.jobType().key() + " of " + worker.instance(),
                    config.prefetchFor(type.contract().timeout()));
            subscriptions.add(transport.subscribe(Destination.jobs(type.jobType()), options, delivery -> {
                if (paused || !queue.offer(line, new ReadyQueue.Work(type, delivery, time.moment()))) {
                    delivery.requeue();
                }
            }));
        }
    }

    /** Takes no further deliveries until {@link #resume}; what has not begun goes back. */
    synchronized void pause() {
        if (ended) {
            return;
        }
        paused = true;
        stopAll();
        List<ReadyQueue.Work> notBegun = queue.empty();
        notBegun.forEach(work -> work.delivery().requeue());
        LOG.info("No further jobs are taken; {} that had not begun went back to their queues", notBegun.size());
    }

    /** Subscribes again. For when nothing of what was taken before runs any more. */
    synchronized void resume() {
        if (ended) {
            return;
        }
        closeAll();
        subscriptions.clear();
        open();
        LOG.info("Jobs are taken again");
    }

    /** Takes no further deliveries, for good; those in hand can still be settled. */
    synchronized void stop() {
        ended = true;
        stopAll();
    }

    private void stopAll() {
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
        ended = true;
        closeAll();
    }

    private void closeAll() {
        for (Subscription subscription : subscriptions) {
            try {
                subscription.close();
            } catch (RuntimeException e) {
                LOG.warn("A subscription could not be closed; the carrier notices when the connection ends", e);
            }
        }
    }
}
