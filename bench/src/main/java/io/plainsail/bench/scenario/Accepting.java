package io.plainsail.bench.scenario;

import io.plainsail.bench.load.FacadeCounters;
import io.plainsail.bench.load.LoadResult;
import io.plainsail.bench.load.Pace;
import io.plainsail.bench.load.Target;
import io.plainsail.bench.measure.Histogram;
import io.plainsail.bench.report.Figure;
import io.plainsail.bench.report.Measurement;
import io.plainsail.bench.report.ProcessFigures;
import java.util.ArrayList;
import java.util.List;

/**
 * Jobs are accepted as fast as the facade can, and handed to the broker meanwhile; the worker has made its queue and
 * ended, so that nobody takes them. Where the broker is slower than the store, the outbox fills up to its bound; what is
 * refused then is counted apart.
 */
final class Accepting implements Scenario {
    static final int SINGLE_CONNECTIONS = 32;
    static final int BULK_CONNECTIONS = 2;
    static final int BULK_JOBS = 500;

    private final Settings settings;
    private final String name;
    private final String about;
    private final int jobsPerRequest;
    private final int connections;

    private Accepting(Settings settings, String name, String about, int jobsPerRequest, int connections) {
        this.settings = settings;
        this.name = name;
        this.about = about;
        this.jobsPerRequest = jobsPerRequest;
        this.connections = connections;
    }

    static Accepting single(Settings settings) {
        String about = "POST /v1/jobs, 1 KB, %d connections, closed loop; relay at work, no worker";
        return new Accepting(settings, "accept", about.formatted(SINGLE_CONNECTIONS), 1, SINGLE_CONNECTIONS);
    }

    static Accepting bulk(Settings settings) {
        String about = "POST /v1/jobs/bulk, %d jobs of 1 KB, %d connections, closed loop; relay at work, no worker";
        return new Accepting(
                settings, "bulk", about.formatted(BULK_JOBS, BULK_CONNECTIONS), BULK_JOBS, BULK_CONNECTIONS);
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
            Target target = new Target(services.port(), services.adminPort(), jobsPerRequest, connections);
            Profile profile = Profile.start(settings, name, services);
            LoadResult result =
                    LoadProcess.run(settings, target, Pace.closed(), services.processes(), servers.directory());
            profile.end(result);
            return new Measurement(
                    name,
                    about,
                    "job",
                    servers.versions(),
                    figures(result),
                    ProcessFigures.between(result.first(), result.last(), result.jobs()),
                    result.foreignShare());
        }
    }

    private List<Figure> figures(LoadResult result) {
        double seconds = result.seconds();
        List<Figure> figures = new ArrayList<>();
        if (jobsPerRequest > 1) {
            figures.add(new Figure("jobsPerSecond", "accepted", result.jobs() / seconds, "jobs/s"));
        }
        figures.add(new Figure("requestsPerSecond", "requests accepted", result.requests() / seconds, "requests/s"));
        figures.addAll(answers(result));
        double handedOver = result.last().grown(FacadeCounters.CONFIRMED, result.first());
        figures.add(new Figure("handedOverPerSecond", "confirmed by the broker", handedOver / seconds, "jobs/s"));
        figures.add(new Figure("refused", "refused, outbox full", result.refused(), "requests"));
        return figures;
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
