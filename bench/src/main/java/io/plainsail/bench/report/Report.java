package io.plainsail.bench.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Everything there is to say, as a table and as one JSON document.
 *
 * @param store {@code postgresql} or {@code h2}
 * @param failures scenarios that gave nothing, and why
 */
public record Report(
        Machine machine,
        String at,
        String store,
        int seconds,
        int warmUpSeconds,
        List<Measurement> measurements,
        List<Verdict> verdicts,
        List<String> failures) {

    private static final long MEBIBYTE = 1024 * 1024;
    private static final int LABEL = 44;

    /** Writes the JSON document; directories are made. */
    public void write(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), this);
    }

    /** For people. */
    public String table() {
        StringBuilder table = new StringBuilder();
        table.append("%d cores (%s), %s, %s%n"
                .formatted(machine.cores(), machine.processor(), machine.kernel(), machine.jvm()));
        table.append("load average before: %.2f; data on %s; store: %s; %d s measured after %d s of warm-up%n"
                .formatted(machine.loadAverage(), machine.dataFileSystem(), store, seconds, warmUpSeconds));
        measurements.forEach(measurement -> add(table, measurement));
        if (!verdicts.isEmpty()) {
            table.append("%nAims%n".formatted());
            verdicts.forEach(verdict -> table.append("  %-44s %10s %-8s %-8s %s%n"
                    .formatted(
                            verdict.what(),
                            number(verdict.value()),
                            verdict.unit(),
                            verdict.aim(),
                            verdict.met() ? "met" : "MISSED")));
        }
        failures.forEach(failure -> table.append("%nFAILED %s%n".formatted(failure)));
        return table.toString();
    }

    private static void add(StringBuilder table, Measurement measurement) {
        table.append("%n%s: %s%n".formatted(measurement.scenario(), measurement.about()));
        for (Figure figure : measurement.figures()) {
            table.append(
                    ("  %-" + LABEL + "s %10s %s%n").formatted(figure.label(), number(figure.value()), figure.unit()));
        }
        if (measurement.processes().isEmpty()) {
            return;
        }
        table.append("  CPU seconds per 1,000 %ss: %s; in sum %s; others used %.0f %% of the machine%n"
                .formatted(
                        measurement.unit(),
                        measurement.processes().entrySet().stream()
                                .map(process -> process.getKey() + " "
                                        + number(process.getValue().cpuSecondsPerThousand()))
                                .collect(Collectors.joining(", ")),
                        number(measurement.cpuSecondsPerThousand()),
                        measurement.foreignShare() * 100));
        String compiling = measurement.processes().entrySet().stream()
                .filter(process -> process.getValue().compilerShare() > 0.01)
                .map(process -> process.getKey() + " "
                        + number(Math.rint(100 * process.getValue().compilerShare())) + " %")
                .collect(Collectors.joining(", "));
        if (!compiling.isEmpty()) {
            table.append("  of that still compiling: %s%n".formatted(compiling));
        }
        table.append("  RSS in MB (peak): %s%n"
                .formatted(measurement.processes().entrySet().stream()
                        .map(process -> memory(process.getKey(), process.getValue()))
                        .collect(Collectors.joining(", "))));
    }

    private static String memory(String name, ProcessFigures process) {
        String peak = process.peakMemoryBytes() == 0 ? "" : " (" + process.peakMemoryBytes() / MEBIBYTE + ")";
        return name + " " + process.memoryBytes() / MEBIBYTE + peak;
    }

    /** Three digits that mean something. */
    static String number(double value) {
        double size = Math.abs(value);
        String format =
                size >= 100 || value == Math.rint(value) ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
        return String.format(Locale.ROOT, format, value);
    }
}
