package io.plainsail.bench;

import io.plainsail.bench.BenchOptions.UsageException;
import io.plainsail.bench.report.Machine;
import io.plainsail.bench.report.Measurement;
import io.plainsail.bench.report.Report;
import io.plainsail.bench.report.Verdict;
import io.plainsail.bench.scenario.Scenario;
import io.plainsail.bench.scenario.Settings;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * {@code ./plainsail bench}: runs the measurements, prints a table and writes one JSON document. Exit status: 0 if all
 * were measured, whatever they say; 1 if one failed; 2 for a wrong command line.
 */
public final class BenchMain {
    private static final int EXIT_FAILED = 1;
    private static final int EXIT_USAGE = 2;

    private BenchMain() {}

    public static void main(String[] args) throws IOException {
        if (List.of(args).contains("--help")) {
            System.out.print(BenchOptions.USAGE);
            return;
        }
        try {
            BenchOptions options = BenchOptions.of(args);
            Settings settings = new Settings(
                    root(), options.store(), options.seconds(), options.warmUpSeconds(), options.profile());
            Report report = run(settings, chosen(options, Scenario.all(settings)));
            Path out = options.out() == null ? settings.root().resolve("bench/target/bench.json") : options.out();
            report.write(out);
            System.out.print(report.table());
            System.out.printf("%nEvery figure: %s%n", out);
            System.exit(report.failures().isEmpty() ? 0 : EXIT_FAILED);
        } catch (UsageException e) {
            System.err.println(e.getMessage());
            System.err.print(BenchOptions.USAGE);
            System.exit(EXIT_USAGE);
        }
    }

    private static List<Scenario> chosen(BenchOptions options, List<Scenario> all) throws UsageException {
        Set<String> unknown = new HashSet<>(options.only());
        all.forEach(scenario -> unknown.remove(scenario.name()));
        if (!unknown.isEmpty()) {
            throw new UsageException("--only names what is not there: " + unknown);
        }
        return all.stream()
                .filter(scenario -> options.only().isEmpty() || options.only().contains(scenario.name()))
                .toList();
    }

    private static Report run(Settings settings, List<Scenario> scenarios) {
        Machine machine = Machine.here();
        Instant at = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        List<Measurement> measured = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            System.err.printf("Measuring %s …%n", scenario.name());
            try {
                measured.add(scenario.run());
            } catch (RuntimeException e) {
                failures.add(scenario.name() + ": " + e.getMessage());
                System.err.printf("%s failed: %s%n", scenario.name(), e);
            }
        }
        return new Report(
                machine,
                at.toString(),
                settings.store().name().toLowerCase(Locale.ROOT),
                settings.seconds(),
                settings.warmUpSeconds(),
                measured,
                Verdict.of(measured),
                failures);
    }

    /** The repository that this was built in: the class path is its bench/target/app. */
    private static Path root() {
        try {
            Path code = Path.of(BenchMain.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            for (Path directory = code; directory != null; directory = directory.getParent()) {
                if (Files.isRegularFile(directory.resolve("plainsail"))) {
                    return directory;
                }
            }
            throw new IllegalStateException("the bench runs inside the repository: " + code + " is not in it");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
