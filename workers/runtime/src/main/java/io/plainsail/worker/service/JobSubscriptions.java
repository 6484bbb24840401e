package io.plainsail.worker.service;

import io.plainsail.contracts.wire.Worker;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.Subscription;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.Transport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
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

    /** By type, those that bring jobs now. Guarded by this. */
    private final Map<HandledType, Taking> taking = new HashMap<>();

    private Set<String> held = Set.of(); // Keys of types of which nothing is to be taken. Guarded by this.
    private boolean opened; // Guarded by this.
    private boolean paused; // Guarded by this.
    private boolean ended; // Guarded by this.

    /** A subscription while it is wanted. */
    private static final class Taking {
        private volatile boolean over; // What still comes goes back at once.
        private @Nullable Subscription subscription; // Set before anybody else sees this.
    }

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

    /** Subscribes to every type that is not held, which makes its queue. */
    synchronized void open() {
        opened = true;
        paused = false;
        for (int i = 0; i < types.size(); i++) {
            if (!held.contains(types.get(i).jobType().key())) {
                subscribe(i);
            }
        }
    }

    private void subscribe(int line) {
        HandledType type = types.get(line);
        Taking wanted = new Taking();
        SubscriptionOptions options = new SubscriptionOptions(
                type.jobType().key() + " of " + worker.instance(),
                config.prefetchFor(type.contract(), Runtime.getRuntime().maxMemory() / types.size()));
        wanted.subscription = transport.subscribe(Destination.jobs(type.jobType()), options, delivery -> {
            if (wanted.over || !queue.offer(line, new ReadyQueue.Work(type, delivery, time.moment()))) {
                delivery.requeue();
            }
        });
        subscriptions.add(wanted.subscription);
        taking.put(type, wanted);
    }

    /**
     * Takes no jobs of these types until they are named no more; what has not begun goes back, what runs goes on.
     *
     * @param keys of job types; others than this worker's are passed over
     */
    synchronized void hold(Set<String> keys) {
        held = Set.copyOf(keys);
        if (!opened || paused || ended) {
            return;
        }
        for (int i = 0; i < types.size(); i++) {
            HandledType type = types.get(i);
            Taking now = taking.get(type);
            if (held.contains(type.jobType().key())) {
                if (now != null) {
                    end(type, now);
                    queue.empty(i).forEach(work -> work.delivery().requeue());
                }
            } else if (now == null) {
                subscribe(i);
            }
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
        Map.copyOf(taking).forEach(this::end);
    }

    private void end(HandledType type, Taking now) {
        now.over = true;
        taking.remove(type);
        try {
            if (now.subscription != null) {
                now.subscription.stop();
            }
        } catch (RuntimeException e) {
            LOG.warn("A subscription could not be stopped; what it still brings goes back at once", e);
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
