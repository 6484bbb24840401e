package io.plainsail.chaos;

import io.plainsail.chaos.check.Checks;
import io.plainsail.chaos.check.Evidence;
import io.plainsail.chaos.check.OrphanTimes;
import io.plainsail.chaos.check.Report;
import io.plainsail.chaos.fault.Injection;
import io.plainsail.chaos.fault.Schedule;
import io.plainsail.chaos.subject.Cluster;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * {@code ./plainsail chaos}. Exit code 0 only if every check holds, 1 if one does not, 64 if the command line is wrong.
 */
public final class ChaosMain {
    private static final int EXIT_VIOLATED = 1;
    private static final int EXIT_USAGE = 64;

    private ChaosMain() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        System.exit(run(args, System.out, System.err));
    }

    static int run(String[] args, PrintStream out, PrintStream err) throws IOException, InterruptedException {
        if (args.length == 1 && (args[0].equals("--help") || args[0].equals("-h"))) {
            out.print(ChaosOptions.USAGE);
            return 0;
        }
        ChaosOptions options;
        try {
            options = ChaosOptions.of(args);
        } catch (ChaosOptions.UsageException e) {
            err.println(e.getMessage());
            err.print(ChaosOptions.USAGE);
            return EXIT_USAGE;
        }
        Checks.Result result = run(options, out, err);
        return result.violations().isEmpty() ? 0 : EXIT_VIOLATED;
    }

    private static Checks.Result run(ChaosOptions options, PrintStream out, PrintStream err)
            throws IOException, InterruptedException {
        return run(
                options,
                Schedule.of(
                        options.seed(), options.seconds(), options.faults(), options.workers() + Cluster.EXEC_WORKERS),
                Cluster.Programs.REAL,
                out,
                err);
    }

    /**
     * Runs a schedule, the options' own or another.
     */
    static Checks.Result run(
            ChaosOptions options, List<Injection> schedule, Cluster.Programs programs, PrintStream out, PrintStream err)
            throws IOException, InterruptedException {
        out.printf(
                "seed %d: %d s at %d requests/s, %d workers and %d exec workers, store %s; %d faults:%n",
                options.seed(),
                options.seconds(),
                options.rate(),
                options.workers(),
                programs.exec() == null ? 0 : Cluster.EXEC_WORKERS,
                options.store(),
                schedule.size());
        schedule.forEach(injection -> out.println("  " + injection));
        Path directory = Files.createTempDirectory("plainsail-chaos");
        try (Cluster cluster = Cluster.start(directory, programs, options.postgresql(), options.workers())) {
            boolean holds = false;
            try {
                Evidence seen = new ChaosRun(cluster, options, schedule).run(out);
                Checks.Result result = Checks.of(seen);
                holds = result.violations().isEmpty();
                OrphanTimes orphans = OrphanTimes.of(seen.runs(), seen.deaths());
                out.print(Report.text(result, seen.injections(), orphans, seen.drainSeconds()));
                out.println(Report.json(
                        options.seed(),
                        options.store(),
                        options.seconds(),
                        result,
                        seen.injections(),
                        orphans,
                        seen.drainSeconds()));
                return result;
            } finally {
                if (!holds) {
                    Path logs = Files.createTempDirectory("plainsail-chaos-logs");
                    cluster.keepLogs(logs);
                    err.println("logs are kept in " + logs);
                    err.println(cluster.logTails());
                }
            }
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
