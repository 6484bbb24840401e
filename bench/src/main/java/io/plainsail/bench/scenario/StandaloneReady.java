package io.plainsail.bench.scenario;

import io.plainsail.bench.load.HttpConnection;
import io.plainsail.bench.measure.ProcessTree;
import io.plainsail.bench.report.Figure;
import io.plainsail.bench.report.Measurement;
import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.JavaProcess;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** From starting the standalone edition's process, on an empty directory, to ready with both job types known. */
final class StandaloneReady implements Scenario {
    private static final String MAIN = "io.plainsail.standalone.StandaloneMain";
    private static final int STARTS = 3;
    private static final Duration BOUND = Duration.ofMinutes(2);
    private static final double MEBIBYTE = 1024 * 1024;

    private final Path app;

    StandaloneReady(Settings settings) {
        this.app = settings.root().resolve("standalone/target/app");
    }

    @Override
    public String name() {
        return "standalone";
    }

    @Override
    public Measurement run() {
        if (!Files.isDirectory(app)) {
            throw new BenchException(app + " is missing: ./plainsail build makes it");
        }
        double[] seconds = new double[STARTS];
        double memory = 0;
        for (int i = 0; i < STARTS; i++) {
            Path directory = Servers.temporaryDirectory();
            int port = FreePorts.next();
            long begun = System.nanoTime();
            try (JavaProcess standalone = JavaProcess.of(MAIN)
                    .classPath(app + "/*")
                    .jvmOptions(Jvm.array(Jvm.STANDALONE))
                    .arguments("--port", "" + port, "--data", directory.toString(), "--without-keys")
                    .start()) {
                Waiting.until("standalone is ready", BOUND, () -> isReady(port));
                seconds[i] = (System.nanoTime() - begun) / 1e9;
                memory = new ProcessTree(standalone.pid()).usage().memoryBytes() / MEBIBYTE;
            } finally {
                Servers.delete(directory);
            }
        }
        Arrays.sort(seconds);
        List<Figure> figures = new ArrayList<>();
        figures.add(new Figure("readyMedian", "ready, median", seconds[STARTS / 2], "s"));
        figures.add(new Figure("readyFastest", "ready, fastest", seconds[0], "s"));
        figures.add(new Figure("readySlowest", "ready, slowest", seconds[STARTS - 1], "s"));
        figures.add(new Figure("memory", "RSS when ready", memory, "MB"));
        return new Measurement(
                name(),
                STARTS + " starts to /health/ready and both job types known; no warm-up",
                "start",
                Map.of(),
                figures,
                Map.of(),
                0);
    }

    private static boolean isReady(int port) {
        try {
            if (HttpConnection.get(port, "/health/ready").isEmpty()) {
                return false;
            }
            String types = HttpConnection.get(port, "/v1/job-types");
            return types.contains("document.render") && types.contains("webhook.deliver");
        } catch (UncheckedIOException e) {
            return false; // not listening yet
        }
    }
}
