package io.plainsail.worker.testing;

import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.WorkerEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A job that was submitted to a {@link WorkerOnBroker}, and what its worker has reported of it so far. Thread-safe. */
public final class SubmittedJob {
    private static final Duration SLACK = Duration.ofSeconds(30);
    private static final Duration LONGEST = Duration.ofMinutes(2);

    private final UUID id;
    private final Duration patience;
    private final StandInFacade facade;

    // Guarded by this.
    private final List<String> log = new ArrayList<>();
    private final List<TestResult.Progress> progress = new ArrayList<>();
    private final List<String> retries = new ArrayList<>();
    private WorkerEvent.@Nullable OfAttempt outcome;
    private boolean started;
    private boolean cancelled;
    private boolean dropped;

    SubmittedJob(UUID id, Duration timeout, StandInFacade facade) {
        this.id = id;
        Duration whole = timeout.plus(SLACK);
        this.patience = whole.compareTo(LONGEST) < 0 ? whole : LONGEST;
        this.facade = facade;
    }

    public UUID id() {
        return id;
    }

    synchronized void take(WorkerEvent.OfAttempt event) {
        if (event instanceof WorkerEvent.Started) {
            started = true;
        } else if (event instanceof WorkerEvent.LogLine line) {
            log.add(line.line());
            dropped |= cancelled && line.line().startsWith("Stopped: ");
        } else if (event instanceof WorkerEvent.Progress told) {
            double percent = told.percent() == null ? Double.NaN : told.percent();
            progress.add(new TestResult.Progress(percent, told.message() == null ? "" : told.message()));
        } else if (event instanceof WorkerEvent.Retrying retrying) {
            retries.add(retrying.reason());
        } else if (event instanceof WorkerEvent.Succeeded || event instanceof WorkerEvent.Failed) {
            outcome = outcome == null ? event : outcome;
        }
        notifyAll();
    }

    /**
     * Waits until the worker has reported that it runs, which it does half a second after the start.
     *
     * @throws AssertionError if it does not in time
     */
    public SubmittedJob awaitRunning() {
        await("start", () -> started);
        return this;
    }

    /**
     * Waits until the job's log has a line that contains this.
     *
     * @throws AssertionError if it has not in time
     */
    public SubmittedJob awaitLog(String part) {
        await("log \"" + part + "\"", () -> log.stream().anyMatch(line -> line.contains(part)));
        return this;
    }

    /** Cancels the job as the facade does: the handler is interrupted, or the message is dropped before it runs. */
    public SubmittedJob cancel() {
        synchronized (this) {
            cancelled = true;
        }
        facade.cancel(id, this::drop);
        return this;
    }

    private synchronized void drop() {
        dropped = true;
        notifyAll();
    }

    /** Why the attempts before the last one came to nothing, in order: failed for now, or put off. */
    public synchronized List<String> retries() {
        return List.copyOf(retries);
    }

    /**
     * Waits for the outcome of the last attempt, or for a cancelled job's end, for the contract's timeout and 30 s, two
     * minutes at most.
     *
     * @throws AssertionError if there is none by then, with what the worker has reported
     */
    public synchronized TestResult await() {
        await("end", () -> outcome != null || dropped);
        byte[] output = outcome instanceof WorkerEvent.Succeeded succeeded ? succeeded.output() : null;
        Failure failure = outcome instanceof WorkerEvent.Failed failed ? failed.failure() : null;
        return new TestResult(
                output == null ? null : StrictJson.read(output),
                outcome instanceof WorkerEvent.Succeeded succeeded ? succeeded.file() : null,
                failure,
                null,
                false,
                null,
                progress,
                log);
    }

    private synchronized void await(String what, BooleanSupplier done) {
        long end = System.nanoTime() + patience.toNanos();
        try {
            while (!done.getAsBoolean()) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0 || outcome != null || dropped) {
                    throw new AssertionError("job " + id + " did not " + what
                            + (left <= 0 ? " within " + patience : " before its end") + "; outcome: " + outcome
                            + ", retries: " + retries + ", log: " + log);
                }
                wait(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for job " + id + " to " + what, e);
        }
    }
}
