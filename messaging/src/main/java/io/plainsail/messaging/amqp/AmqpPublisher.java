package io.plainsail.messaging.amqp;

import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes with confirms and many in flight. The life of a message:
 *
 * <ol>
 *   <li>It waits for room: messages in flight, the broker's leave, the connection's buffer. No connection, or a lane
 *       that the broker does not answer on: REFUSED at once.
 *   <li>It is written, under the lock, on the {@link AmqpLane} of its destination, and numbered as the broker does.
 *   <li>An unroutable one comes back before its confirm: UNROUTABLE. Ack: CONFIRMED. Nack: REFUSED.
 *   <li>Too late, or channel lost: UNKNOWN. An answer that comes later finds its number taken and changes nothing.
 * </ol>
 *
 * <p>Thread-safe. One lock for the publisher and its lanes; nothing under it waits for the broker, and no result is
 * given under it.
 */
final class AmqpPublisher implements Publisher {
    private static final Logger log = LoggerFactory.getLogger(AmqpPublisher.class);

    /** What RabbitMQ 4 takes at most if it is not told otherwise. A larger one would cost the channel. */
    static final int MAX_BODY_BYTES = 16 * 1024 * 1024;

    private static final long MIN_SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long MAX_SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** How long closing waits for answers. */
    static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final AmqpLink link;
    private final PublisherOptions options;
    private final long answerNanos;
    private final Future<?> sweeps;
    private final Consumer<AmqpPublisher> whenClosed;

    final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final Condition allAnswered = lock.newCondition();

    /** Guarded by the lock. */
    private final Map<Destination, AmqpLane> lanes = new HashMap<>();

    /** Messages unanswered on all lanes. Guarded by the lock. */
    private int inFlight;

    /** Messages whose result is known and not given yet. Guarded by the lock. */
    private int giving;

    /** Threads that wait for room. Guarded by the lock. */
    private int waiting;

    private volatile boolean closed;

    AmqpPublisher(
            AmqpLink link,
            PublisherOptions options,
            ScheduledExecutorService timer,
            Consumer<AmqpPublisher> whenClosed) {
        this.link = link;
        this.options = options;
        this.whenClosed = whenClosed;
        this.answerNanos = options.answerTimeout().toNanos();
        long interval = Math.max(MIN_SWEEP_NANOS, Math.min(MAX_SWEEP_NANOS, answerNanos / 8));
        this.sweeps = timer.scheduleWithFixedDelay(this::sweep, interval, interval, TimeUnit.NANOSECONDS);
    }

    String name() {
        return options.name();
    }

    @Override
    public void publish(Destination destination, Message message, Consumer<PublishResult> result) {
        PublishResult now = send(destination, message, result);
        if (now != null) {
            answer(result, now);
        }
    }

    /** Returns the result if it is known at once; then nobody else gives it. */
    private @Nullable PublishResult send(Destination destination, Message message, Consumer<PublishResult> result) {
        if (message.body().length > MAX_BODY_BYTES) {
            log.error(
                    "publisher {}: a message of {} bytes for {} is refused: the broker takes {} at most",
                    options.name(),
                    message.body().length,
                    destination,
                    MAX_BODY_BYTES);
            return PublishResult.REFUSED;
        }
        lock.lock();
        try {
            AmqpLane lane = awaitRoom(destination);
            return lane == null ? PublishResult.REFUSED : lane.write(message, result);
        } finally {
            lock.unlock();
        }
    }

    /** The destination's lane when it can be written on; null if it cannot be, or not in time. */
    private @Nullable AmqpLane awaitRoom(Destination destination) {
        long left = answerNanos;
        try {
            while (!closed && link.isConnected()) {
                AmqpLane lane = lane(destination);
                switch (lane.room()) {
                    case YES -> {
                        if (hasRoom()) {
                            return lane;
                        }
                    }
                    case NO -> {
                        return null;
                    }
                    case SOON -> {}
                }
                if (left <= 0) {
                    return null;
                }
                waiting++;
                try {
                    left = room.awaitNanos(left);
                } finally {
                    waiting--;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return null;
    }

    private AmqpLane lane(Destination destination) {
        AmqpLane lane = lanes.get(destination);
        if (lane == null) {
            lane = new AmqpLane(this, link, destination, options.maxInFlight());
            lanes.put(destination, lane);
            link.join(lane);
        }
        return lane;
    }

    private boolean hasRoom() {
        return inFlight < options.maxInFlight() && link.blocked() == null && link.hasRoom();
    }

    @Override
    public boolean ready() {
        lock.lock();
        try {
            return !closed
                    && link.isConnected()
                    && hasRoom()
                    && (lanes.isEmpty() || lanes.values().stream().anyMatch(lane -> lane.room() == AmqpLane.Room.YES));
        } finally {
            lock.unlock();
        }
    }

    // --- for the lanes ---

    /** A message is in flight. The caller holds the lock. */
    void sent() {
        inFlight++;
    }

    /** So many messages are in flight no more: {@link #answer} is to follow. The caller holds the lock. */
    void settled(int count) {
        inFlight -= count;
        giving += count;
        // Not for each: a thread that wakes should find room for more than one.
        if (waiting > 0 && inFlight <= options.maxInFlight() / 4 * 3) {
            room.signalAll();
        }
    }

    /** Has everybody who waits for room look again. */
    void lookAgain() {
        lock.lock();
        try {
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Gives the result of messages that are settled. The caller does not hold the lock. */
    void answer(List<InFlight.Sent> settled, PublishResult result) {
        settled.forEach(sent -> answer(sent.result(), result));
        lock.lock();
        try {
            giving -= settled.size();
            if (isAllAnswered()) {
                allAnswered.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isAllAnswered() {
        return inFlight == 0 && giving == 0;
    }

    private void answer(Consumer<PublishResult> whom, PublishResult result) {
        try {
            whom.accept(result);
        } catch (Throwable thrown) { // an error too must not end the connection, or the sweeps
            log.error(
                    "publisher {}: the receiver of a result ({}) threw; the result counts as given",
                    options.name(),
                    result,
                    thrown);
        }
    }

    // --- what is late, and the end ---

    private void sweep() {
        for (AmqpLane lane : allLanes()) {
            lane.sweep(answerNanos);
        }
        lookAgain(); // some may wait for more room than there will be
    }

    private List<AmqpLane> allLanes() {
        lock.lock();
        try {
            return List.copyOf(lanes.values());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        close(CLOSE_NANOS);
    }

    /** Closes, waiting no longer for answers than is given. */
    void close(long limitNanos) {
        refuseFurther();
        awaitAnswers(Math.min(answerNanos, limitNanos));
        sweeps.cancel(false);
        allLanes().forEach(AmqpLane::close);
        whenClosed.accept(this);
    }

    void refuseFurther() {
        lock.lock();
        try {
            closed = true; // under the lock: no lane is made from here on
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        return closed;
    }

    private void awaitAnswers(long limitNanos) {
        lock.lock();
        try {
            long left = limitNanos;
            while (!isAllAnswered() && left > 0) {
                left = allAnswered.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }
}
