package io.plainsail.worker.service;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.RetryPolicy;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.ResultFile;
import io.plainsail.contracts.wire.UndecodableMessageException;
import io.plainsail.contracts.wire.WireText;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.Failpoint;
import io.plainsail.messaging.trace.MessageSpans;
import io.plainsail.messaging.trace.Tracing;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobSnoozedException;
import io.plainsail.worker.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The pipeline of one delivery, on the thread of a lane:
 *
 * <ol>
 *   <li>decode: what cannot be read, or is of another type, is rejected and so becomes a dead message; what comes too
 *       early is sent to rest once more;
 *   <li>ask the facade, if the attempt may not be the only one: it may be dropped here, or come again later;
 *   <li>run: parse the input, call the handler;
 *   <li>conclude: check the output, get the file onto its way, or turn what was thrown into a failure;
 *   <li>if another attempt may help, or was asked for, and the policy allows it: send its message to rest in the
 *       transport, and go on when that is confirmed;
 *   <li>report: outcome and rest of the log go to the event sink;
 *   <li>ack, when the outcome is confirmed.
 * </ol>
 *
 * <p>Whatever a handler does or throws, {@link #run} returns normally and the delivery is settled or on its way to be.
 * Thread-safe.
 */
final class AttemptRunner {
    static final String MDC_JOB = "job";
    static final String TIMED_OUT = "attempt-timeout";

    /** What is so little early that resting again would make it later: the transport's shortest step is a second. */
    static final Duration EARLY = Duration.ofMillis(100);

    /** How often a job may be put off; each time is one attempt more. */
    static final int MAX_SNOOZES = 1_000;

    static final Duration LONGEST_SNOOZE = Duration.ofDays(30);

    private static final Logger LOG = LoggerFactory.getLogger(AttemptRunner.class);

    private final WorkerTime time;
    private final WorkerConfig.Attempts bounds;
    private final OutputBytes outputs;
    private final ResultFiles files;
    private final AttemptGuard guard;
    private final NextAttempts nextAttempts;
    private final EventSink events;
    private final MessageSpans spans;

    AttemptRunner(
            WorkerTime time,
            WorkerConfig.Attempts bounds,
            ResultFiles files,
            AttemptGuard guard,
            NextAttempts nextAttempts,
            EventSink events) {
        this(time, bounds, files, guard, nextAttempts, events, MessageSpans.off());
    }

    AttemptRunner(
            WorkerTime time,
            WorkerConfig.Attempts bounds,
            ResultFiles files,
            AttemptGuard guard,
            NextAttempts nextAttempts,
            EventSink events,
            MessageSpans spans) {
        this.spans = spans;
        this.time = time;
        this.bounds = bounds;
        this.outputs = new OutputBytes(bounds.maxOutputBytes());
        this.files = files;
        this.guard = guard;
        this.nextAttempts = nextAttempts;
        this.events = events;
    }

    /**
     * Runs one delivery to its end.
     *
     * @param running told the attempt when it begins and null when it has ended, for the watch
     */
    void run(ReadyQueue.Work work, Consumer<@Nullable Attempt> running) {
        JobMessage job = decode(work);
        if (job == null) {
            return;
        }
        if (NextAttemptOutbox.restOf(job, time) != null) {
            nextAttempts.send(job, work.delivery()::ack);
            return;
        }
        AttemptGuard.Permit permit;
        try {
            permit = guard.ask(work, job);
        } catch (RuntimeException e) {
            LOG.error("It could not be decided whether job {} may run; its message goes back", job.jobId(), e);
            work.delivery().requeue();
            return;
        }
        if (permit instanceof AttemptGuard.Go go) {
            try {
                runAttempt(work, go, running);
            } finally {
                go.done().run();
            }
        } else if (permit instanceof AttemptGuard.Later later) {
            nextAttempts.send(later.again(), work.delivery()::ack);
        } else if (permit instanceof AttemptGuard.Refuse refuse) {
            reject(work, refuse.reason());
        } else {
            LOG.debug("A message of job {} is dropped: {}", job.jobId(), ((AttemptGuard.Drop) permit).reason());
            work.type().meters().dropped();
            work.delivery().ack();
        }
    }

    private void runAttempt(ReadyQueue.Work work, AttemptGuard.Go go, Consumer<@Nullable Attempt> running) {
        JobMessage job = go.job();
        Context sent = Tracing.context(job.trace());
        Span span = spans.processing(Destination.jobs(job.jobType()), sent, job.jobId(), job.attempt());
        Attempt attempt = new Attempt(
                work.type(), job, work.delivery(), Thread.currentThread(), time, bounds, sent.with(span), go.done());
        Instant due = job.notBefore() == null ? job.acceptedAt() : job.notBefore();
        work.type().meters().started(Duration.between(due, time.now()));
        MDC.put(MDC_JOB, job.jobId().toString());
        running.accept(attempt);
        try (Scope ignored = attempt.trace().makeCurrent()) {
            Failpoint.DELIVERED.pass();
            Conclusion conclusion = conclusionOf(attempt);
            Failpoint.HANDLED.pass();
            if (attempt.conclude()) {
                carryOut(attempt, conclusion);
            }
        } catch (Throwable thrown) {
            lastResort(attempt, thrown);
        } finally {
            running.accept(null);
            Thread.interrupted();
            MDC.clear();
        }
    }

    private static @Nullable JobMessage decode(ReadyQueue.Work work) {
        String reason;
        try {
            JobMessage job = JobMessageCodec.decode(work.delivery().message());
            if (!job.jobType().equals(work.type().jobType())) {
                reason = "its type is " + job.jobType();
            } else if (job.attempt() < 1) {
                reason = "its attempt is " + job.attempt() + ": must be 1 or more";
            } else if (job.timeout().isZero() || job.timeout().isNegative()) {
                reason = "its timeout is " + job.timeout() + ": must be more than zero";
            } else {
                return job;
            }
        } catch (UndecodableMessageException e) {
            reason = String.valueOf(e.getMessage());
        } catch (RuntimeException e) {
            reason = e.toString();
        }
        reject(work, reason);
        return null;
    }

    private static void reject(ReadyQueue.Work work, String reason) {
        LOG.warn(
                "A message in the queue of {} is moved to the dead messages: {}",
                work.type().jobType(),
                WireText.storable(reason, 500));
        work.type().meters().rejected();
        work.delivery().reject();
    }

    private Conclusion conclusionOf(Attempt attempt) {
        try {
            attempt.readInput();
        } catch (InvalidJsonException e) {
            Failure failure = Failure.of(
                    ErrorCategory.INVALID_INPUT, "invalid-json", "the input is not strict JSON: " + e.getMessage());
            return failed(attempt, failure, List.of());
        }
        Thread.currentThread().setContextClassLoader(attempt.type().classLoader());
        try {
            Outcome outcome = attempt.type().handler().handle(attempt);
            Attempt.Interruption interruption = attempt.endHandling();
            return interruption == Attempt.Interruption.NONE
                    ? succeeded(attempt, outcome)
                    : interrupted(attempt, interruption, null);
        } catch (Throwable thrown) {
            Attempt.Interruption interruption = attempt.endHandling();
            return interruption == Attempt.Interruption.NONE
                    ? thrown(attempt, thrown)
                    : interrupted(attempt, interruption, thrown);
        }
    }

    private Conclusion succeeded(Attempt attempt, @Nullable Outcome outcome) {
        try {
            if (outcome == null) {
                throw new AttemptFailedException(ErrorCategory.INTERNAL, "no-outcome", "the handler returned null");
            }
            byte[] output = outputs.of(outcome.output(), attempt.type());
            Outcome.File made = outcome.file();
            ResultFile file = made == null ? null : files.report(attempt, made);
            return new Conclusion.Report(
                    new WorkerEvent.Succeeded(
                            attempt.jobId(), attempt.attempt(), attempt.startedAt(), time.now(), output, file),
                    List.of());
        } catch (AttemptFailedException e) {
            return failed(attempt, e.failure(), List.of());
        } catch (NotCurrentException e) {
            return new Conclusion.Drop(String.valueOf(e.getMessage()));
        }
    }

    /** An attempt that was interrupted has no outcome of its own, even if it returned one: it may be half of it. */
    private Conclusion interrupted(Attempt attempt, Attempt.Interruption why, @Nullable Throwable thrown) {
        if (why == Attempt.Interruption.DRAIN) {
            return new Conclusion.HandBack();
        }
        if (why == Attempt.Interruption.STOPPED) {
            return new Conclusion.Drop(String.valueOf(attempt.stopReason()));
        }
        List<String> lines = thrown instanceof JobFailedException failed
                ? List.of("At its end the handler said: " + failed.getMessage())
                : List.of();
        return failed(attempt, timedOut(attempt), lines);
    }

    private Conclusion thrown(Attempt attempt, Throwable thrown) {
        if (thrown instanceof JobSnoozedException snoozed) {
            return snoozed(attempt, snoozed);
        }
        Failure failure = ThrownFailure.of(thrown);
        boolean itsOwnWords = thrown instanceof JobFailedException;
        if (!itsOwnWords && attempt.type().mayWarn(time.nanos())) {
            LOG.warn(
                    "{} attempt {} failed by {}; the stack trace is in the job's log. Told once a second at most",
                    attempt.jobType(),
                    attempt.attempt(),
                    WireText.storable(thrown.toString(), 500));
        }
        boolean noTrace = itsOwnWords && thrown.getCause() == null;
        Instant notBefore =
                thrown instanceof JobFailedException told ? told.notBefore().orElse(null) : null;
        return failed(attempt, failure, notBefore, noTrace ? List.of() : ThrownFailure.trace(thrown));
    }

    private Conclusion snoozed(Attempt attempt, JobSnoozedException snoozed) {
        JobMessage job = attempt.job();
        Instant latest = time.now().plus(LONGEST_SNOOZE);
        int snoozes = job.attempt() - job.failedAttempts();
        if (snoozes > MAX_SNOOZES || snoozed.until().isAfter(latest)) {
            String bound = snoozes > MAX_SNOOZES ? MAX_SNOOZES + " times" : LONGEST_SNOOZE + " ahead";
            return failed(
                    attempt,
                    Failure.of(
                            ErrorCategory.LIMIT_EXCEEDED,
                            "snooze",
                            "the handler put the job off until " + snoozed.until() + ": at most " + bound),
                    List.of());
        }
        String reason = WireText.storable(String.valueOf(snoozed.getMessage()), 1_000);
        return retry(attempt, snoozed.until(), null, reason, List.of());
    }

    private Conclusion failed(Attempt attempt, Failure failure, List<String> lastLines) {
        return failed(attempt, failure, null, lastLines);
    }

    private Conclusion failed(Attempt attempt, Failure failure, @Nullable Instant notBefore, List<String> lastLines) {
        JobMessage job = attempt.job();
        RetryPolicy policy = job.retryBounds().within(attempt.type().contract().retry());
        int failedAttempts = job.failedAttempts() + 1;
        if (!failure.category().retryable() || failedAttempts >= policy.attempts()) {
            return new Conclusion.Report(failedEvent(attempt, failure), lastLines);
        }
        Instant now = time.now();
        Instant nextAt =
                now.plus(policy.rest(failedAttempts, ThreadLocalRandom.current().nextDouble()));
        if (notBefore != null && notBefore.isAfter(nextAt)) {
            Instant latest = now.plus(attempt.type().contract().retry().maxBackoff());
            nextAt = notBefore.isBefore(latest) ? notBefore : latest;
        }
        return retry(attempt, nextAt, failure, WireText.storable(failure.message(), 1_000), lastLines);
    }

    private Conclusion retry(
            Attempt attempt, Instant nextAt, @Nullable Failure failure, String reason, List<String> lastLines) {
        WorkerEvent.Retrying outcome = new WorkerEvent.Retrying(
                attempt.jobId(), attempt.attempt(), attempt.startedAt(), time.now(), nextAt, failure, reason);
        return new Conclusion.Retry(attempt.job().next(nextAt, failure != null), outcome, lastLines);
    }

    private WorkerEvent.Failed failedEvent(Attempt attempt, Failure failure) {
        return new WorkerEvent.Failed(attempt.jobId(), attempt.attempt(), attempt.startedAt(), time.now(), failure);
    }

    private static Failure timedOut(Attempt attempt) {
        return Failure.of(
                ErrorCategory.TIMEOUT, TIMED_OUT, "the attempt ran longer than its timeout, " + attempt.timeout());
    }

    private void carryOut(Attempt attempt, Conclusion conclusion) {
        try (Scope ignored = attempt.trace().makeCurrent()) {
            AttemptSpan.end(attempt.span(), conclusion);
            carryOutInTrace(attempt, conclusion);
        }
    }

    private void carryOutInTrace(Attempt attempt, Conclusion conclusion) {
        AttemptMeters meters = attempt.type().meters();
        if (conclusion instanceof Conclusion.Report report) {
            if (report.outcome() instanceof WorkerEvent.Failed failed) {
                meters.failed(failed.failure().category(), attempt.runNanos());
            } else {
                meters.succeeded(attempt.runNanos());
            }
            events.outcome(attempt.restOfLog(report.lastLines()), report.outcome(), attempt.delivery()::ack);
        } else if (conclusion instanceof Conclusion.Retry retry) {
            Failure failure = retry.outcome().failure();
            if (failure == null) {
                meters.snoozed(attempt.runNanos());
            } else {
                meters.failed(failure.category(), attempt.runNanos());
            }
            List<WorkerEvent.LogLine> restOfLog = attempt.restOfLog(retry.lastLines());
            // First the next attempt: if the process ends between the two, one attempt runs again, and none is missing.
            nextAttempts.send(retry.next(), () -> {
                Failpoint.NEXT_ATTEMPT_CONFIRMED.pass();
                try (Scope ignored = attempt.trace().makeCurrent()) {
                    events.outcome(restOfLog, retry.outcome(), attempt.delivery()::ack);
                }
            });
        } else if (conclusion instanceof Conclusion.Drop drop) {
            LOG.info(
                    "{} attempt {} is not current any more, its outcome is dropped: {}",
                    attempt.jobType(),
                    attempt.attempt(),
                    drop.reason());
            meters.dropped();
            events.offer(
                    attempt.restOfLog(attempt.stopReason() == null ? List.of() : List.of("Stopped: " + drop.reason())));
            attempt.delivery().ack();
        } else {
            handBack(attempt);
        }
    }

    /** Gives the job of an ended attempt back to its queue. */
    void handBack(Attempt attempt) {
        AttemptSpan.end(attempt.span(), new Conclusion.HandBack());
        attempt.type().meters().handedBack();
        events.offer(List.of(
                new WorkerEvent.HandedBack(attempt.jobId(), attempt.attempt(), attempt.startedAt(), time.now())));
        attempt.delivery().requeue();
    }

    /** For the watch: ends an attempt that nobody wants and that ignored its interrupt. The caller has abandoned it. */
    void dropAbandoned(Attempt attempt) {
        carryOut(
                attempt,
                new Conclusion.Drop(attempt.stopReason() + "; it ignored its interrupt, its thread is given up"));
    }

    /** For the watch: reports an attempt that ignored its interrupt. The caller has abandoned it. */
    void reportAbandoned(Attempt attempt) {
        carryOut(
                attempt,
                failed(
                        attempt,
                        timedOut(attempt),
                        List.of("The handler did not end when it was interrupted; its thread is given up.")));
    }

    /** Not even the failure could be told, most likely for want of memory: the job runs again. */
    private static void lastResort(Attempt attempt, Throwable thrown) {
        attempt.conclude();
        attempt.span().end();
        attempt.delivery().requeue();
        LOG.error(
                "The outcome of {} attempt {} could not be reported; the job is handed back to run again",
                attempt.jobType(),
                attempt.attempt(),
                thrown);
    }
}
