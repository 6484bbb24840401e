package io.plainsail.workers.@PACKAGE@;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobHandler;
import io.plainsail.worker.Outcome;
import java.util.Map;

/** Renders a greeting. Thread-safe. */
final class @HANDLER@Handler implements JobHandler {
    private final @CLASS@Config config;

    /** What the input schema promises. */
    record Input(String name) {}

    @HANDLER@Handler(@CLASS@Config config) {
        this.config = config;
    }

    @Override
    public Outcome handle(JobContext job) throws JobFailedException {
        Input input = job.input(Input.class);
        if (input.name().isBlank()) {
            throw new JobFailedException(
                    ErrorCategory.INVALID_INPUT, "blank-name", "name is blank: nobody can be greeted");
        }
        job.log("Greeting " + input.name());
        job.progress(50, "greeting");
        return Outcome.of(Map.of("greeting", config.greeting() + ", " + input.name() + "!"));
    }
}
