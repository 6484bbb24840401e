package io.plainsail.worker.testing;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.ResultFile;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a test run ended: with an output, with a failure, put off, handed back, or, if it was cancelled, without anything.
 *
 * @param output what the facade would keep
 * @param file the file as the outcome tells of it; its content is inside if it is small, else with the delivery
 * @param failure why it failed, checked by the same rules as in a worker process
 * @param snoozedUntil until when the handler put the job off, if it did
 * @param handedBack whether the job went back to its queue because the worker had to end
 * @param thrown what the handler itself threw, if it did
 * @param progress what the handler told of its progress; with {@link TestJob} none is coalesced
 * @param log the job's log, as it would be reported: bounded, and with the stack trace of a failure
 */
public record TestResult(
        @Nullable JsonNode output,
        @Nullable ResultFile file,
        @Nullable Failure failure,
        @Nullable Instant snoozedUntil,
        boolean handedBack,
        @Nullable Throwable thrown,
        List<Progress> progress,
        List<String> log) {

    /** One call of {@code progress}. */
    public record Progress(double percent, String message) {}

    public TestResult {
        progress = List.copyOf(progress);
        log = List.copyOf(log);
    }

    static TestResult refused(Failure why) {
        return new TestResult(null, null, why, null, false, null, List.of(), List.of());
    }

    /** Whether nothing is reported of the run: the job was cancelled meanwhile, or its result was not wanted any more. */
    public boolean dropped() {
        return output == null && failure == null && snoozedUntil == null && !handedBack;
    }

    public boolean succeeded() {
        return output != null;
    }

    /**
     * The output of a run that should have succeeded.
     *
     * @throws AssertionError telling the failure, if it failed
     */
    public JsonNode requireOutput() {
        if (output == null) {
            throw new AssertionError("the job " + ending() + ", log: " + log, thrown);
        }
        return output;
    }

    /**
     * The failure of a run that should have failed.
     *
     * @throws AssertionError telling the output, if it succeeded, or another category
     */
    public Failure requireFailure(ErrorCategory category) {
        if (failure == null) {
            throw new AssertionError("the job " + ending() + ": expected a failure, " + category);
        }
        if (failure.category() != category) {
            throw new AssertionError("the job failed with " + failure + ": expected " + category, thrown);
        }
        return failure;
    }

    /**
     * The end of a run that should have put the job off.
     *
     * @throws AssertionError telling how it ended, if it did not
     */
    public Instant requireSnooze() {
        if (snoozedUntil == null) {
            throw new AssertionError("the job " + ending() + ": expected it to be put off", thrown);
        }
        return snoozedUntil;
    }

    private String ending() {
        if (output != null) {
            return "succeeded with " + output;
        }
        if (failure != null) {
            return "failed: " + failure;
        }
        if (snoozedUntil != null) {
            return "was put off until " + snoozedUntil;
        }
        return handedBack ? "was handed back" : "was dropped, because nobody wanted it any more";
    }
}
