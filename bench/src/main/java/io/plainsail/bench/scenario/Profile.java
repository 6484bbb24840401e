package io.plainsail.bench.scenario;

import io.plainsail.bench.load.LoadResult;
import io.plainsail.bench.measure.Sample;
import io.plainsail.bench.report.HotMethods;
import io.plainsail.testbed.JavaProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A Flight Recorder recording of each service while it is measured, if the settings ask for it: {@code
 * <scenario>-<process>.jfr}, and beside it a text with the hottest threads, methods and allocations.
 */
final class Profile {
    private final Settings settings;
    private final String scenario;
    private final Map<String, JavaProcess> recorded = new LinkedHashMap<>();

    private Profile(Settings settings, String scenario) {
        this.settings = settings;
        this.scenario = scenario;
    }

    static Profile start(Settings settings, String scenario, Services services) {
        Profile profile = new Profile(settings, scenario);
        if (settings.profile() != null) {
            profile.record(Services.FACADE, services.facade());
            profile.record(Services.WORKER, services.worker());
        }
        return profile;
    }

    private void record(String name, JavaProcess process) {
        if (process.isAlive()) {
            jcmd(process, "JFR.start", "name=bench", "settings=profile");
            recorded.put(name, process);
        }
    }

    /** To be called as soon as the load has ended: the seconds before are what was measured. */
    void end(LoadResult result) {
        Path directory = settings.profile();
        if (directory != null) {
            Instant from = Instant.now().minusSeconds(settings.seconds());
            recorded.forEach((name, process) -> write(directory.toAbsolutePath(), name, process, from, result));
        }
    }

    private void write(Path directory, String name, JavaProcess process, Instant from, LoadResult result) {
        Path recording = directory.resolve(scenario + "-" + name + ".jfr");
        try {
            Files.createDirectories(directory);
            jcmd(process, "JFR.dump", "name=bench", "filename=" + recording);
            Files.writeString(
                    directory.resolve(scenario + "-" + name + ".txt"),
                    threads(result, name) + HotMethods.of(recording, from));
        } catch (IOException e) {
            throw new UncheckedIOException("the profile of " + name + " cannot be written", e);
        }
    }

    private static String threads(LoadResult result, String name) {
        Map<String, Double> before = threads(result.first(), name);
        return threads(result.last(), name).entrySet().stream()
                .map(thread ->
                        Map.entry(thread.getKey(), thread.getValue() - before.getOrDefault(thread.getKey(), 0.0)))
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .map(thread -> "%8.2f s  %s%n".formatted(thread.getValue(), thread.getKey()))
                .collect(Collectors.joining("", "CPU by thread, of %.1f s%n".formatted(result.seconds()), "\n"));
    }

    private static Map<String, Double> threads(Sample sample, String name) {
        Map<String, Double> threads = sample.threads().get(name);
        return threads == null ? Map.of() : threads;
    }

    private static void jcmd(JavaProcess process, String... words) {
        Path binary = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        String[] command = new String[words.length + 2];
        command[0] = binary.toString();
        command[1] = Long.toString(process.pid());
        System.arraycopy(words, 0, command, 2, words.length);
        Process started;
        try {
            started = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!started.waitFor(60, TimeUnit.SECONDS) || started.exitValue() != 0) {
                throw new BenchException(String.join(" ", command) + " failed: a profile needs a JDK");
            }
        } catch (IOException e) {
            throw new BenchException(binary + " cannot be run: a profile needs a JDK", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }
}
