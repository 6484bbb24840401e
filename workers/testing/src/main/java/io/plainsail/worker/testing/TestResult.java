package io.plainsail.worker.testing;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.ResultFile;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a test run ended: with an output, with a failure, or put off.
 *
 * @param output what the facade would keep
 * @param file the file as the outcome tells of it; its content is inside if it is small, else with the delivery
 * @param failure why it failed, checked by the same rules as in a worker process
 * @param snoozedUntil until when the handler put the job off, if it did
 * @param thrown what the handler itself threw, if it did
 * @param progress every progress the handler told, none coalesced
 * @param log the job's log, as it would be reported: bounded, and with the stack trace of a failure
 */
public record TestResult(
        @Nullable JsonNode output,
        @Nullable ResultFile file,
        @Nullable Failure failure,
        @Nullable Instant snoozedUntil,
        @Nullable Throwable thrown,
        List<Progress> progress,
        List<String> log) {

    /** One call of {@code progress}. */
    public record Progress(double percent, String message) {}

    public TestResult {
        progress = List.copyOf(progress);
        log = List.copyOf(log);
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
            throw new AssertionError(
                    "the job failed: " + failure + ", or was put off: " + snoozedUntil + ", log: " + log, thrown);
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
            throw new AssertionError("the job succeeded with " + output + " or was put off until " + snoozedUntil
                    + ": expected a failure, " + category);
        }
        if (failure.category() != category) {
            throw new AssertionError("the job failed with " + failure + ": expected " + category, thrown);
        }
        return failure;
    }
}
