package io.plainsail.facade.accept;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.facade.job.IdempotencyKeys;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.JobStore.Claim;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.job.OverloadedException;
import io.plainsail.facade.outbox.Relay;
import io.plainsail.facade.store.StoreUnavailableException;
import io.plainsail.messaging.Failpoint;
import io.plainsail.messaging.trace.MessageSpans;
import io.plainsail.messaging.trace.Tracing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns many requests into one transaction: whatever came while the last one was written goes into the next.
 *
 * <ol>
 *   <li>A request hands its jobs over and waits.
 *   <li>A lane takes all that wait, up to a bound, and writes them with one commit and one sync.
 *   <li>Only then every request in it is answered, and its jobs go to the relay.
 * </ol>
 *
 * <p>Thread-safe. {@link #commitNext} is a lane's loop body; threads are the wiring's business.
 */
public final class GroupCommit {
    /** Jobs written in one transaction, at most, unless a single request brings more. */
    public static final int MAX_BATCH = 1_000;

    /** As many as a span keeps, unless somebody configures more. */
    private static final int MAX_LINKS = 128;

    private static final int MAX_WAITING_REQUESTS = 4_096;
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(30);
    private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);

    private final JobStore store;
    private final Relay relay;
    private final Duration answerWithin;
    private final JobQuota quota;
    private final Tracing tracing;
    private final BlockingQueue<Request> waiting = new ArrayBlockingQueue<>(MAX_WAITING_REQUESTS);

    /** Set once, when the facade stops: requests that come later are refused. */
    private volatile boolean closed;

    private record Request(List<NewJob> jobs, CompletableFuture<Boolean> done) {}

    public GroupCommit(JobStore store, Relay relay) {
        this(store, relay, JobQuota.NONE, Tracing.off());
    }

    public GroupCommit(JobStore store, Relay relay, JobQuota quota, Tracing tracing) {
        this(store, relay, quota, tracing, ANSWER_WITHIN);
    }

    GroupCommit(JobStore store, Relay relay, Duration answerWithin) {
        this(store, relay, JobQuota.NONE, Tracing.off(), answerWithin);
    }

    private GroupCommit(JobStore store, Relay relay, JobQuota quota, Tracing tracing, Duration answerWithin) {
        this.tracing = tracing;
        this.store = store;
        this.relay = relay;
        this.quota = quota;
        this.answerWithin = answerWithin;
    }

    /**
     * Accepts jobs; durable when it returns. They belong to the trace that this thread works in, if it does in one.
     *
     * @throws OverloadedException if a bound is reached: nothing was accepted
     * @throws IdempotencyKeys.TakenException if a key is used already: nothing was accepted
     * @throws StoreUnavailableException if the store did not answer in time: the jobs may or may not be accepted
     */
    public void accept(List<NewJob> jobs) {
        if (!tracing.isOn()) {
            take(traced(jobs, Context.current()));
            return;
        }
        Span span = span(jobs);
        try {
            take(traced(jobs, Context.current().with(span)));
        } catch (RuntimeException e) {
            Tracing.fail(span, e.getClass().getName(), String.valueOf(e.getMessage()));
            throw e;
        } finally {
            span.end();
        }
    }

    private Span span(List<NewJob> jobs) {
        SpanBuilder span = tracing.span("accept", SpanKind.INTERNAL, Context.current())
                .setAttribute("plainsail.jobs", (long) jobs.size());
        if (jobs.size() == 1) {
            NewJob job = jobs.get(0);
            span.setAttribute(MessageSpans.JOB, job.id().toString())
                    .setAttribute("plainsail.job.type", job.jobType().key());
        }
        // What a job repeats has a trace of its own, which may have ended long ago.
        jobs.stream()
                .map(NewJob::replayOf)
                .filter(Objects::nonNull)
                .limit(MAX_LINKS)
                .forEach(origin -> store.trace(origin)
                        .map(trace -> Span.fromContext(Tracing.context(trace)).getSpanContext())
                        .ifPresent(span::addLink));
        return span.startSpan();
    }

    private static List<NewJob> traced(List<NewJob> jobs, Context where) {
        TraceContext trace = Tracing.told(where);
        return trace == null
                ? jobs
                : jobs.stream().map(job -> job.toBuilder().trace(trace).build()).toList();
    }

    private void take(List<NewJob> jobs) {
        quota.take(jobs);
        try {
            write(jobs);
        } catch (OverloadedException | IdempotencyKeys.TakenException e) {
            quota.giveBack(jobs);
            throw e;
        }
    }

    private void write(List<NewJob> jobs) {
        relay.checkRoomFor(jobs.size());
        Request request = new Request(jobs, new CompletableFuture<>());
        if (closed) {
            throw new OverloadedException("the facade is stopping", 5);
        }
        if (!waiting.offer(request)) {
            throw new OverloadedException(
                    MAX_WAITING_REQUESTS + " requests wait to be written: the store is too slow for this load", 2);
        }
        try {
            request.done().get(answerWithin.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            if (waiting.remove(request)) {
                throw new OverloadedException(
                        "the request waited " + answerWithin + " for the store: nothing was accepted", 5);
            }
            throw new StoreUnavailableException(
                    "the store did not answer within " + answerWithin + ": the job may still be accepted", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreUnavailableException("the facade is stopping: the job may still be accepted", e);
        }
    }

    /** Waits up to the given time for a request, and commits all that wait. */
    public void commitNext(long waitMillis) throws InterruptedException {
        Request first = waiting.poll(waitMillis, TimeUnit.MILLISECONDS);
        if (first == null) {
            return;
        }
        List<Request> requests = new ArrayList<>();
        List<NewJob> jobs = new ArrayList<>();
        for (Request next = first; next != null; next = jobs.size() < MAX_BATCH ? waiting.poll() : null) {
            requests.add(next);
            jobs.addAll(next.jobs());
        }
        try {
            commit(jobs);
        } catch (StoreUnavailableException e) {
            log.warn("{} jobs of {} requests are answered 503: {}", jobs.size(), requests.size(), e.getMessage());
            requests.forEach(request -> request.done().completeExceptionally(e));
            return;
        } catch (RuntimeException e) {
            commitOneByOne(requests, e);
            return;
        }
        requests.forEach(request -> request.done().complete(true));
    }

    private void commit(List<NewJob> jobs) {
        // What is to be released later must not be claimed now; what is in the same batch is claimed a moment later.
        boolean atOnce = jobs.stream().allMatch(job -> job.releaseAt() == null);
        @Nullable Claim claim = atOnce ? relay.reserve(jobs) : null;
        boolean stored = false;
        try {
            store.accept(jobs, claim);
            stored = true;
            Failpoint.ACCEPT_COMMITTED.pass();
        } finally {
            if (!stored && claim != null) {
                relay.release(jobs);
            }
        }
        relay.accepted(jobs, claim);
    }

    /** The database refused the batch as a whole and rolled it back: the one that it cannot take must not harm others. */
    private void commitOneByOne(List<Request> requests, RuntimeException refusal) {
        if (requests.size() == 1) {
            requests.get(0).done().completeExceptionally(refusal);
            return;
        }
        for (Request request : requests) {
            try {
                commit(request.jobs());
                request.done().complete(true);
            } catch (IdempotencyKeys.TakenException e) {
                request.done().completeExceptionally(e);
            } catch (RuntimeException e) {
                log.error(
                        "A request with {} jobs is answered 500: the store refused it",
                        request.jobs().size(),
                        e);
                request.done().completeExceptionally(e);
            }
        }
    }

    /** Refuses what comes from now on; what waits is still committed. */
    public void close() {
        closed = true;
    }

    public boolean isIdle() {
        return waiting.isEmpty();
    }

    public int waitingRequests() {
        return waiting.size();
    }
}
