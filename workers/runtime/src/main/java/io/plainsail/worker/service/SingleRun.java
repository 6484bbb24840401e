package io.plainsail.worker.service;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.Message;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Delivery;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs one job through the very pipeline of a worker process, without a transport: for the test kit of worker authors.
 */
public final class SingleRun {
    private static final Duration LOOK_EVERY = Duration.ofMillis(10);
    private static final Duration SLACK = Duration.ofSeconds(10);

    /** A clock of a test's own says nothing about how long the test may wait. */
    private static final Duration MOVED_CLOCK_BOUND = Duration.ofSeconds(60);

    private final Ending ending;
    private final HandlerPool pool;
    private final ReadyQueue queue;
    private final Loop watching;
    private final Duration bound;

    private SingleRun(Ending ending, HandlerPool pool, ReadyQueue queue, Loop watching, Duration bound) {
        this.ending = ending;
        this.pool = pool;
        this.queue = queue;
        this.watching = watching;
        this.bound = bound;
    }

    /**
     * What the worker would have told the facade.
     *
     * @param outcome null if nothing is reported, as when the facade does not want the job any more
     * @param log the job's log, in order
     */
    public record Report(WorkerEvent.@Nullable OfAttempt outcome, List<WorkerEvent.LogLine> log) {
        public Report {
            log = List.copyOf(log);
        }
    }

    /**
     * Begins to run the job.
     *
     * @param clock what the attempt's times and its timeout go by: a clock that stands still lets no attempt time out
     */
    public static SingleRun start(
            WorkerService.Handled handled,
            JobMessage job,
            ResultDelivery results,
            WorkerConfig.Attempts bounds,
            Clock clock) {
        boolean real = clock.equals(Clock.systemUTC());
        WorkerTime time = real ? WorkerTime.of(clock) : new WorkerTime(clock, () -> nanos(clock.instant()));
        ThreadFactory threads = WorkerThreads.named("single", "run");
        AttemptMeters meters = new AttemptMeters(
                new SimpleMeterRegistry(), "single", handled.contract().jobType());
        HandledType type = new HandledType(handled, meters);
        Ending ending = new Ending(JobMessageCodec.encode(job));
        ReadyQueue queue = new ReadyQueue(1);
        ResultFiles files = new ResultFiles(results, bounds.inlineBytes(), WorkerThreads::sleep);
        AttemptRunner runner = new AttemptRunner(
                time, bounds, files, AttemptGuard.off(), (next, confirmed) -> confirmed.run(), ending);
        HandlerPool pool = new HandlerPool(1, bounds.maxAbandoned(), queue, runner, threads);
        AttemptWatch watch = new AttemptWatch(pool, runner, ending, bounds);
        Loop watching = new Loop("Watching the run", watch::look, LOOK_EVERY, time, threads);
        queue.offer(0, new ReadyQueue.Work(type, ending, time.moment()));
        pool.start();
        watching.start();
        Duration usual = job.timeout().plus(bounds.abandonGrace()).plus(SLACK);
        return new SingleRun(ending, pool, queue, watching, real ? usual : MOVED_CLOCK_BOUND);
    }

    private static long nanos(Instant instant) {
        return TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
    }

    /** Stops the attempt as the facade does when nobody wants it any more; nothing happens if it does not run. */
    public void cancel(String reason) {
        pool.attempts().forEach(attempt -> attempt.stop(reason));
    }

    /** Interrupts the attempt as a worker does that must end: its job goes back to the queue. */
    public void handBack() {
        pool.attempts().forEach(attempt -> attempt.interrupt(Attempt.Interruption.DRAIN));
    }

    /**
     * Waits for the end, which comes at the latest some seconds after the job's timeout.
     *
     * @throws IllegalStateException if the message is not one for this handler, or the run did not end all the same
     */
    public Report await() {
        try {
            return ending.await(bound);
        } finally {
            queue.close();
            watching.close();
        }
    }

    /** The delivery and the sink of the one run: both ends of the pipeline. */
    private static final class Ending implements Delivery, EventSink {
        private final Message message;
        private final CountDownLatch settled = new CountDownLatch(1);

        // Guarded by this.
        private final List<WorkerEvent.LogLine> log = new ArrayList<>();
        private WorkerEvent.@Nullable OfAttempt outcome;
        private boolean rejected;

        Ending(Message message) {
            this.message = message;
        }

        Report await(Duration bound) {
            try {
                if (!settled.await(bound.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException("the run did not end within " + bound);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the run went on", e);
            }
            synchronized (this) {
                if (rejected) {
                    throw new IllegalStateException("the message was rejected: is it of the handler's job type?");
                }
                return new Report(outcome, log);
            }
        }

        @Override
        public synchronized boolean offer(List<? extends WorkerEvent> events) {
            for (WorkerEvent event : events) {
                if (event instanceof WorkerEvent.LogLine line) {
                    log.add(line);
                } else if (event instanceof WorkerEvent.HandedBack handedBack) {
                    outcome = handedBack;
                }
            }
            return true;
        }

        @Override
        public void outcome(List<? extends WorkerEvent> before, WorkerEvent.OfAttempt reported, Runnable confirmed) {
            synchronized (this) {
                offer(before);
                outcome = reported;
            }
            confirmed.run();
        }

        @Override
        public Message message() {
            return message;
        }

        @Override
        public boolean redelivered() {
            return false;
        }

        @Override
        public int deliveryCount() {
            return 0;
        }

        @Override
        public Optional<String> deathReason() {
            return Optional.empty();
        }

        @Override
        public boolean inHand() {
            return settled.getCount() > 0;
        }

        @Override
        public void ack() {
            settled.countDown();
        }

        @Override
        public void requeue() {
            settled.countDown();
        }

        @Override
        public void reject() {
            synchronized (this) {
                rejected = true;
            }
            settled.countDown();
        }
    }
}
