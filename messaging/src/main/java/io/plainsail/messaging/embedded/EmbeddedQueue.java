package io.plainsail.messaging.embedded;

import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.DeliveryListener;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages of one destination and the subscriptions that share them. Thread-safe: one lock guards the queue and the
 * state of its subscriptions; no listener is called under it.
 */
final class EmbeddedQueue {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedQueue.class);

    /** One message and what happened to it in this queue. Guarded by the lock of the queue that holds it. */
    static final class Entry {
        final Message message;
        final @Nullable String deathReason;
        final long position;
        int deliveryCount;

        Entry(Message message, @Nullable String deathReason, long position) {
            this.message = message;
            this.deathReason = deathReason;
            this.position = position;
        }
    }

    private final int maxLength;
    private final ScheduledExecutorService threads;
    private final @Nullable EmbeddedQueue dead;

    final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<Entry> fresh = new ArrayDeque<>();

    /** What came back, to be delivered before anything fresh and in its old order. */
    private final PriorityQueue<Entry> returned =
            new PriorityQueue<>(Comparator.comparingLong(entry -> entry.position));

    private final List<EmbeddedSubscription> subscriptions = new ArrayList<>();

    /** Messages the queue answers for: waiting, in hand, or on their way to the dead. */
    private int length;

    private long positions;

    /** Whose turn it is when a subscription must be woken. */
    private int turn;

    /**
     * @param dead where messages go that are rejected or delivered too often; null for the dead themselves, who stay
     */
    EmbeddedQueue(int maxLength, ScheduledExecutorService threads, @Nullable EmbeddedQueue dead) {
        this.maxLength = maxLength;
        this.threads = threads;
        this.dead = dead;
    }

    /** Takes a message; false if the queue is full. */
    boolean offer(Message message) {
        return offer(message, null);
    }

    /** Takes a message that died for a reason, if this is where the dead are kept. */
    boolean offer(Message message, @Nullable String deathReason) {
        lock.lock();
        try {
            if (length >= maxLength) {
                return false;
            }
            length++;
            fresh.add(new Entry(message, deathReason, positions++));
            wakeOne();
            return true;
        } finally {
            lock.unlock();
        }
    }

    int length() {
        lock.lock();
        try {
            return length;
        } finally {
            lock.unlock();
        }
    }

    void join(EmbeddedSubscription subscription) {
        lock.lock();
        try {
            subscriptions.add(subscription);
            wakeOne();
        } finally {
            lock.unlock();
        }
    }

    void leave(EmbeddedSubscription subscription) {
        lock.lock();
        try {
            subscriptions.remove(subscription);
            wakeOne();
        } finally {
            lock.unlock();
        }
    }

    /** The next message for a subscription, or null if none waits. The caller holds the lock. */
    @Nullable
    Entry poll() {
        Entry entry = returned.poll();
        return entry != null ? entry : fresh.poll();
    }

    boolean isWaiting() {
        return !fresh.isEmpty() || !returned.isEmpty();
    }

    /** Whether no message waits although somebody would take it. */
    boolean hasNothingToGive() {
        lock.lock();
        try {
            return !isWaiting() && !subscriptions.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Lets one subscription run that could take a message, if one waits. The caller holds the lock. */
    void wakeOne() {
        if (!isWaiting()) {
            return;
        }
        for (int i = 0; i < subscriptions.size(); i++) {
            turn = (turn + 1) % subscriptions.size();
            if (subscriptions.get(turn).wake()) {
                return;
            }
        }
    }

    void run(EmbeddedSubscription subscription) {
        threads.execute(subscription);
    }

    /** Forgets a message that was in hand. The caller holds the lock. */
    void forget() {
        length--;
    }

    /**
     * Takes back a message that was in hand. The caller holds the lock.
     *
     * @return whether it has come back too often: then it waits no more, and the caller buries it, without the lock
     */
    boolean takeBack(Entry entry) {
        entry.deliveryCount++;
        if (dead != null && entry.deliveryCount > Delivery.LIMIT) {
            return true;
        }
        returned.add(entry);
        wakeOne();
        return false;
    }

    boolean keepsTheDead() {
        return dead == null;
    }

    /** Moves a message that was in hand to the dead. The caller does not hold the lock. */
    void bury(Entry entry, String reason) {
        if (dead == null) {
            throw new IllegalStateException("a dead message cannot die: it must be taken back");
        }
        if (dead.offer(entry.message, reason)) {
            lock.lock();
            try {
                forget();
            } finally {
                lock.unlock();
            }
        } else {
            log.warn(
                    "the dead messages are full; a message that died ({}) stays in its queue until there is room",
                    reason);
            threads.schedule(() -> bury(entry, reason), DeliveryListener.RETRY_DELAY.toMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
