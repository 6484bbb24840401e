package io.plainsail.facade.contracts;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.Violation;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.lifecycle.JobState;
import io.plainsail.facade.job.StoredInputs;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells how many of the jobs that are there would break by a change of their contract: those that wait, run, or failed for good and may be
 * repeated. Reads a little at a time, and no longer than it may. Thread-safe.
 */
public final class DataCheck {
    /** More are not looked at. */
    static final int MAX_JOBS = 500_000;

    static final int MAX_EXAMPLES = 10;
    private static final int BATCH_JOBS = 100;
    private static final long BATCH_BYTES = 4L * 1024 * 1024;

    private final StoredInputs stored;
    private final Clock clock;

    /**
     * @param checked jobs looked at
     * @param total that there are to look at
     * @param wouldBreak of those checked
     * @param complete whether all were looked at; else time or number was up
     * @param examples some of those that would break, oldest first
     */
    public record Result(long checked, long total, long wouldBreak, boolean complete, List<Broken> examples) {
        public static final Result NOTHING = new Result(0, 0, 0, true, List.of());

        public Result {
            examples = List.copyOf(examples);
        }
    }

    /**
     * A job whose input the contract does not allow.
     *
     * @param pointer into its input
     */
    public record Broken(UUID job, String state, String pointer, String rule, String detail) {}

    public DataCheck(StoredInputs stored, Clock clock) {
        this.stored = stored;
        this.clock = clock;
    }

    /**
     * @param inForce what such a job broke before is not counted; null if there is none
     * @param atMost how long it may take
     * @param progress is told after each batch
     */
    public Result check(
            Contract contract, ContractRegistry.@Nullable Known inForce, Duration atMost, Consumer<Result> progress) {
        Instant end = clock.instant().plus(atMost);
        SchemaCheck schema = SchemaCheck.of(contract.inputSchema(), contract.jobType() + " input schema");
        List<UUID> ids = stored.mayRun(contract.jobType(), MAX_JOBS + 1);
        boolean all = ids.size() <= MAX_JOBS;
        int total = Math.min(ids.size(), MAX_JOBS);
        List<Broken> examples = new ArrayList<>();
        long broken = 0;
        int at = 0;
        while (at < total && clock.instant().isBefore(end)) {
            StoredInputs.Batch batch = stored.inputs(ids.subList(at, total), BATCH_JOBS, BATCH_BYTES);
            at += batch.taken();
            for (StoredInputs.Stored job : batch.inputs()) {
                Optional<Violation> violation = violation(contract, schema, job.input());
                boolean fitted = inForce == null
                        || violation(inForce.contract(), inForce.input(), job.input())
                                .isEmpty();
                if (violation.isPresent() && fitted) {
                    broken++;
                    if (examples.size() < MAX_EXAMPLES) {
                        examples.add(broken(job, violation.get()));
                    }
                }
            }
            progress.accept(new Result(at, ids.size(), broken, false, examples));
        }
        return new Result(at, ids.size(), broken, all && at == total, examples);
    }

    private static Broken broken(StoredInputs.Stored job, Violation violation) {
        JobState state = job.state();
        return new Broken(job.jobId(), state.word(), violation.pointer(), violation.rule(), violation.detail());
    }

    private static Optional<Violation> violation(Contract contract, SchemaCheck schema, byte[] input) {
        if (input.length > contract.maxInputBytes()) {
            return Optional.of(new Violation(
                    "",
                    "maxInputBytes",
                    "it has " + input.length + " bytes, and " + contract.maxInputBytes() + " are allowed"));
        }
        try {
            JsonNode value = StrictJson.read(input);
            return schema.violations(value).stream().findFirst();
        } catch (InvalidJsonException e) {
            return Optional.of(new Violation("", "json", String.valueOf(e.getMessage())));
        }
    }
}
