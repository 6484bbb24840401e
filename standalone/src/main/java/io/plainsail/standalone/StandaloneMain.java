package io.plainsail.standalone;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** {@code ./plainsail dev}: standalone until Ctrl-C. */
public final class StandaloneMain {
    private StandaloneMain() {}

    public static void main(String[] args) throws Exception {
        Arguments arguments = Arguments.of(
                args, "usage: dev [--port N] [--data DIR] [--workers FILE] [--without-keys] [--sources DIR]");
        boolean keys = !arguments.flag("--without-keys");
        int port = arguments.number("--port", 8080);
        Path data = Path.of(arguments.text("--data", ".plainsail"));
        Optional<Path> workers = arguments.path("--workers");
        Optional<Path> sources = arguments.path("--sources");
        arguments.finish();

        try {
            Standalone standalone = Standalone.start(
                    port,
                    data,
                    "INFO",
                    keys,
                    sources.orElse(null),
                    workers.map(LocalWorkers::read).orElse(Map.of()));
            standalone.awaitReady();
            Duration took = Duration.between(
                    Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime()), Instant.now());
            System.out.printf(
                    "Plainsail is ready at %s after %.1f s; data in %s; Ctrl-C ends it%n",
                    standalone.uri(), took.toMillis() / 1000.0, standalone.data());
            if (keys) {
                System.out.println("Every call takes the key in " + standalone.keyFile() + "; a shell knows it after");
                System.out.println("  " + standalone.exports());
            } else {
                System.out.println("Without keys: whoever is on this machine may do everything");
            }
            System.out.println("Workers: " + String.join(", ", standalone.started()));
            standalone.left().forEach((name, reason) -> System.out.println("  without " + name + ": " + reason));
            System.out.printf("Metrics at %s/prometheus%n", standalone.adminUri());
            standalone.join();
        } catch (Exception e) {
            System.err.println("Plainsail cannot start: " + reason(e));
            System.exit(1);
        }
    }

    /** The innermost message that says something to a person. */
    private static String reason(Throwable e) {
        String reason = String.valueOf(e.getMessage());
        for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof java.net.BindException) {
                return "the port is taken (" + cause.getMessage() + "): choose another with --port N";
            }
        }
        return reason;
    }
}
