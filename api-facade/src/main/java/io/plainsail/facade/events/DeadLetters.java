package io.plainsail.facade.events;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.UndecodableMessageException;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.store.StoreUnavailableException;
import io.plainsail.messaging.Delivery;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives jobs whose message died in the transport their terminal state: rejected by a worker that could not read them,
 * or delivered so often without an outcome that they likely end the process that runs them. A dead message that is no
 * job message is parked. Thread-safe; {@link #recordNext} is called by one thread.
 */
public final class DeadLetters {
    private static final Logger log = LoggerFactory.getLogger(DeadLetters.class);

    private final JobStore store;
    private final Parking parking;
    private final Clock clock;
    private final String facade;
    private final BlockingQueue<Delivery> waiting = new LinkedBlockingQueue<>();

    public DeadLetters(JobStore store, Parking parking, Clock clock, String facade) {
        this.store = store;
        this.parking = parking;
        this.clock = clock;
        this.facade = facade;
    }

    /** Takes a delivery over from the transport. */
    public void onDelivery(Delivery delivery) {
        waiting.add(delivery);
    }

    /**
     * Records the next dead message, waiting up to the given time for it.
     *
     * @throws StoreUnavailableException if the store does not answer; the message is kept for another call, whatever is
     *     thrown
     */
    public void recordNext(long waitMillis) throws InterruptedException {
        Delivery delivery = waiting.poll(waitMillis, TimeUnit.MILLISECONDS);
        if (delivery == null) {
            return;
        }
        try {
            record(delivery);
        } catch (RuntimeException e) {
            // Behind the others: what cannot be recorded now must not hold them up.
            waiting.add(delivery);
            throw e;
        }
    }

    private void record(Delivery delivery) {
        String reason = delivery.deathReason().orElse("unknown");
        if (delivery.message().contentType().equals(EventBatchCodec.CONTENT_TYPE)) {
            parking.park("events", "dead: " + reason, delivery);
            return;
        }
        JobMessage job;
        try {
            job = JobMessageCodec.decode(delivery.message());
        } catch (UndecodableMessageException e) {
            parking.park("dead", "dead: " + reason + "; undecodable: " + e.getMessage(), delivery);
            return;
        }
        if (reason.equals(Delivery.EXPIRED)) {
            // Back to the outbox: from there it is sent when there is a queue, and waits with its reason until then.
            if (store.releaseAgain(job.jobId(), clock.instant())) {
                log.warn("Job {} came out of its rest and found no queue of {}", job.jobId(), job.jobType());
            }
            delivery.ack();
            return;
        }
        Job known = store.find(job.jobId()).orElse(null);
        if (known == null || known.state().terminal() || job.attempt() < known.messageAttempt()) {
            delivery.ack(); // nobody waits for this message
            return;
        }
        if (known.state() == JobState.RUNNING) {
            // Whoever runs it will tell, or its lease ends and it is taken back; or it was handed back, which is not
            // recorded yet: another copy asks, and waits for as long as it runs.
            log.warn("A message of job {} is dead ({}), but the job runs", job.jobId(), reason);
            store.releaseAgain(job.jobId(), clock.instant());
            delivery.ack();
            return;
        }
        Failure failure = reason.equals(Delivery.DELIVERY_LIMIT)
                ? Failure.of(
                        ErrorCategory.CRASH_LOOP,
                        "delivery-limit",
                        "delivered again and again without an outcome: it likely ends the process that runs it")
                : Failure.of(
                        ErrorCategory.UNDECODABLE,
                        "dead-" + reason,
                        "a worker could not read the message of this job (" + reason + ")");
        Instant now = clock.instant();
        store.record(List.of(new EventBatch(
                new Worker("facade", facade, facade, ""),
                List.of(new WorkerEvent.Failed(
                        job.jobId(), Math.max(known.attempt(), job.attempt()), now, now, failure)))));
        delivery.ack();
    }
}
