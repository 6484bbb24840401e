package io.plainsail.messaging.amqp;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ShutdownSignalException;
import io.plainsail.messaging.amqp.AmqpDelivery.State;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What one channel's broker waits for: the deliveries it has not been told about, oldest first. Rejections and returns
 * are told at once. Acks are told together, when a tenth of the prefetch has gathered, and at the latest after {@link
 * #MAX_DELAY_NANOS}; the first after a pause at once. A row of acked ones at the old end goes as one ack, those behind a
 * gap one by one.
 *
 * <p>Thread-safe. Under the lock frames are written, which does not wait ({@link WriteBehindSocket}).
 */
final class AckLedger {
    static final long MAX_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Channel channel;
    private final ScheduledExecutorService timer;
    private final int together;

    /** Whether a rejected delivery goes back to its queue: the dead stay where they are. */
    private final boolean keepsRejected;

    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable AmqpDelivery oldest;
    private @Nullable AmqpDelivery newest;
    private final List<AmqpDelivery> acked = new ArrayList<>();
    private long flushedNanos = System.nanoTime() - MAX_DELAY_NANOS;
    private boolean flushDue;

    /** Whether the channel is gone: then the broker delivers again whatever it was not told about. */
    private boolean closed;

    AckLedger(Channel channel, int prefetch, boolean keepsRejected, ScheduledExecutorService timer) {
        this.channel = channel;
        this.together = Math.max(1, prefetch / 10);
        this.keepsRejected = keepsRejected;
        this.timer = timer;
    }

    /** Enters a delivery, in the order of their tags; false if it is worth nothing any more. */
    boolean enter(AmqpDelivery delivery) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            delivery.older = newest;
            if (newest == null) {
                oldest = delivery;
            } else {
                newest.newer = delivery;
            }
            newest = delivery;
            return true;
        } finally {
            lock.unlock();
        }
    }

    boolean holds(AmqpDelivery delivery) {
        lock.lock();
        try {
            return !closed && delivery.state == State.IN_HAND && channel.isOpen();
        } finally {
            lock.unlock();
        }
    }

    void ack(AmqpDelivery delivery) {
        lock.lock();
        try {
            if (closed || delivery.state != State.IN_HAND) {
                return;
            }
            delivery.state = State.ACKED;
            acked.add(delivery);
            if (acked.size() >= together || System.nanoTime() - flushedNanos >= MAX_DELAY_NANOS) {
                tell();
            } else if (!flushDue) {
                flushDue = true;
                timer.schedule(this::flush, MAX_DELAY_NANOS, TimeUnit.NANOSECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    void requeue(AmqpDelivery delivery) {
        giveBack(delivery, true);
    }

    void reject(AmqpDelivery delivery) {
        giveBack(delivery, keepsRejected);
    }

    private void giveBack(AmqpDelivery delivery, boolean requeue) {
        lock.lock();
        try {
            if (closed || delivery.state != State.IN_HAND) {
                return;
            }
            remove(delivery);
            channel.basicReject(delivery.tag, requeue);
        } catch (IOException | ShutdownSignalException e) {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /** Tells the broker every ack it was not told about. */
    void flush() {
        lock.lock();
        try {
            flushDue = false;
            if (!closed && !acked.isEmpty()) {
                tell();
            }
        } finally {
            lock.unlock();
        }
    }

    private void tell() {
        flushedNanos = System.nanoTime();
        try {
            // INVARIANT: the tag of a multiple ack is one that the broker waits for; any other closes the channel.
            AmqpDelivery last = null;
            while (oldest != null && oldest.state == State.ACKED) {
                last = oldest;
                remove(oldest);
            }
            if (last != null) {
                channel.basicAck(last.tag, true);
            }
            for (AmqpDelivery behindAGap : acked) {
                if (behindAGap.state == State.ACKED) {
                    remove(behindAGap);
                    channel.basicAck(behindAGap.tag, false);
                }
            }
        } catch (IOException | ShutdownSignalException e) {
            closed = true;
        }
        acked.clear();
    }

    private void remove(AmqpDelivery delivery) {
        delivery.state = State.SETTLED;
        if (delivery.older == null) {
            oldest = delivery.newer;
        } else {
            delivery.older.newer = delivery.newer;
        }
        if (delivery.newer == null) {
            newest = delivery.older;
        } else {
            delivery.newer.older = delivery.older;
        }
        delivery.older = null;
        delivery.newer = null;
    }

    /** The channel is gone, or about to be: nothing is told any more. */
    void close() {
        lock.lock();
        try {
            closed = true;
            acked.clear();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }
}
