package io.plainsail.bench.scenario;

import io.plainsail.bench.load.LoadMain;
import io.plainsail.bench.load.LoadPlan;
import io.plainsail.bench.load.LoadResult;
import io.plainsail.bench.load.Pace;
import io.plainsail.bench.load.Target;
import io.plainsail.testbed.JavaProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** Runs the load generator as a process of its own. */
final class LoadProcess {
    private static final Duration MARGIN = Duration.ofSeconds(90);

    private LoadProcess() {}

    /**
     * Loads and measures as long as the settings say.
     *
     * @param watched process ids by name
     * @param directory for the files that are exchanged with it
     * @throws BenchException if it does not come to an end, or any request got an answer that it should not
     */
    static LoadResult run(Settings settings, Target target, Pace pace, Map<String, Long> watched, Path directory) {
        return run(new LoadPlan(
                target,
                pace,
                settings.warmUpSeconds() * 1_000L,
                settings.seconds() * 1_000L,
                watched,
                directory.resolve("result.json")));
    }

    /** Follows a plan of one's own. */
    static LoadResult run(LoadPlan plan) {
        Path file = plan.result().resolveSibling("plan.json");
        try {
            Files.deleteIfExists(plan.result());
            LoadMain.MAPPER.writeValue(file.toFile(), plan);
            try (JavaProcess load = JavaProcess.of(LoadMain.class)
                    .jvmOptions(Jvm.array(Jvm.LOAD))
                    .arguments(file.toString())
                    .start()) {
                Duration bound = MARGIN.plusMillis(plan.warmUpMillis() + plan.measuredMillis());
                Waiting.until("the load generator has ended", bound, () -> !load.isAlive());
                if (!plan.result().toFile().exists()) {
                    throw new BenchException("the load generator gave no result: " + load.outputTail());
                }
            }
            LoadResult result = LoadMain.MAPPER.readValue(plan.result().toFile(), LoadResult.class);
            if (result.failures() > 0) {
                throw new BenchException(result.failures() + " requests failed, the first: " + result.firstFailure());
            }
            return result;
        } catch (IOException e) {
            throw new UncheckedIOException("the load generator cannot be run", e);
        }
    }
}
