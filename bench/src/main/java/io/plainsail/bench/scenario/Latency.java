package io.plainsail.bench.scenario;

import io.plainsail.bench.load.LoadPlan;
import io.plainsail.bench.load.LoadResult;
import io.plainsail.bench.load.Pace;
import io.plainsail.bench.load.Target;
import io.plainsail.bench.measure.Histogram;
import io.plainsail.bench.report.Figure;
import io.plainsail.bench.report.Measurement;
import io.plainsail.bench.report.ProcessFigures;
import java.time.Duration;
import java.util.List;

/**
 * How long a job takes while there is room for more: single calls at a fixed rate, each timed from when it was due. The
 * warm-up goes as fast as it can: at that rate it would take minutes until everything is compiled.
 */
final class Latency implements Scenario {
    private static final int PER_SECOND = 200;
    private static final int CONNECTIONS = 16;
    private static final int WARM_UP_WINDOW = 500;
    private static final long SETTLE_MILLIS = 2_000;
    private static final Duration LAST_JOBS = Duration.ofSeconds(30);

    private final Settings settings;

    Latency(Settings settings) {
        this.settings = settings;
    }

    @Override
    public String name() {
        return "latency";
    }

    @Override
    public Measurement run() {
        try (Servers servers = Servers.start(settings.store());
                Services services = Services.start(servers, settings)) {
            Target target = new Target(services.port(), services.adminPort(), 1, CONNECTIONS);
            LoadResult warmUp =
                    load(target, Pace.untilFinished(WARM_UP_WINDOW), 0, settings.warmUpSeconds(), services, servers);
            services.awaitFinished(warmUp.allJobs(), LAST_JOBS);

            Profile profile = Profile.start(settings, name(), services);
            LoadResult result =
                    load(target, Pace.open(PER_SECOND), SETTLE_MILLIS, settings.seconds(), services, servers);
            profile.end(result);
            long allJobs = warmUp.allJobs() + result.allJobs();
            services.awaitFinished(allJobs, LAST_JOBS);
            Histogram starts = services.endWorker();
            services.endFacade();
            if (starts.count() != result.stamped()) {
                throw new BenchException("the worker timed " + starts.count() + " starts of " + result.stamped()
                        + " jobs: what was measured is not what was sent");
            }
            return new Measurement(
                    name(),
                    "POST /v1/jobs at %d/s, open loop, from when each was due; outcomes seen by GET, 1 job in 10 at most"
                            .formatted(PER_SECOND),
                    "job",
                    servers.versions(),
                    List.of(
                            new Figure("jobsPerSecond", "accepted", result.jobs() / result.seconds(), "jobs/s"),
                            Accepting.millis("answerP50", "submit to 202, p50", result.answers(), 0.5),
                            Accepting.millis("answerP99", "submit to 202, p99", result.answers(), 0.99),
                            Accepting.millis("startP50", "submit to handler start, p50", starts, 0.5),
                            Accepting.millis("startP90", "submit to handler start, p90", starts, 0.9),
                            Accepting.millis("startP99", "submit to handler start, p99", starts, 0.99),
                            Accepting.millis("outcomeP50", "submit to outcome visible, p50", result.outcomes(), 0.5),
                            Accepting.millis("outcomeP99", "submit to outcome visible, p99", result.outcomes(), 0.99),
                            new Figure(
                                    "outcomesSeen",
                                    "outcomes looked at",
                                    result.outcomes().count(),
                                    "jobs"),
                            EndToEnd.unaccounted(allJobs, servers)),
                    ProcessFigures.between(result.first(), result.last(), result.jobs()),
                    result.foreignShare());
        }
    }

    private static LoadResult load(
            Target target, Pace pace, long warmUpMillis, int seconds, Services services, Servers servers) {
        return LoadProcess.run(new LoadPlan(
                target,
                pace,
                warmUpMillis,
                seconds * 1_000L,
                services.processes(),
                servers.directory().resolve("result.json")));
    }
}
