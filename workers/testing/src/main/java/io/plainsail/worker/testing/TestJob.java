package io.plainsail.worker.testing;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.Violation;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.messaging.trace.Tracing;
import io.plainsail.worker.JobHandler;
import io.plainsail.worker.service.ResultDelivery;
import io.plainsail.worker.service.SingleRun;
import io.plainsail.worker.service.WorkerConfig;
import io.plainsail.worker.service.WorkerService;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A job to run a handler with, in a test: checked against the contract as the facade does, then run through the pipeline
 * of a worker process with default settings. It belongs to the trace that the test's thread works in, if it does in one.
 * Immutable: each method returns another job.
 *
 * <pre>{@code
 * TestResult result = TestJob.of(contract, "{\"name\": \"Ada\"}").run(handler);
 * }</pre>
 *
 * @param timeout of the attempt; never above the contract's
 * @param results takes result files that are too large for the outcome
 * @param clock what deadline and timeout go by; by default the system's
 */
public record TestJob(
        Contract contract,
        byte[] input,
        UUID jobId,
        int attempt,
        Duration timeout,
        ResultDelivery results,
        Clock clock) {

    /** The job's token: what a result delivery is shown. */
    public static final String TOKEN = "token-of-a-test-job";

    /** A failure is told as one, not as a further attempt to come. */
    private static final RetryBounds LAST_ATTEMPT = new RetryBounds(1, null);

    /** A first attempt at a job with this input. */
    public static TestJob of(Contract contract, String json) {
        return new TestJob(
                contract,
                json.getBytes(StandardCharsets.UTF_8),
                UUID.randomUUID(),
                1,
                contract.timeout(),
                new RecordingResultDelivery(),
                Clock.systemUTC());
    }

    public static TestJob of(Contract contract, JsonNode input) {
        return of(contract, input.toString());
    }

    public TestJob withJobId(UUID other) {
        return new TestJob(contract, input, other, attempt, timeout, results, clock);
    }

    public TestJob withAttempt(int other) {
        return new TestJob(contract, input, jobId, other, timeout, results, clock);
    }

    /** With a short one, a handler that waits is interrupted soon. */
    public TestJob withTimeout(Duration other) {
        return new TestJob(contract, input, jobId, attempt, other, results, clock);
    }

    public TestJob deliveringTo(ResultDelivery other) {
        return new TestJob(contract, input, jobId, attempt, timeout, other, clock);
    }

    /**
     * The attempt's times go by this clock, such as a {@link io.plainsail.testbed.MovingClock}: the handler times out when
     * it is moved past the deadline, and never while it stands still.
     */
    public TestJob withClock(Clock other) {
        return new TestJob(contract, input, jobId, attempt, timeout, results, other);
    }

    /**
     * Runs the handler on another thread and waits for its end, some seconds longer than the timeout at most.
     *
     * @return with failure {@code invalid-input}, code {@code input-schema}, if the facade would refuse the input: the
     *     handler is not called then
     */
    public TestResult run(JobHandler handler) {
        Failure refused = refusal();
        return refused == null ? begin(handler).await() : TestResult.refused(refused);
    }

    /**
     * Starts the handler and returns while it runs, for a test that cancels it, moves the clock or watches its progress.
     *
     * @throws AssertionError if the facade would refuse the input
     */
    public RunningJob start(JobHandler handler) {
        Failure refused = refusal();
        if (refused != null) {
            throw new AssertionError(refused.message());
        }
        return begin(handler);
    }

    private RunningJob begin(JobHandler handler) {
        RecordingHandler recording = new RecordingHandler(handler);
        JobMessage job = JobMessage.builder(jobId, contract.jobType(), clock.instant(), timeout, TOKEN, input)
                .attempt(attempt)
                .retryBounds(LAST_ATTEMPT)
                .failedAttempts(attempt - 1)
                .trace(Tracing.current())
                .build();
        SingleRun run = SingleRun.start(
                new WorkerService.Handled(contract, recording),
                job,
                results,
                WorkerConfig.defaults(Map.of()).attempts(),
                clock);
        return new RunningJob(run, recording);
    }

    private @Nullable Failure refusal() {
        if (input.length > contract.maxInputBytes()) {
            return refused(input.length + " bytes: the contract allows " + contract.maxInputBytes());
        }
        try {
            List<Violation> violations = SchemaCheck.of(contract.inputSchema(), contract.jobType() + " input schema")
                    .violations(StrictJson.read(input));
            return violations.isEmpty() ? null : refused(violations.toString());
        } catch (InvalidJsonException e) {
            return refused(String.valueOf(e.getMessage()));
        }
    }

    private static Failure refused(String why) {
        return Failure.of(ErrorCategory.INVALID_INPUT, "input-schema", "the facade would refuse the input: " + why);
    }
}
