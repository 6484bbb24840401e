package io.plainsail.bench.scenario;

import io.plainsail.bench.load.FacadeCounters;
import io.plainsail.bench.load.LoadResult;
import io.plainsail.bench.load.Pace;
import io.plainsail.bench.load.Target;
import io.plainsail.bench.report.Figure;
import io.plainsail.bench.report.Measurement;
import io.plainsail.bench.report.ProcessFigures;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * From accepted to outcome recorded, as fast as the whole chain goes: new jobs come as old ones finish. At the end every
 * accepted job must stand in the store as succeeded.
 */
final class EndToEnd implements Scenario {
    /** Jobs accepted and not finished: enough that no stage starves, few enough that no queue grows. */
    private static final int WINDOW = 5_000;

    private static final Duration LAST_JOBS = Duration.ofMinutes(2);

    private final Settings settings;
    private final String name;
    private final String about;
    private final int jobsPerRequest;
    private final int connections;

    private EndToEnd(Settings settings, String name, String about, int jobsPerRequest, int connections) {
        this.settings = settings;
        this.name = name;
        this.about = about;
        this.jobsPerRequest = jobsPerRequest;
        this.connections = connections;
    }

    static EndToEnd bulk(Settings settings) {
        String about = "submitted %d at a time, run by one worker, outcome recorded; at most %,d jobs under way";
        return new EndToEnd(
                settings,
                "e2e",
                about.formatted(Accepting.BULK_JOBS, WINDOW),
                Accepting.BULK_JOBS,
                Accepting.BULK_CONNECTIONS);
    }

    static EndToEnd single(Settings settings) {
        String about = "submitted one by one over %d connections, run by one worker, outcome recorded";
        return new EndToEnd(
                settings, "e2e-single", about.formatted(Accepting.SINGLE_CONNECTIONS), 1, Accepting.SINGLE_CONNECTIONS);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Measurement run() {
        try (Servers servers = Servers.start(settings.store());
                Services services = Services.start(servers, settings)) {
            Target target = new Target(services.port(), services.adminPort(), jobsPerRequest, connections);
            Profile profile = Profile.start(settings, name, services);
            LoadResult result = LoadProcess.run(
                    settings, target, Pace.untilFinished(WINDOW), services.processes(), servers.directory());
            profile.end(result);
            services.awaitFinished(result.allJobs(), LAST_JOBS);
            services.endFacade();

            double recorded = result.last().grown(FacadeCounters.FINISHED, result.first());
            return new Measurement(
                    name,
                    about,
                    "job",
                    servers.versions(),
                    List.of(
                            new Figure("jobsPerSecond", "outcomes recorded", recorded / result.seconds(), "jobs/s"),
                            new Figure("acceptedPerSecond", "accepted", result.jobs() / result.seconds(), "jobs/s"),
                            new Figure("allJobs", "jobs in all, warm-up included", result.allJobs(), "jobs"),
                            unaccounted(result.allJobs(), servers)),
                    ProcessFigures.between(result.first(), result.last(), Math.round(recorded)),
                    result.foreignShare());
        }
    }

    /** Answered 202 and not succeeded, or in the store without having been answered. */
    static Figure unaccounted(long accepted, Servers servers) {
        Map<String, Long> states = servers.jobsByState();
        long stored = states.values().stream().mapToLong(count -> count).sum();
        long succeeded = states.getOrDefault("succeeded", 0L);
        long wrong = Math.abs(accepted - succeeded) + (stored - succeeded);
        return new Figure("unaccounted", "accepted and not succeeded, by the store", wrong, "jobs");
    }
}
