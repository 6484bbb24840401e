package io.plainsail.bench.load;

import java.nio.file.Path;
import java.util.Map;

/**
 * What the load generator is to do.
 *
 * @param warmUpMillis load that is not measured, at the beginning
 * @param measuredMillis load that is measured
 * @param watched processes whose use of the machine is measured as well, by name
 * @param result the file that a {@link LoadResult} is written to
 */
public record LoadPlan(
        Target target, Pace pace, long warmUpMillis, long measuredMillis, Map<String, Long> watched, Path result) {

    public LoadPlan {
        if (pace.mode() == Pace.Mode.WINDOWED && (pace.window() < target.jobsPerRequest() || target.adminPort() == 0)) {
            throw new IllegalArgumentException("window is " + pace.window() + " and adminPort " + target.adminPort()
                    + ": must hold a request of " + target.jobsPerRequest() + " jobs, and have metrics to ask");
        }
        if (pace.mode() == Pace.Mode.OPEN && !target.single()) {
            throw new IllegalArgumentException(
                    "jobsPerRequest is " + target.jobsPerRequest() + ": must be 1 where each job's time is measured");
        }
        watched = Map.copyOf(watched);
    }
}
