package io.plainsail.facade.events;

import io.opentelemetry.api.trace.Span;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.EventBatchCodec;
import io.plainsail.contracts.wire.UndecodableMessageException;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.contracts.Announcements;
import io.plainsail.facade.guard.Guard;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.JobStore.Applied;
import io.plainsail.facade.store.StoreUnavailableException;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.Failpoint;
import io.plainsail.messaging.trace.MessageSpans;
import io.plainsail.messaging.trace.Tracing;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies what workers report.
 *
 * <ol>
 *   <li>Deliveries queue up here, as many as the subscription's prefetch allows.
 *   <li>{@link #recordNext} takes what is there, up to a bound, and applies it in one transaction.
 *   <li>Only then the deliveries are acknowledged.
 *   <li>A store that does not answer is asked again; a message that cannot be read or applied is parked.
 * </ol>
 *
 * <p>INVARIANT: a delivery is acknowledged only after its events are durable, or parked durably.
 *
 * <p>Thread-safe; {@link #recordNext} is called by one thread.
 */
public final class Recorder {
    /** Messages applied in one transaction, at most. */
    static final int MAX_MESSAGES = 64;

    private static final int MAX_EVENTS = 4_000;
    private static final Logger log = LoggerFactory.getLogger(Recorder.class);

    private final JobStore store;
    private final Announcements announcements;
    private final Parking parking;
    private final Guard guard;
    private final MessageSpans spans;
    private final BlockingDeque<Delivery> waiting = new LinkedBlockingDeque<>();

    private final AtomicLong succeeded = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicLong retried = new AtomicLong();
    private final AtomicLong ignored = new AtomicLong();

    private record Read(Delivery delivery, EventBatch batch) {}

    public Recorder(JobStore store, Announcements announcements, Parking parking, Guard guard) {
        this(store, announcements, parking, guard, MessageSpans.off());
    }

    public Recorder(JobStore store, Announcements announcements, Parking parking, Guard guard, MessageSpans spans) {
        this.spans = spans;
        this.store = store;
        this.announcements = announcements;
        this.parking = parking;
        this.guard = guard;
    }

    /** Takes a delivery over from the transport. */
    public void onDelivery(Delivery delivery) {
        waiting.add(delivery);
    }

    /**
     * Records what has come, waiting up to the given time for the first.
     *
     * @throws StoreUnavailableException if the store does not answer; what was taken is kept and comes first next time,
     *     whatever is thrown
     */
    public void recordNext(long waitMillis) throws InterruptedException {
        Delivery first = waiting.poll(waitMillis, TimeUnit.MILLISECONDS);
        if (first == null) {
            return;
        }
        List<Delivery> taken = new ArrayList<>();
        List<Read> readable = new ArrayList<>();
        try {
            int events = 0;
            for (Delivery next = first;
                    next != null;
                    next = taken.size() < MAX_MESSAGES && events < MAX_EVENTS ? waiting.poll() : null) {
                taken.add(next);
                // Parked in an earlier call that came to nothing, or lost with its connection and to come again.
                events += next.inHand() ? read(next, readable) : 0;
            }
            record(readable);
        } catch (RuntimeException e) {
            // First again: a mark behind them must not come before them. Settled ones among these do nothing then.
            for (int i = taken.size() - 1; i >= 0; i--) {
                waiting.addFirst(taken.get(i));
            }
            throw e;
        }
    }

    private int read(Delivery delivery, List<Read> readable) {
        try {
            EventBatch batch = EventBatchCodec.decode(delivery.message());
            readable.add(new Read(delivery, batch));
            return batch.events().size();
        } catch (UndecodableMessageException e) {
            parking.park("events", "undecodable: " + e.getMessage(), delivery);
            return 0;
        }
    }

    private void record(List<Read> readable) {
        if (readable.isEmpty()) {
            return;
        }
        try {
            List<EventBatch> batches = readable.stream()
                    .map(Read::batch)
                    .filter(batch -> !isMark(batch))
                    .toList();
            if (!batches.isEmpty()) {
                count(recorded(batches));
                Failpoint.EVENTS_RECORDED.pass();
            }
            readable.forEach(this::finish);
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            log.warn("{} event batches are applied one by one: {}", readable.size(), e.getMessage());
            readable.forEach(this::recordAlone);
        }
    }

    private Applied recorded(List<EventBatch> batches) {
        List<Span> begun = spans.isOn() ? spansOf(batches) : List.of();
        try {
            return store.record(batches);
        } catch (RuntimeException e) {
            begun.forEach(span -> Tracing.fail(span, e.getClass().getName(), String.valueOf(e.getMessage())));
            throw e;
        } finally {
            begun.forEach(Span::end);
        }
    }

    /** One for each event that is in a trace: together they are written, but they belong to jobs of their own. */
    private List<Span> spansOf(List<EventBatch> batches) {
        List<Span> begun = new ArrayList<>();
        for (EventBatch batch : batches) {
            batch.traces().forEach((place, trace) -> {
                if (batch.events().get(place) instanceof WorkerEvent.OfAttempt event) {
                    begun.add(spans.processing(
                            Destination.events(), Tracing.context(trace), event.jobId(), event.attempt()));
                }
            });
        }
        return begun;
    }

    private static boolean isMark(EventBatch batch) {
        return batch.events().stream().allMatch(event -> event instanceof WorkerEvent.Mark);
    }

    /** One batch that the store cannot take must not hold up the others. */
    private void recordAlone(Read read) {
        try {
            count(recorded(List.of(read.batch())));
            finish(read);
        } catch (StoreUnavailableException e) {
            throw e;
        } catch (RuntimeException e) {
            log.error(
                    "An event batch of {} cannot be applied and is parked",
                    read.batch().worker(),
                    e);
            parking.park("events", "cannot be applied: " + e.getMessage(), read.delivery());
        }
    }

    private void finish(Read read) {
        for (WorkerEvent event : read.batch().events()) {
            if (event instanceof WorkerEvent.Mark mark) {
                guard.recorded(mark);
            } else if (event instanceof WorkerEvent.Announced announced) {
                announced
                        .contracts()
                        .forEach(document ->
                                announcements.announce(document, read.batch().worker()));
            }
        }
        read.delivery().ack();
    }

    private void count(Applied applied) {
        succeeded.addAndGet(applied.succeeded());
        failed.addAndGet(applied.failed());
        retried.addAndGet(applied.retried());
        ignored.addAndGet(applied.ignored());
    }

    public long succeeded() {
        return succeeded.get();
    }

    public long failed() {
        return failed.get();
    }

    /** Attempts after which the job is tried again. */
    public long retried() {
        return retried.get();
    }

    /** Outcomes that changed nothing: late, stale or repeated. */
    public long ignored() {
        return ignored.get();
    }

    /** Deliveries in hand and not yet recorded. */
    public int backlog() {
        return waiting.size();
    }
}
