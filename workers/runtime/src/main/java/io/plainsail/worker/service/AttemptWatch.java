package io.plainsail.worker.service;

import io.plainsail.worker.service.HandlerPool.Lane;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks after running attempts; the one place where time passes for them. */
final class AttemptWatch {
    private static final Logger LOG = LoggerFactory.getLogger(AttemptWatch.class);

    private final HandlerPool pool;
    private final AttemptRunner runner;
    private final EventSink events;
    private final Duration heartbeatEvery;
    private final long abandonGraceNanos;

    /** As configured, or more often if the facade's lease demands it. */
    private volatile long heartbeatEveryNanos;

    AttemptWatch(HandlerPool pool, AttemptRunner runner, EventSink events, WorkerConfig.Attempts bounds) {
        this.pool = pool;
        this.runner = runner;
        this.events = events;
        this.heartbeatEvery = bounds.heartbeatEvery();
        this.heartbeatEveryNanos = heartbeatEvery.toNanos();
        this.abandonGraceNanos = bounds.abandonGrace().toNanos();
    }

    /** Learns how long an attempt is believed in without a word: three words in that time, or it runs elsewhere too. */
    void leased(Duration lease) {
        Duration longest = lease.dividedBy(3);
        long every = (longest.compareTo(heartbeatEvery) < 0 ? longest : heartbeatEvery).toNanos();
        if (every != heartbeatEveryNanos) {
            heartbeatEveryNanos = every;
            LOG.warn(
                    "heartbeatEvery is {} and the facade's lease is {}: running jobs are reported every {}",
                    heartbeatEvery,
                    lease,
                    Duration.ofNanos(every));
        }
    }

    /** One look at every lane: reports what is new, interrupts at the deadline, gives up after the grace. */
    void look() {
        for (Lane lane : pool.lanes()) {
            Attempt attempt = lane.current();
            if (attempt == null) {
                continue;
            }
            attempt.reportWhileRunning(events, heartbeatEveryNanos);
            if (attempt.nanosSinceStop() >= abandonGraceNanos && attempt.stopReason() != null && attempt.abandon()) {
                runner.dropAbandoned(attempt);
                pool.abandon(lane, attempt);
                continue;
            }
            long remaining = attempt.remainingNanos();
            if (remaining > 0) {
                continue;
            }
            attempt.interrupt(Attempt.Interruption.DEADLINE);
            // After a standstill of this process both may be over at once: the handler has its grace all the same.
            if (-remaining >= abandonGraceNanos
                    && attempt.nanosSinceInterrupt() >= abandonGraceNanos
                    && attempt.abandon()) {
                LOG.warn(
                        "{} attempt {} of job {} ignored the interrupt at its deadline and is given up as timed out",
                        attempt.jobType(),
                        attempt.attempt(),
                        attempt.jobId());
                runner.reportAbandoned(attempt);
                pool.abandon(lane, attempt);
            }
        }
    }
}
