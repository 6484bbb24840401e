package io.plainsail.messaging.embedded;

import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.GuardedListener;
import io.plainsail.messaging.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One subscription. It is a task of the transport's threads: woken when it could take a message, it delivers up to
 * {@link #DELIVERIES_IN_A_ROW}, then lets others run. Its state is guarded by the lock of its queue.
 */
final class EmbeddedSubscription implements Subscription, Runnable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedSubscription.class);
    private static final int DELIVERIES_IN_A_ROW = 64;
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private final EmbeddedQueue queue;
    private final int prefetch;
    private final GuardedListener listener;
    private final Consumer<EmbeddedSubscription> whenClosed;

    private final Set<InHand> inHand = new LinkedHashSet<>();
    private final Condition callEnded;

    /** Whether a thread runs this, or is about to. */
    private boolean running;

    private boolean stopped;

    /** The thread inside the listener, if any. */
    private @Nullable Thread caller;

    EmbeddedSubscription(
            EmbeddedQueue queue, int prefetch, GuardedListener listener, Consumer<EmbeddedSubscription> whenClosed) {
        this.queue = queue;
        this.prefetch = prefetch;
        this.listener = listener;
        this.whenClosed = whenClosed;
        this.callEnded = queue.lock.newCondition();
    }

    /** Runs this if it could take a message and does not run already. The caller holds the lock. */
    boolean wake() {
        if (running || stopped || inHand.size() >= prefetch) {
            return false;
        }
        running = true;
        queue.run(this);
        return true;
    }

    @Override
    public void run() {
        for (int i = 0; i < DELIVERIES_IN_A_ROW; i++) {
            InHand delivery = next();
            if (delivery == null) {
                return;
            }
            listener.onDelivery(delivery);
        }
        endCall();
        queue.run(this);
    }

    /** The next delivery, or null: then nothing runs any more. */
    private @Nullable InHand next() {
        queue.lock.lock();
        try {
            noteEndOfCall();
            EmbeddedQueue.Entry entry = stopped || inHand.size() >= prefetch ? null : queue.poll();
            if (entry == null) {
                running = false;
                return null;
            }
            InHand delivery = new InHand(entry, entry.deliveryCount);
            inHand.add(delivery);
            caller = Thread.currentThread();
            if (queue.isWaiting()) {
                queue.wakeOne();
            }
            return delivery;
        } finally {
            queue.lock.unlock();
        }
    }

    private void endCall() {
        queue.lock.lock();
        try {
            noteEndOfCall();
        } finally {
            queue.lock.unlock();
        }
    }

    private void noteEndOfCall() {
        if (caller != null) {
            caller = null;
            if (stopped) {
                callEnded.signalAll();
            }
        }
    }

    void refuseFurther() {
        queue.lock.lock();
        try {
            stopped = true;
        } finally {
            queue.lock.unlock();
        }
    }

    /** {@inheritDoc} Waits at most 10 seconds for a running listener call, and not for one that it is called from. */
    @Override
    public void stop() {
        stop(STOP_LIMIT.toNanos());
    }

    private void stop(long limitNanos) {
        refuseFurther();
        queue.lock.lock();
        try {
            long left = limitNanos;
            while (caller != null && caller != Thread.currentThread()) {
                if (left <= 0) {
                    log.warn("embedded subscription: a listener call runs on after the time to wait for it");
                    return;
                }
                left = callEnded.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            queue.lock.unlock();
        }
    }

    @Override
    public void close() {
        close(STOP_LIMIT.toNanos());
    }

    /** Closes, waiting no longer for a running listener call than is given. */
    void close(long limitNanos) {
        stop(limitNanos);
        List<EmbeddedQueue.Entry> deceased = new ArrayList<>();
        queue.lock.lock();
        try {
            for (InHand delivery : inHand) {
                delivery.settled = true;
                if (queue.takeBack(delivery.entry)) {
                    deceased.add(delivery.entry);
                }
            }
            inHand.clear();
            queue.leave(this);
        } finally {
            queue.lock.unlock();
        }
        deceased.forEach(entry -> queue.bury(entry, Delivery.DELIVERY_LIMIT));
        whenClosed.accept(this);
    }

    private final class InHand implements Delivery {
        private final EmbeddedQueue.Entry entry;
        private final int deliveryCount;

        /** Guarded by the queue's lock. */
        private boolean settled;

        InHand(EmbeddedQueue.Entry entry, int deliveryCount) {
            this.entry = entry;
            this.deliveryCount = deliveryCount;
        }

        @Override
        public Message message() {
            return entry.message;
        }

        @Override
        public boolean redelivered() {
            return deliveryCount > 0;
        }

        @Override
        public int deliveryCount() {
            return deliveryCount;
        }

        @Override
        public Optional<String> deathReason() {
            return Optional.ofNullable(entry.deathReason);
        }

        @Override
        public boolean inHand() {
            queue.lock.lock();
            try {
                return !settled;
            } finally {
                queue.lock.unlock();
            }
        }

        @Override
        public void ack() {
            queue.lock.lock();
            try {
                if (settle()) {
                    queue.forget();
                    queue.wakeOne();
                }
            } finally {
                queue.lock.unlock();
            }
        }

        @Override
        public void requeue() {
            boolean died = false;
            queue.lock.lock();
            try {
                died = settle() && queue.takeBack(entry);
            } finally {
                queue.lock.unlock();
            }
            if (died) {
                queue.bury(entry, DELIVERY_LIMIT);
            }
        }

        @Override
        public void reject() {
            if (queue.keepsTheDead()) {
                requeue();
                return;
            }
            boolean first;
            queue.lock.lock();
            try {
                first = settle();
                queue.wakeOne();
            } finally {
                queue.lock.unlock();
            }
            if (first) {
                queue.bury(entry, REJECTED);
            }
        }

        private boolean settle() {
            if (settled) {
                return false;
            }
            settled = true;
            inHand.remove(this);
            return true;
        }
    }
}
