package io.plainsail.bench.scenario;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How everything is measured.
 *
 * @param root the repository: the facade's configuration and the standalone edition are taken from there
 * @param seconds measured in each scenario
 * @param warmUpSeconds of load before, not measured
 * @param profile a directory for recordings of the facade and the worker; profiling costs a few percent
 */
public record Settings(
        Path root,
        Store store,
        int seconds,
        int warmUpSeconds,
        @Nullable Path profile) {

    /** Where jobs are kept. */
    public enum Store {
        POSTGRESQL,
        H2
    }

    public Settings {
        if (seconds < 1 || warmUpSeconds < 1) {
            throw new IllegalArgumentException("seconds is " + seconds + " and warm-up " + warmUpSeconds
                    + ": must be 1 or more (default 20 and 60)");
        }
        if (!Files.isRegularFile(root.resolve("api-facade/facade.yaml"))) {
            throw new IllegalArgumentException(
                    "the bench runs inside the repository: " + root + " has no api-facade/facade.yaml");
        }
    }

    Path facadeConfiguration() {
        return root.resolve("api-facade/facade.yaml");
    }
}
