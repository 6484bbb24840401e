package io.plainsail.worker.service;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.WireText;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Delivery;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One attempt while it runs; what its handler sees of the worker. It begins in state {@code HANDLING}, where its thread
 * may be interrupted; goes on to {@code DELIVERING}, where it is not (a result delivery may be inside an embedded
 * database, which an interrupt would close for everyone); and ends in exactly one of
 *
 * <ol>
 *   <li>{@code CONCLUDED}: the runner has its outcome and reports it;
 *   <li>{@code ABANDONED}: the watch gave its thread up and reports a timeout;
 *   <li>{@code HANDED_BACK}: the drain gave its job back, and nothing is reported.
 * </ol>
 *
 * <p>Thread-safe: its lane, the watch and the drain meet here. INVARIANT: an interrupt is sent under the same monitor
 * that ends the state {@code HANDLING}, so it never hits the next attempt on the same thread.
 */
final class Attempt implements JobContext {
    static final long STARTED_AFTER_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    static final long PROGRESS_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** Why the attempt was asked to end before it did so by itself. */
    enum Interruption {
        NONE,
        DEADLINE,
        DRAIN,
        /** The facade said that nobody wants it any more. */
        STOPPED
    }

    private enum State {
        HANDLING,
        DELIVERING,
        CONCLUDED,
        ABANDONED,
        HANDED_BACK
    }

    private final HandledType type;
    private final JobMessage job;
    private final Delivery delivery;
    private final Thread thread;
    private final WorkerTime time;
    private final Instant startedAt;
    private final long startedNanos;
    private final Duration timeout;
    private final Runnable done;
    private final Context trace;

    // Set by readInput, before the handler sees this.
    private @Nullable JsonNode input;

    // Written under this object's monitor.
    private volatile Interruption interruption = Interruption.NONE;

    // Guarded by this.
    private State state = State.HANDLING;
    private final AttemptLog log;
    private boolean startedReported;
    private long heartbeatNanos;
    private @Nullable String stopReason;
    private long stoppedNanos;
    private long interruptedNanos;
    private @Nullable Progress progress;
    private long progressReportedNanos;

    private record Progress(
            Instant at, @Nullable Double percent, @Nullable String message) {}

    /**
     * @param trace what it is part of; its span ends with the attempt
     * @param done to be called when the attempt has ended or is given up, any number of times
     */
    Attempt(
            HandledType type,
            JobMessage job,
            Delivery delivery,
            Thread thread,
            WorkerTime time,
            WorkerConfig.Attempts bounds,
            Context trace,
            Runnable done) {
        this.trace = trace;
        this.type = type;
        this.job = job;
        this.delivery = delivery;
        this.thread = thread;
        this.time = time;
        this.startedAt = time.now();
        this.startedNanos = time.nanos();
        Duration most = type.contract().timeout();
        this.timeout = job.timeout().compareTo(most) < 0 ? job.timeout() : most;
        this.done = done;
        this.log = new AttemptLog(job.jobId(), job.attempt(), bounds.maxLogLines(), bounds.maxLogBytes());
    }

    /**
     * Parses the input.
     *
     * @throws InvalidJsonException if it is not strict JSON
     */
    void readInput() {
        input = StrictJson.read(job.input());
    }

    HandledType type() {
        return type;
    }

    JobMessage job() {
        return job;
    }

    Delivery delivery() {
        return delivery;
    }

    /** The trace that it is part of, with the span of this attempt. */
    Context trace() {
        return trace;
    }

    Span span() {
        return Span.fromContext(trace);
    }

    Instant startedAt() {
        return startedAt;
    }

    long runNanos() {
        return time.nanos() - startedNanos;
    }

    Duration timeout() {
        return timeout;
    }

    /** Nanoseconds until the deadline; negative after it. */
    long remainingNanos() {
        return timeout.toNanos() - runNanos();
    }

    // What the handler calls.

    @Override
    public UUID jobId() {
        return job.jobId();
    }

    @Override
    public int attempt() {
        return job.attempt();
    }

    @Override
    public JobType jobType() {
        return job.jobType();
    }

    @Override
    public JsonNode input() {
        JsonNode read = input;
        if (read == null) {
            throw new IllegalStateException("the input is asked for before it was read");
        }
        return read;
    }

    @Override
    public <T> T input(Class<T> as) throws JobFailedException {
        try {
            return MAPPER.readerFor(as)
                    .without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .readValue(input());
        } catch (JsonProcessingException e) {
            throw misfit(e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw misfit(e.getMessage(), e);
        }
    }

    private static JobFailedException misfit(@Nullable String reason, Exception cause) {
        return new JobFailedException(
                ErrorCategory.INVALID_INPUT, "input-binding", "the input does not fit: " + reason, cause);
    }

    @Override
    public Instant deadline() {
        return startedAt.plus(timeout);
    }

    @Override
    public boolean interrupted() {
        return interruption != Interruption.NONE;
    }

    @Override
    public synchronized void progress(double percent, @Nullable String message) {
        if (running()) {
            Double known = Double.isNaN(percent) ? null : Math.min(100, Math.max(0, percent));
            progress = new Progress(time.now(), known, message == null ? null : WireText.storable(message, 500));
        }
    }

    @Override
    public synchronized void log(@Nullable String line) {
        if (running()) {
            log.write(time.now(), String.valueOf(line));
        }
    }

    /** Whether nobody has ended it yet. */
    synchronized boolean isRunning() {
        return running();
    }

    // What the watch calls.

    /** Reports that it runs, so often, how far it is and what it wrote, as far as there is news and room. */
    synchronized void reportWhileRunning(EventSink sink, long heartbeatEveryNanos) {
        long nanos = time.nanos();
        if (!running() || nanos - startedNanos < STARTED_AFTER_NANOS) {
            return;
        }
        if (!startedReported || nanos - heartbeatNanos >= heartbeatEveryNanos) {
            boolean first = !startedReported;
            if (sink.offer(List.of(new WorkerEvent.Started(jobId(), attempt(), startedAt)))) {
                startedReported = true;
                heartbeatNanos = nanos;
                progressReportedNanos = first ? nanos - PROGRESS_EVERY_NANOS : progressReportedNanos;
            }
        }
        if (startedReported && sink.offer(log.waiting())) {
            log.reported();
        }
        Progress news = progress;
        if (startedReported && news != null && nanos - progressReportedNanos >= PROGRESS_EVERY_NANOS) {
            WorkerEvent event = new WorkerEvent.Progress(jobId(), attempt(), news.at(), news.percent(), news.message());
            if (sink.offer(List.of(event))) {
                progress = null;
                progressReportedNanos = nanos;
            }
        }
    }

    /** Interrupts the handler, once. */
    synchronized void interrupt(Interruption why) {
        if (state == State.HANDLING && interruption == Interruption.NONE) {
            interruption = why;
            interruptedNanos = time.nanos();
            thread.interrupt();
        }
    }

    /** Nanoseconds since its handler was interrupted; more than any grace if it was not. */
    synchronized long nanosSinceInterrupt() {
        return interruption == Interruption.NONE ? Long.MAX_VALUE : time.nanos() - interruptedNanos;
    }

    /** Interrupts the handler because nobody wants the attempt any more; false if it was told that before, or has ended. */
    synchronized boolean stop(String reason) {
        if (state != State.HANDLING || stopReason != null) {
            return false;
        }
        stopReason = reason;
        stoppedNanos = time.nanos();
        interrupt(Interruption.STOPPED);
        return true;
    }

    /** Why nobody wants it any more; null as long as somebody does. */
    synchronized @Nullable String stopReason() {
        return stopReason;
    }

    /** Nanoseconds since it was told to stop; 0 if it was not. */
    synchronized long nanosSinceStop() {
        return stopReason == null ? 0 : time.nanos() - stoppedNanos;
    }

    /** Gives the attempt up, unless it has ended or is being handed back; true if the caller is to report it. */
    boolean abandon() {
        synchronized (this) {
            if (interruption == Interruption.DRAIN || !end(State.ABANDONED)) {
                return false;
            }
        }
        done.run();
        return true;
    }

    // What the drain calls.

    /** Takes the job back from the attempt, unless it has ended; true if the caller is to requeue it. */
    synchronized boolean handBack() {
        return end(State.HANDED_BACK);
    }

    // What the runner calls.

    /** The handler has ended. From here on the thread is not interrupted; one that was set is cleared. */
    Interruption endHandling() {
        synchronized (this) {
            if (state == State.HANDLING) {
                state = State.DELIVERING;
            }
        }
        Thread.interrupted();
        return interruption;
    }

    /** Ends the attempt by its outcome; false if it was abandoned or handed back: then the outcome changes nothing. */
    synchronized boolean conclude() {
        return end(State.CONCLUDED);
    }

    /** The log lines not reported yet, ending with these. For whoever ended the attempt. */
    synchronized List<WorkerEvent.LogLine> restOfLog(List<String> last) {
        log.writeEnd(time.now(), last);
        List<WorkerEvent.LogLine> rest = log.waiting();
        log.reported();
        return rest;
    }

    private boolean running() {
        return state == State.HANDLING || state == State.DELIVERING;
    }

    private boolean end(State how) {
        if (!running()) {
            return false;
        }
        state = how;
        return true;
    }
}
