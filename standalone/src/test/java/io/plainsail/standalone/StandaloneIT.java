package io.plainsail.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.JavaProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The newcomer's edition as a process. */
class StandaloneIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern READY = Pattern.compile("Plainsail is ready at (http://\\S+)");

    @TempDir
    Path directory;

    private JavaProcess start(int port) {
        return JavaProcess.of(StandaloneMain.class)
                .jvmOptions("-XX:+UseSerialGC", "-Xmx384m", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
                .arguments("--port", Integer.toString(port), "--data", directory.toString())
                .start();
    }

    private static String document(int number) {
        return """
                {"type": "document.render", "labels": {"number": "%1$d"}, "input":
                  {"template": "# Letter {{number}}", "templateFormat": "markdown", "output": "html",
                   "data": {"number": %1$d}}}""".formatted(number);
    }

    @Test
    void killedMidRunItGoesOnWhereItWas() throws Exception {
        int port = FreePorts.next();
        ApiClient api = new ApiClient("http://127.0.0.1:" + port);
        try (JavaProcess standalone = start(port)) {
            standalone.awaitOutput(READY, PATIENCE);
            Load load = new Load(api, StandaloneIT::document);
            Thread faults = new Thread(() -> {
                await().atMost(PATIENCE).until(() -> load.accepted() >= 120);
                standalone.kill();
                standalone.restart();
                await().atMost(PATIENCE).until(() -> load.accepted() >= 240);
                standalone.kill();
                standalone.restart();
            });
            faults.start();
            load.offer(400);
            faults.join(TimeUnit.MINUTES.toMillis(3));
            assertThat(faults.isAlive()).isFalse();

            load.awaitAllFinished();
            load.check("succeeded");
        }
    }

    @Test
    void secondProcessOnTheSameDataIsToldWhy() {
        try (JavaProcess first = start(FreePorts.next())) {
            first.awaitOutput(READY, PATIENCE);
            try (JavaProcess second = start(FreePorts.next())) {
                second.awaitOutput(Pattern.compile("another process has this file open"), PATIENCE);
                await().atMost(PATIENCE).until(() -> !second.isAlive());
            }
            assertThat(first.isAlive()).isTrue();
        }
    }

    @Test
    void terminatedItDrainsAndEndsInOrder() throws Exception {
        int port = FreePorts.next();
        try (JavaProcess standalone = start(port)) {
            standalone.awaitOutput(READY, PATIENCE);
            new Load(new ApiClient("http://127.0.0.1:" + port), StandaloneIT::document).offer(20);

            standalone.terminate(Duration.ofSeconds(60));
            standalone.awaitOutput(Pattern.compile("Stopped; 0 jobs stay in the outbox"), PATIENCE);
        }
    }

    @Test
    void demoShowsTheWholeLine() {
        try (JavaProcess demo = JavaProcess.of(DemoMain.class)
                .jvmOptions("-XX:+UseSerialGC", "-Xmx384m", "-Djava.awt.headless=true")
                .arguments("--exit", "--data", directory.toString(), "--sources", "..")
                .start()) {
            demo.awaitOutput(Pattern.compile("All went as it should"), PATIENCE);
            await().atMost(PATIENCE).until(() -> !demo.isAlive());
        }
        assertThat(directory.resolve("invoice.pdf")).isNotEmptyFile();
        assertThat(Files.exists(directory.resolve("jobs.mv.db"))).isTrue();
    }
}
