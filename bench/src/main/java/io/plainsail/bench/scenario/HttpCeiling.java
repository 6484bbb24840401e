package io.plainsail.bench.scenario;

import io.plainsail.bench.load.HttpConnection;
import io.plainsail.bench.load.LoadResult;
import io.plainsail.bench.load.Pace;
import io.plainsail.bench.load.Target;
import io.plainsail.bench.report.Figure;
import io.plainsail.bench.report.Measurement;
import io.plainsail.bench.report.ProcessFigures;
import io.plainsail.bench.subject.EmptyService;
import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.JavaProcess;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An endpoint that does nothing, under the same load as {@link Accepting#single}. */
final class HttpCeiling implements Scenario {
    private static final Duration START = Duration.ofSeconds(60);

    private final Settings settings;

    HttpCeiling(Settings settings) {
        this.settings = settings;
    }

    @Override
    public String name() {
        return "http";
    }

    @Override
    public Measurement run() {
        int port = FreePorts.next();
        Path directory = Servers.temporaryDirectory();
        try (JavaProcess service = JavaProcess.of(EmptyService.class)
                .jvmOptions(Jvm.array(Jvm.SMALL))
                .environment("PLAINSAIL_PORT", "" + port)
                .start()) {
            Waiting.until("the empty service listens", START, () -> listens(port));
            LoadResult result = LoadProcess.run(
                    settings,
                    new Target(port, 0, 1, Accepting.SINGLE_CONNECTIONS),
                    Pace.closed(),
                    Map.of("service", service.pid()),
                    directory);
            List<Figure> figures = new ArrayList<>();
            figures.add(
                    new Figure("requestsPerSecond", "answered", result.requests() / result.seconds(), "requests/s"));
            figures.addAll(Accepting.answers(result));
            return new Measurement(
                    name(),
                    "an empty Dropwizard endpoint, POST of 1 KB, %d connections, closed loop"
                            .formatted(Accepting.SINGLE_CONNECTIONS),
                    "request",
                    Map.of(),
                    figures,
                    ProcessFigures.between(result.first(), result.last(), result.requests()),
                    result.foreignShare());
        } finally {
            Servers.delete(directory);
        }
    }

    private static boolean listens(int port) {
        try {
            HttpConnection.get(port, "/");
            return true;
        } catch (UncheckedIOException e) {
            return false;
        }
    }
}
