package io.plainsail.worker.service;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.messaging.Delay;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.trace.MessageSpans;
import java.time.Duration;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the messages of attempts that begin later, and keeps each until the carrier has confirmed it.
 *
 * <p>The transport delays by fixed steps. A rest between two of them is made of several: the message comes back early,
 * and goes into the next step that fits ({@link AttemptRunner} sees to that).
 *
 * <p>INVARIANT: a message leaves this object by a confirm only. As many as deliveries in hand: bounded by the prefetch.
 * Thread-safe; {@link #sendNext} is the body of the loop of one thread.
 */
final class NextAttemptOutbox implements NextAttempts {
    /** Before a message that was not confirmed is sent again. */
    static final Duration REST = Duration.ofMillis(500);

    private static final long WAIT_MILLIS = 500;
    private static final Logger LOG = LoggerFactory.getLogger(NextAttemptOutbox.class);

    private final Publisher publisher;
    private final WorkerTime time;
    private final MessageSpans spans;
    private final DelayQueue<Sending> due = new DelayQueue<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition settled = lock.newCondition();

    // Guarded by lock.
    private int held;
    private boolean failing;

    /** Before {@code dueNanos}, of the process's own time, it is not sent. */
    private record Sending(JobMessage job, Runnable confirmed, Context trace, long dueNanos) implements Delayed {
        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
        }
    }

    NextAttemptOutbox(Publisher publisher, WorkerTime time) {
        this(publisher, time, MessageSpans.off());
    }

    NextAttemptOutbox(Publisher publisher, WorkerTime time, MessageSpans spans) {
        this.spans = spans;
        this.publisher = publisher;
        this.time = time;
    }

    @Override
    public void send(JobMessage job, Runnable confirmed) {
        Sending sending = new Sending(job, confirmed, Context.current(), System.nanoTime());
        lock.lock();
        try {
            held++;
        } finally {
            lock.unlock();
        }
        due.add(sending);
    }

    /** Messages that are not confirmed yet. */
    int backlog() {
        lock.lock();
        try {
            return held;
        } finally {
            lock.unlock();
        }
    }

    /** Waits a moment for a message that is due, and sends it. */
    void sendNext() throws InterruptedException {
        Sending next = due.poll(WAIT_MILLIS, TimeUnit.MILLISECONDS);
        if (next == null) {
            return;
        }
        Destination destination = destination(next.job());
        Span span = span(destination, next);
        try {
            publisher.publish(destination, JobMessageCodec.encode(next.job()), result -> {
                MessageSpans.end(span, result);
                answered(next, result);
            });
        } catch (Throwable thrown) {
            LOG.warn(
                    "The next attempt of job {} could not be sent and is sent again",
                    next.job().jobId(),
                    thrown);
            MessageSpans.end(span, PublishResult.REFUSED);
            answered(next, PublishResult.REFUSED);
        }
    }

    /** What only comes again, because it came too early or is not decided yet, belongs to no trace. */
    private Span span(Destination destination, Sending next) {
        return spans.isOn() && Span.fromContext(next.trace()).getSpanContext().isValid()
                ? spans.forwarding(
                        destination,
                        next.trace(),
                        next.job().jobId(),
                        next.job().attempt())
                : Span.getInvalid();
    }

    /** Always a delay, also when it is late and nothing is left to wait for: a worker's user may not write new jobs. */
    private Destination destination(JobMessage job) {
        Duration rest = restOf(job, time);
        return Destination.delayed(job.jobType(), Delay.towards(rest == null ? Duration.ZERO : rest));
    }

    /** How long the attempt must still wait; null if it may begin. */
    static @Nullable Duration restOf(JobMessage job, WorkerTime time) {
        if (job.notBefore() == null) {
            return null;
        }
        Duration rest = Duration.between(time.now(), job.notBefore());
        return rest.compareTo(AttemptRunner.EARLY) > 0 ? rest : null;
    }

    private void answered(Sending sent, PublishResult result) {
        if (result == PublishResult.CONFIRMED) {
            confirmed(sent);
            return;
        }
        JobMessage again = result == PublishResult.UNKNOWN ? sent.job().maybeSentBefore() : sent.job();
        due.add(new Sending(again, sent.confirmed(), sent.trace(), System.nanoTime() + REST.toNanos()));
        if (isFailing(true)) {
            LOG.warn("The next attempt of a job is not confirmed ({}); it is sent again until it is", result);
        }
    }

    private void confirmed(Sending sent) {
        try {
            sent.confirmed().run();
        } catch (RuntimeException e) {
            LOG.warn("The end of an attempt could not be told; its job comes again", e);
        }
        if (isFailing(false)) {
            LOG.info("Next attempts are confirmed again");
        }
        lock.lock();
        try {
            held--;
            if (held == 0) {
                settled.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Keeps whether the last answer was a bad one; true if that is news. */
    private boolean isFailing(boolean now) {
        lock.lock();
        try {
            boolean news = failing != now;
            failing = now;
            return news;
        } finally {
            lock.unlock();
        }
    }

    /** Returns true when all are confirmed, false after the time. */
    boolean awaitConfirmed(Duration bound) {
        long left = bound.toNanos();
        lock.lock();
        try {
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
}
