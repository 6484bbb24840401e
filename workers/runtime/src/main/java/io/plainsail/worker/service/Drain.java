package io.plainsail.worker.service;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends the work of a worker process in order; each step is bounded by the configuration. For one run on one thread. */
final class Drain {
    private static final Logger LOG = LoggerFactory.getLogger(Drain.class);

    private final WorkerConfig config;
    private final JobSubscriptions subscriptions;
    private final ReadyQueue queue;
    private final HandlerPool pool;
    private final AttemptRunner runner;
    private final NextAttemptOutbox nextAttempts;
    private final EventOutbox outbox;

    Drain(
            WorkerConfig config,
            JobSubscriptions subscriptions,
            ReadyQueue queue,
            HandlerPool pool,
            AttemptRunner runner,
            NextAttemptOutbox nextAttempts,
            EventOutbox outbox) {
        this.config = config;
        this.subscriptions = subscriptions;
        this.queue = queue;
        this.pool = pool;
        this.runner = runner;
        this.nextAttempts = nextAttempts;
        this.outbox = outbox;
    }

    void run() {
        LOG.info("Draining: no further jobs are taken, running ones have {}", config.drainGrace());
        subscriptions.stop();
        int notBegun = returnWhatHasNotBegun();
        int interrupted = pool.awaitEnd(config.drainGrace()) ? 0 : interruptAndHandBack();
        boolean confirmed = awaitConfirmed(config.drainFlush());
        LOG.info(
                "Drained: {} jobs not begun and {} interrupted ones went back to their queues{}",
                notBegun,
                interrupted,
                confirmed
                        ? ""
                        : "; " + outbox.backlog() + " events and " + nextAttempts.backlog()
                                + " next attempts were not confirmed, their jobs come again");
    }

    /** First the next attempts: each one that is confirmed adds an event. */
    private boolean awaitConfirmed(Duration bound) {
        long end = System.nanoTime() + bound.toNanos();
        boolean sent = nextAttempts.awaitConfirmed(bound);
        return outbox.awaitConfirmed(Duration.ofNanos(Math.max(0, end - System.nanoTime()))) && sent;
    }

    private int returnWhatHasNotBegun() {
        List<ReadyQueue.Work> notBegun = queue.close();
        notBegun.forEach(work -> work.delivery().requeue());
        return notBegun.size();
    }

    private int interruptAndHandBack() {
        List<Attempt> late = pool.attempts();
        late.forEach(attempt -> attempt.interrupt(Attempt.Interruption.DRAIN));
        pool.awaitEnd(config.drainHandBack());
        for (Attempt attempt : late) {
            if (attempt.handBack()) {
                LOG.warn(
                        "{} attempt {} of job {} ignored the interrupt of the drain; its job is handed back all the same",
                        attempt.jobType(),
                        attempt.attempt(),
                        attempt.jobId());
                runner.handBack(attempt);
            }
        }
        return late.size();
    }
}
