package io.plainsail.facade.outbox;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.facade.job.Dispatch;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.JobStore.Claim;
import io.plainsail.facade.job.MemoryBudget;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.job.OverloadedException;
import io.plainsail.facade.job.TypeCounts;
import io.plainsail.facade.receipt.Callers;
import io.plainsail.facade.receipt.Ledger;
import io.plainsail.facade.results.JobTokens;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.Failpoint;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.trace.MessageSpans;
import io.plainsail.messaging.trace.Tracing;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands to the transport what the store has promised, until the transport confirms it.
 *
 * <ol>
 *   <li>A job that is accepted while there is room is written with its outbox row already claimed, and comes here
 *       straight from memory ({@link #reserve}, {@link #accepted}).
 *   <li>Everything else is claimed from the outbox ({@link #claimNext}): what was accepted while the transport was
 *       away, what came back, what another relay left behind.
 *   <li>{@link #publishNext} publishes; many are in flight.
 *   <li>{@link #settleNext} turns the answers into outbox changes, in batches: confirmed rows go; refused ones are
 *       free again; unknown ones too, marked as possible duplicates; unroutable jobs wait and are tried again.
 * </ol>
 *
 * <p>INVARIANT: a row leaves the outbox only after its message was confirmed.
 *
 * <p>Thread-safe. The three loop bodies are called by one thread each.
 */
public final class Relay {
    /** Dispatches held in memory, from their claim until their answer is stored. */
    static final int MAX_IN_MEMORY = 5_000;

    /** Inputs held in memory, as a part of the heap. */
    private static final int HEAP_PARTS = 6;

    static final int CLAIM_BATCH = 500;

    /** How long a claim holds. Longer than the publishing margin and the answer timeout together. */
    static final Duration CLAIM_FOR = Duration.ofSeconds(25);

    /** A dispatch that lay in memory until so close to the end of its claim is handed back, not published. */
    static final Duration PUBLISH_MARGIN = Duration.ofSeconds(15);

    private static final int MAX_SETTLE_BATCH = 2_000;

    /** How long the outbox is taken to be as it was seen last. */
    static final Duration SEEN_FOR = Duration.ofSeconds(30);

    private static final Logger log = LoggerFactory.getLogger(Relay.class);

    private final String name;
    private final JobStore store;
    private final Publisher publisher;
    private final JobTokens tokens;
    private final Clock clock;
    private final long bound;
    private final MessageSpans spans;

    private final BlockingQueue<Dispatch> toPublish = new LinkedBlockingQueue<>();
    private final Semaphore room = new Semaphore(MAX_IN_MEMORY);
    private final MemoryBudget inputs;
    private final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();

    /** Rows in the outbox, as far as this facade knows; corrected by {@link #countOutbox}. */
    private final AtomicLong outstanding = new AtomicLong();

    private volatile @Nullable Seen seen;

    private final TypeCounts accepted = new TypeCounts();
    private final Map<PublishResult, TypeCounts> released = new EnumMap<>(PublishResult.class);
    private final Ledger ledger = new Ledger();
    private final Callers callers = new Callers();
    private final AtomicLong confirmed = new AtomicLong();
    private final AtomicLong unroutable = new AtomicLong();

    /** What {@link #countOutbox} found, and when. */
    private record Seen(Instant at, Duration lag) {}

    private record Answer(Dispatch dispatch, PublishResult result) {}

    /**
     * @param name this relay's name in claims: the same after a restart of the same facade
     * @param bound outbox rows at most; past it nothing is accepted
     */
    public Relay(
            String name,
            JobStore store,
            Publisher publisher,
            JobTokens tokens,
            Clock clock,
            long bound,
            MessageSpans spans) {
        this(name, store, publisher, tokens, clock, bound, MemoryBudget.ofHeap(HEAP_PARTS), spans);
    }

    Relay(
            String name,
            JobStore store,
            Publisher publisher,
            JobTokens tokens,
            Clock clock,
            long bound,
            MemoryBudget inputs,
            MessageSpans spans) {
        this.inputs = inputs;
        this.spans = spans;
        this.name = name;
        this.store = store;
        this.publisher = publisher;
        this.tokens = tokens;
        this.clock = clock;
        this.bound = bound;
        for (PublishResult result : PublishResult.values()) {
            released.put(result, new TypeCounts());
        }
    }

    /** Takes back what this relay had claimed before a restart. */
    public void recover() {
        store.freeClaims(name);
        countOutbox();
    }

    // From the accept path -------------------------------------------------------------------------------------

    /**
     * @throws OverloadedException if the outbox is at its bound
     */
    public void checkRoomFor(int jobs) {
        long now = outstanding.get();
        if (now + jobs > bound) {
            throw new OverloadedException(
                    "the outbox holds " + now + " jobs that the broker has not taken: its bound is " + bound, 5);
        }
    }

    /** A claim with which jobs about to be accepted may be written; null if they must wait in the outbox. */
    public @Nullable Claim reserve(List<NewJob> jobs) {
        if (!publisher.ready() || !room.tryAcquire(jobs.size())) {
            return null;
        }
        if (!inputs.tryTake(inputBytes(jobs))) {
            room.release(jobs.size());
            return null;
        }
        return new Claim(name, clock.instant().plus(CLAIM_FOR));
    }

    /** Gives back a reservation that was not used. */
    public void release(List<NewJob> jobs) {
        room.release(jobs.size());
        inputs.giveBack(inputBytes(jobs));
    }

    private static long inputBytes(List<NewJob> jobs) {
        return jobs.stream().mapToLong(job -> job.input().length).sum();
    }

    /** Jobs that are now durable; with the claim they were written with, they are published from memory. */
    public void accepted(List<NewJob> jobs, @Nullable Claim claim) {
        outstanding.addAndGet(jobs.size());
        jobs.forEach(job -> accepted.add(job.jobType()));
        ledger.accepted(jobs);
        callers.accepted(jobs);
        if (claim != null) {
            for (NewJob job : jobs) {
                toPublish.add(Dispatch.first(job, claim.until()));
            }
        }
    }

    // Loop bodies ----------------------------------------------------------------------------------------------

    /** Claims free outbox rows, if there is anybody to publish them to. Returns how many. */
    public int claimNext() {
        // Half of the room for inputs at most, so that jobs just accepted find some.
        long bytes = inputs.room() / 2;
        if (bytes == 0 || !publisher.ready() || !room.tryAcquire(CLAIM_BATCH)) {
            return 0;
        }
        List<Dispatch> claimed = List.of();
        try {
            Instant now = clock.instant();
            claimed = store.claim(new Claim(name, now.plus(CLAIM_FOR)), now, CLAIM_BATCH, bytes);
        } finally {
            room.release(CLAIM_BATCH - claimed.size());
        }
        inputs.take(inputBytesOf(claimed));
        toPublish.addAll(claimed);
        return claimed.size();
    }

    /** Publishes the next dispatch, waiting up to the given time for one. */
    public void publishNext(long waitMillis) throws InterruptedException {
        Dispatch dispatch = toPublish.poll(waitMillis, TimeUnit.MILLISECONDS);
        if (dispatch == null) {
            return;
        }
        if (clock.instant().isAfter(dispatch.claimedUntil().minus(PUBLISH_MARGIN))) {
            answers.add(new Answer(dispatch, PublishResult.REFUSED));
            return;
        }
        try {
            publish(dispatch);
        } catch (RuntimeException e) {
            // No answer will come: the row is claimed again when this claim lapses.
            forget(List.of(dispatch));
            throw e;
        }
    }

    private void publish(Dispatch dispatch) {
        JobMessage message = JobMessage.builder(
                        dispatch.jobId(),
                        dispatch.jobType(),
                        dispatch.acceptedAt(),
                        dispatch.timeout(),
                        tokens.tokenFor(dispatch.jobId()),
                        dispatch.input())
                .attempt(dispatch.attempt())
                .maybeDuplicate(dispatch.maybeDuplicate())
                .retryBounds(dispatch.retryBounds())
                .failedAttempts(dispatch.failedAttempts())
                .notBefore(dispatch.notBefore())
                .limits(dispatch.limits())
                // As if somebody had claimed it and heard nothing: whoever has the message asks, and does not run it
                // unasked.
                .unheardClaims(dispatch.onRelease() == null ? List.of() : List.of(dispatch.jobId()))
                .trace(dispatch.trace())
                .build();
        Destination queue = Destination.jobs(dispatch.jobType());
        if (spans.isOn()) {
            publishTraced(queue, dispatch, message);
        } else {
            publisher.publish(
                    queue, JobMessageCodec.encode(message), result -> answers.add(new Answer(dispatch, result)));
        }
        Failpoint.RELAY_PUBLISHED.pass();
    }

    private void publishTraced(Destination queue, Dispatch dispatch, JobMessage message) {
        Context accepted = Tracing.context(dispatch.trace());
        Span span = spans.creating(queue, accepted, dispatch.jobId(), dispatch.attempt());
        try {
            publisher.publish(
                    queue, JobMessageCodec.encode(message.traced(Tracing.told(accepted.with(span)))), result -> {
                        MessageSpans.end(span, result);
                        answers.add(new Answer(dispatch, result));
                    });
        } catch (RuntimeException e) {
            Tracing.fail(span, e.getClass().getName(), String.valueOf(e.getMessage()));
            span.end();
            throw e;
        }
    }

    /** Applies the answers that have come, up to a bound. Returns how many. */
    public int settleNext() {
        List<Answer> batch = new ArrayList<>();
        if (answers.drainTo(batch, MAX_SETTLE_BATCH) == 0) {
            return 0;
        }
        try {
            Failpoint.RELAY_CONFIRMED.pass();
            settle(batch);
        } catch (RuntimeException e) {
            // Not lost: confirmed rows are published again, marked, when their claims lapse or the store is back.
            answers.addAll(batch);
            throw e;
        }
        batch.forEach(answer -> released(answer.result()).add(answer.dispatch().jobType()));
        forget(batch.stream().map(Answer::dispatch).toList());
        return batch.size();
    }

    /** They are no longer in memory. */
    private void forget(List<Dispatch> dispatches) {
        room.release(dispatches.size());
        inputs.giveBack(inputBytesOf(dispatches));
    }

    private static long inputBytesOf(List<Dispatch> dispatches) {
        return dispatches.stream()
                .mapToLong(dispatch -> dispatch.input().length)
                .sum();
    }

    private void settle(List<Answer> batch) {
        Map<PublishResult, List<UUID>> byResult = new EnumMap<>(PublishResult.class);
        Map<UUID, Instant> confirmedUntil = new HashMap<>();
        List<UUID> returned = new ArrayList<>();
        for (Answer answer : batch) {
            byResult.computeIfAbsent(answer.result(), result -> new ArrayList<>())
                    .add(answer.dispatch().jobId());
            if (answer.result() == PublishResult.CONFIRMED) {
                confirmedUntil.put(answer.dispatch().jobId(), answer.dispatch().claimedUntil());
                if (answer.dispatch().waiting()) {
                    returned.add(answer.dispatch().jobId());
                }
            }
        }
        for (Map.Entry<PublishResult, List<UUID>> entry : byResult.entrySet()) {
            List<UUID> ids = entry.getValue();
            switch (entry.getKey()) {
                case CONFIRMED -> {
                    if (!returned.isEmpty()) {
                        store.released(returned);
                    }
                    store.sent(name, confirmedUntil);
                    outstanding.addAndGet(-ids.size());
                    confirmed.addAndGet(ids.size());
                }
                case REFUSED -> store.handBack(ids, false);
                case UNKNOWN -> store.handBack(ids, true);
                case UNROUTABLE -> {
                    unroutable.addAndGet(ids.size());
                    log.warn(
                            "{} jobs stay unsent and are tried again: no worker service has made a queue for {}",
                            ids.size(),
                            batch.stream()
                                    .filter(answer -> answer.result() == PublishResult.UNROUTABLE)
                                    .map(answer -> answer.dispatch().jobType())
                                    .distinct()
                                    .toList());
                    store.unroutable(ids, "unroutable: no worker service has made a queue for this type", retryAt());
                }
            }
        }
    }

    private Instant retryAt() {
        return clock.instant().plusSeconds(5);
    }

    /** Corrects the count of outstanding rows, and sees how long they wait: other facades share the outbox. */
    public void countOutbox() {
        Instant now = clock.instant();
        JobStore.Unsent unsent = store.unsent();
        outstanding.set(unsent.rows());
        Instant since = unsent.dueSince();
        seen = new Seen(now, since == null || since.isAfter(now) ? Duration.ZERO : Duration.between(since, now));
    }

    // Views ----------------------------------------------------------------------------------------------------

    public long outstanding() {
        // Counted while an answer is being stored, one row is subtracted twice until it is counted again.
        return Math.max(0, outstanding.get());
    }

    /** What this facade has accepted. */
    public TypeCounts accepted() {
        return accepted;
    }

    /** What this facade has sent to the transport and was answered so; what is sent again counts again. */
    public TypeCounts released(PublishResult result) {
        return Objects.requireNonNull(released.get(result));
    }

    /**
     * How long the row that waits longest for the transport could have been with it, as of a few seconds ago; empty if the
     * outbox was not seen for so long that nobody knows.
     */
    public Optional<Duration> lag() {
        Seen last = seen;
        return last == null || clock.instant().isAfter(last.at().plus(SEEN_FOR))
                ? Optional.empty()
                : Optional.of(last.lag());
    }

    /** Counts what this facade accepts. */
    public Callers callers() {
        return callers;
    }

    public Ledger ledger() {
        return ledger;
    }

    public long confirmed() {
        return confirmed.get();
    }

    public long unroutable() {
        return unroutable.get();
    }

    /** Whether nothing is in memory: all that is left is in the outbox. */
    public boolean isIdle() {
        return toPublish.isEmpty() && answers.isEmpty();
    }
}
