package io.plainsail.bench.scenario;

import io.plainsail.bench.load.FacadeCounters;
import io.plainsail.bench.load.LoadPlan;
import io.plainsail.bench.load.LoadResult;
import io.plainsail.bench.load.Pace;
import io.plainsail.bench.load.Target;
import io.plainsail.bench.measure.Histogram;
import io.plainsail.bench.report.Figure;
import io.plainsail.bench.report.Measurement;
import io.plainsail.bench.report.ProcessFigures;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Jobs are accepted and handed to the broker; the worker has made its queue and ended, so that nobody takes them.
 *
 * <p>Single calls come as fast as they are answered. Bulk calls could outrun the relay and fill the outbox to its bound,
 * so they wait for it: what is measured can go on for ever. How fast they are accepted without that is measured apart, in
 * a burst.
 */
final class Accepting implements Scenario {
    static final int SINGLE_CONNECTIONS = 64;
    static final int BULK_CONNECTIONS = 2;
    static final int BULK_JOBS = 500;

    /** Below what the relay holds in memory: past that it reads jobs back from the store. */
    private static final int UNCONFIRMED = 4_500;

    private static final int BURST_SECONDS = 3;

    private final Settings settings;
    private final String name;
    private final String about;
    private final boolean bulk;

    private Accepting(Settings settings, String name, String about, boolean bulk) {
        this.settings = settings;
        this.name = name;
        this.about = about;
        this.bulk = bulk;
    }

    static Accepting single(Settings settings) {
        String about = "POST /v1/jobs, 1 KB, %d connections, closed loop; relay at work, no worker";
        return new Accepting(settings, "accept", about.formatted(SINGLE_CONNECTIONS), false);
    }

    static Accepting bulk(Settings settings) {
        String about = "POST /v1/jobs/bulk, %d jobs of 1 KB, %d connections; at most %,d jobs not yet with the broker,"
                + " no worker";
        return new Accepting(settings, "bulk", about.formatted(BULK_JOBS, BULK_CONNECTIONS, UNCONFIRMED), true);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Measurement run() {
        try (Servers servers = Servers.start(settings.store());
                Services services = Services.start(servers, settings)) {
            services.endWorker();
            Target target = new Target(
                    services.port(),
                    services.adminPort(),
                    bulk ? BULK_JOBS : 1,
                    bulk ? BULK_CONNECTIONS : SINGLE_CONNECTIONS);
            Pace pace = bulk ? Pace.untilConfirmed(UNCONFIRMED) : Pace.closed();
            Profile profile = Profile.start(settings, name, services);
            LoadResult result = LoadProcess.run(settings, target, pace, services.processes(), servers.directory());
            profile.end(result);

            List<Figure> figures = new ArrayList<>(figures(result));
            if (bulk) {
                figures.add(burst(target, servers.directory()));
            }
            return new Measurement(
                    name,
                    about,
                    "job",
                    servers.versions(),
                    figures,
                    ProcessFigures.between(result.first(), result.last(), result.jobs()),
                    result.foreignShare());
        }
    }

    private static List<Figure> figures(LoadResult result) {
        double seconds = result.seconds();
        double handedOver = result.last().grown(FacadeCounters.CONFIRMED, result.first());
        List<Figure> figures = new ArrayList<>();
        figures.add(new Figure("jobsPerSecond", "accepted", result.jobs() / seconds, "jobs/s"));
        figures.add(new Figure("requestsPerSecond", "requests accepted", result.requests() / seconds, "requests/s"));
        figures.addAll(answers(result));
        figures.add(new Figure("handedOverPerSecond", "confirmed by the broker", handedOver / seconds, "jobs/s"));
        figures.add(new Figure("refused", "refused: some bound was reached", result.refused(), "requests"));
        return figures;
    }

    private static Figure burst(Target target, Path directory) {
        LoadResult burst = LoadProcess.run(new LoadPlan(
                target, Pace.closed(), 0, BURST_SECONDS * 1_000L, Map.of(), directory.resolve("burst.json")));
        return new Figure(
                "burstJobsPerSecond",
                "accepted in a burst of " + BURST_SECONDS + " s",
                burst.jobs() / burst.seconds(),
                "jobs/s");
    }

    /** How long requests took. */
    static List<Figure> answers(LoadResult result) {
        return List.of(
                millis("answerP50", "answer, p50", result.answers(), 0.5),
                millis("answerP99", "answer, p99", result.answers(), 0.99));
    }

    static Figure millis(String key, String label, Histogram micros, double part) {
        return new Figure(key, label, micros.quantile(part) / 1_000.0, "ms");
    }
}
