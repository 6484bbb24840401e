package io.plainsail.worker.service;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.plainsail.contracts.wire.Message;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.Failpoint;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.trace.MessageSpans;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends events in batches and keeps each until the carrier has confirmed it.
 *
 * <ol>
 *   <li>Events queue up; when enough are there, or the oldest has waited long enough, they become one batch.
 *   <li>The batch is encoded, a poisoned event taken out, and published.
 *   <li>Confirmed: whoever reported an outcome is told, which acknowledges its delivery.
 *   <li>Any other answer: the batch is published again after a rest that grows, until it is confirmed. The facade passes
 *       over what it has seen.
 * </ol>
 *
 * <p>INVARIANT: an outcome leaves this object by a confirm only. Spare events are bounded, outcomes by the prefetch.
 * Thread-safe; {@link #flush} is the body of the loop of one thread.
 */
final class EventOutbox implements EventSink {
    static final int MAX_MESSAGE_BYTES = 8 * 1024 * 1024;
    static final long FIRST_REST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    static final long LONGEST_REST_NANOS = TimeUnit.SECONDS.toNanos(5);

    private static final long LONGEST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long HURRIED_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long TELL_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final Logger LOG = LoggerFactory.getLogger(EventOutbox.class);

    private final EventEncoder encoder;
    private final WorkerConfig.Events bounds;
    private final Publisher publisher;
    private final WorkerTime time;
    private final MessageSpans spans;
    private final long flushNanos;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition settled = lock.newCondition();

    // Guarded by lock.
    private ArrayDeque<OutboxEntry> queue = new ArrayDeque<>();
    private long queuedBytes;
    private long queuedSinceNanos;
    private final ArrayDeque<Batch> unconfirmed = new ArrayDeque<>();
    private int held;
    private int spareEvents;
    private long spareBytes;
    private boolean failing;
    private long restNanos;
    private long restUntilNanos;
    private boolean hurry;
    private long dropped;
    private long droppedTold;
    private long droppedToldNanos;

    /** Entries that travel together, encoded when they are first sent. */
    private static final class Batch {
        private final List<OutboxEntry> entries;
        private final boolean clean;
        private @Nullable Message message; // Touched by the sending thread only.

        /**
         * @param clean whether each entry is known to be writable
         */
        Batch(List<OutboxEntry> entries, boolean clean) {
            this.entries = entries;
            this.clean = clean;
        }
    }

    EventOutbox(Worker worker, WorkerConfig.Events bounds, Publisher publisher, WorkerTime time) {
        this(worker, bounds, publisher, time, MessageSpans.off());
    }

    EventOutbox(Worker worker, WorkerConfig.Events bounds, Publisher publisher, WorkerTime time, MessageSpans spans) {
        this.spans = spans;
        this.encoder = new EventEncoder(worker);
        this.bounds = bounds;
        this.publisher = publisher;
        this.time = time;
        this.flushNanos = bounds.flushInterval().toNanos();
    }

    @Override
    public boolean offer(List<? extends WorkerEvent> events) {
        if (events.isEmpty()) {
            return true;
        }
        lock.lock();
        try {
            return addSpare(events);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void outcome(List<? extends WorkerEvent> before, WorkerEvent.OfAttempt outcome, Runnable confirmed) {
        OutboxEntry entry = OutboxEntry.outcome(outcome, confirmed, span(outcome));
        lock.lock();
        try {
            if (!before.isEmpty() && !addSpare(before)) {
                dropped += before.size();
            }
            add(entry);
        } finally {
            lock.unlock();
        }
    }

    /** One for each outcome: together they travel, but they belong to jobs of their own. */
    private @Nullable Span span(WorkerEvent.OfAttempt outcome) {
        if (!spans.isOn()) {
            return null;
        }
        Span span = spans.creating(Destination.events(), Context.current(), outcome.jobId(), outcome.attempt());
        return span.isRecording() ? span : null;
    }

    /** Events that are not confirmed yet. */
    int backlog() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    /** Spare events that found no room, since the start. */
    long dropped() {
        lock.lock();
        try {
            return dropped;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until a batch is due, or a second at most, and sends what is due. */
    void flushWhenDue() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = LONGEST_WAIT_NANOS;
            long due = nanosUntilDue();
            while (due > 0 && left > 0) {
                left = Math.min(left, hurry ? HURRIED_WAIT_NANOS : left);
                long wait = Math.min(due, left);
                left -= wait - Math.max(0, work.awaitNanos(wait));
                due = nanosUntilDue();
            }
            if (due > 0) {
                return;
            }
        } finally {
            lock.unlock();
        }
        flush();
    }

    /** Sends everything there is, unless the carrier refused a moment ago. */
    void flush() {
        tellDropped();
        for (Batch batch = next(); batch != null; batch = next()) {
            send(batch);
        }
    }

    /** From now on events do not wait for others. Returns true when all are confirmed, false after the time. */
    boolean awaitConfirmed(Duration bound) {
        long left = bound.toNanos();
        lock.lock();
        try {
            hurry = true;
            work.signalAll();
            while (held > 0 && left > 0) {
                left = settled.awaitNanos(left);
            }
            return held == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private boolean addSpare(List<? extends WorkerEvent> events) {
        List<OutboxEntry> entries = new ArrayList<>(events.size());
        long bytes = 0;
        for (WorkerEvent event : events) {
            OutboxEntry entry = OutboxEntry.spare(event);
            entries.add(entry);
            bytes += entry.bytes();
        }
        if (spareEvents + events.size() > bounds.maxSpareEvents() || spareBytes + bytes > bounds.maxSpareBytes()) {
            return false;
        }
        entries.forEach(this::add);
        return true;
    }

    private void add(OutboxEntry entry) {
        boolean first = queue.isEmpty();
        queue.add(entry);
        queuedBytes += entry.bytes();
        held++;
        if (entry.isSpare()) {
            spareEvents++;
            spareBytes += entry.bytes();
        }
        if (first) {
            queuedSinceNanos = time.nanos();
        }
        if (first || isFull()) {
            work.signal();
        }
    }

    private boolean isFull() {
        return queue.size() >= bounds.flushEvents() || queuedBytes >= bounds.flushBytes();
    }

    private long nanosUntilDue() {
        if (queue.isEmpty() && unconfirmed.isEmpty()) {
            return Long.MAX_VALUE;
        }
        long now = time.nanos();
        if (failing && restUntilNanos - now > 0) {
            return restUntilNanos - now;
        }
        if (!unconfirmed.isEmpty() || hurry || isFull()) {
            return 0;
        }
        return queuedSinceNanos + flushNanos - now;
    }

    /** The next batch to send, an unconfirmed one first; null if there is none, or the carrier is given a rest. */
    private @Nullable Batch next() {
        lock.lock();
        try {
            if (failing && restUntilNanos - time.nanos() > 0) {
                return null;
            }
            Batch again = unconfirmed.poll();
            if (again != null || queue.isEmpty()) {
                return again;
            }
            // INVARIANT: nothing is allocated between taking an event out and holding it again.
            List<OutboxEntry> entries = new ArrayList<>(Math.min(queue.size(), bounds.flushEvents()));
            Batch batch = new Batch(entries, false);
            long bytes = 0;
            while (!queue.isEmpty() && entries.size() < bounds.flushEvents() && bytes < bounds.flushBytes()) {
                OutboxEntry entry = queue.remove();
                bytes += entry.bytes();
                entries.add(entry);
            }
            queuedBytes -= bytes;
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private void send(Batch batch) {
        try {
            Message message = batch.message;
            if (message == null) {
                message = encoder.encode(batch.entries);
                if (message == null && !batch.clean) {
                    sendWithoutPoison(batch);
                    return;
                }
                if (message == null) {
                    answered(batch, PublishResult.REFUSED);
                    return;
                }
                if (message.body().length > MAX_MESSAGE_BYTES && batch.entries.size() > 1) {
                    int half = batch.entries.size() / 2;
                    send(new Batch(batch.entries.subList(0, half), true));
                    send(new Batch(batch.entries.subList(half, batch.entries.size()), true));
                    return;
                }
                batch.message = message;
            }
            publisher.publish(Destination.events(), message, result -> answered(batch, result));
        } catch (Throwable thrown) {
            // Out of memory, or a transport that throws: the batch is kept and sent again.
            LOG.warn("A batch of {} events could not be sent and is sent again", batch.entries.size(), thrown);
            answered(batch, PublishResult.REFUSED);
        }
    }

    /** Takes out what cannot be written: an outcome is replaced by a failure that says so, a spare event is dropped. */
    private void sendWithoutPoison(Batch batch) {
        List<OutboxEntry> clean = new ArrayList<>(batch.entries.size());
        for (OutboxEntry entry : batch.entries) {
            OutboxEntry writable = encoder.writable(entry);
            if (writable == null) {
                release(List.of(entry), 1);
            } else {
                clean.add(writable);
            }
        }
        if (!clean.isEmpty()) {
            send(new Batch(clean, true));
        }
    }

    private void answered(Batch batch, PublishResult result) {
        if (result == PublishResult.CONFIRMED) {
            Failpoint.OUTCOME_CONFIRMED.pass();
            for (OutboxEntry entry : batch.entries) {
                tell(entry);
            }
            release(batch.entries, 0);
        } else {
            keep(batch, result);
        }
    }

    private static void tell(OutboxEntry entry) {
        if (entry.span() != null) {
            entry.span().end();
        }
        Runnable confirmed = entry.confirmed();
        if (confirmed == null) {
            return;
        }
        try {
            confirmed.run();
        } catch (RuntimeException e) {
            LOG.warn("A delivery whose outcome is confirmed could not be acknowledged; it comes again", e);
        }
    }

    private void release(List<OutboxEntry> entries, int drops) {
        boolean recovered;
        lock.lock();
        try {
            held -= entries.size();
            for (OutboxEntry entry : entries) {
                if (entry.isSpare()) {
                    spareEvents--;
                    spareBytes -= entry.bytes();
                }
            }
            dropped += drops;
            recovered = failing && drops == 0;
            if (recovered) {
                failing = false;
                restNanos = 0;
                work.signal();
            }
            if (held == 0) {
                settled.signalAll();
            }
        } finally {
            lock.unlock();
        }
        if (recovered) {
            LOG.info("Events are confirmed again");
        }
    }

    private void keep(Batch batch, PublishResult result) {
        boolean news;
        lock.lock();
        try {
            unconfirmed.add(batch);
            news = !failing;
            long now = time.nanos();
            if (!failing || restUntilNanos - now <= 0) {
                restNanos = Math.min(LONGEST_REST_NANOS, Math.max(FIRST_REST_NANOS, 2 * restNanos));
                restUntilNanos = now + restNanos;
            }
            failing = true;
            work.signal();
        } finally {
            lock.unlock();
        }
        if (news) {
            LOG.warn("Events are not confirmed ({}); they are kept and sent again until they are", result);
        }
    }

    private void tellDropped() {
        long more;
        lock.lock();
        try {
            long now = time.nanos();
            if (dropped == droppedTold || (droppedTold > 0 && now - droppedToldNanos < TELL_EVERY_NANOS)) {
                return;
            }
            more = dropped - droppedTold;
            droppedTold = dropped;
            droppedToldNanos = now;
        } finally {
            lock.unlock();
        }
        LOG.warn(
                "{} log or progress events were dropped: at most {} of them or {} bytes may wait for the broker. Outcomes"
                        + " are kept",
                more,
                bounds.maxSpareEvents(),
                bounds.maxSpareBytes());
    }
}
