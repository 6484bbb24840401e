package io.plainsail.bench.scenario;

import io.plainsail.bench.load.LoadResult;
import io.plainsail.bench.load.Pace;
import io.plainsail.bench.load.Reading;
import io.plainsail.bench.load.Target;
import io.plainsail.bench.measure.Histogram;
import io.plainsail.bench.report.Figure;
import io.plainsail.bench.report.Measurement;
import io.plainsail.bench.report.ProcessFigures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a long history costs: accepting single calls and listing, first without one, then with a million finished jobs in
 * the store.
 */
final class History implements Scenario {
    static final int JOBS = 1_000_000;

    private static final int READINGS = 500;

    /** By their names in the report. A label and a failed state of which there are few, and what nearly all jobs are. */
    private static final Map<String, String> LISTS = lists();

    private final Settings settings;

    History(Settings settings) {
        this.settings = settings;
    }

    private static Map<String, String> lists() {
        Map<String, String> lists = new LinkedHashMap<>();
        lists.put("newest", "");
        lists.put("succeeded", "&state=succeeded");
        lists.put("failed", "&state=failed");
        lists.put("type", "&type=bench.noop");
        lists.put("label", "&label=" + FinishedJobs.LABEL + ":" + FinishedJobs.LABEL_VALUE);
        return lists;
    }

    @Override
    public String name() {
        return "history";
    }

    @Override
    public Measurement run() {
        List<Figure> figures = new ArrayList<>();
        LoadResult without;
        try (Servers servers = Servers.start(settings.store())) {
            without = measure(servers, "without", figures);
        }
        // Others, so that the jobs of the first part, which nobody runs, are in nobody's way.
        try (Servers servers = Servers.start(settings.store())) {
            try (Services makingTheTables = Services.start(servers, settings)) {
                makingTheTables.endFacade();
            }
            long began = System.nanoTime();
            FinishedJobs.write(servers, JOBS);
            figures.add(new Figure("written", "history written in", (System.nanoTime() - began) / 1e9, "s"));
            LoadResult with = measure(servers, "with", figures);
            double ratio = (with.requests() / with.seconds()) / (without.requests() / without.seconds());
            figures.add(new Figure("acceptRatio", "accepted with / without", ratio, ""));
            String about = "single calls as in accept, then %d lists of 50 of each kind one after the other; the same"
                    + " with %,d finished jobs";
            return new Measurement(
                    name(),
                    about.formatted(READINGS, JOBS),
                    "job",
                    servers.versions(),
                    figures,
                    ProcessFigures.between(with.first(), with.last(), with.jobs()),
                    with.foreignShare());
        }
    }

    private LoadResult measure(Servers servers, String history, List<Figure> figures) {
        try (Services services = Services.start(servers, settings)) {
            services.endWorker();
            Target target = new Target(services.port(), services.adminPort(), 1, Accepting.SINGLE_CONNECTIONS);
            LoadResult accepted =
                    LoadProcess.run(settings, target, Pace.closed(), services.processes(), servers.directory());
            figures.add(new Figure(
                    history + "PerSecond", "accepted, " + history, accepted.requests() / accepted.seconds(), "jobs/s"));
            for (Map.Entry<String, String> list : LISTS.entrySet()) {
                Histogram answers = Reading.of(services.port(), "/v1/jobs?limit=50" + list.getValue(), READINGS);
                String key = history + "-" + list.getKey();
                String label = "list " + list.getKey() + ", " + history;
                figures.add(Accepting.millis(key + "P50", label + ", p50", answers, 0.5));
                figures.add(Accepting.millis(key + "P99", label + ", p99", answers, 0.99));
            }
            services.endFacade();
            return accepted;
        } catch (IOException e) {
            throw new UncheckedIOException("a list cannot be read: " + e.getMessage(), e);
        }
    }
}
