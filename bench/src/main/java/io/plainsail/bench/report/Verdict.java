package io.plainsail.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A figure, or the ratio of two, beside what it should be.
 *
 * @param aim such as {@code ≥ 0.3}
 * @param unit empty for a ratio
 */
public record Verdict(String what, double value, String unit, String aim, boolean met) {
    private static final double MEBIBYTE = 1024 * 1024;

    /** All verdicts that the measurements at hand allow. */
    public static List<Verdict> of(List<Measurement> measured) {
        List<Verdict> verdicts = new ArrayList<>();
        ratio(measured, "e2e", "jobsPerSecond", "broker", "messagesOutPerSecond")
                .ifPresent(value -> verdicts.add(atLeast("end to end / broker ceiling", value, 0.3)));
        ratio(measured, "accept", "requestsPerSecond", "http", "requestsPerSecond")
                .ifPresent(value -> verdicts.add(atLeast("accepting single calls / HTTP ceiling", value, 0.6)));
        find(measured, "latency", "startP50")
                .ifPresent(value -> verdicts.add(below("submit to handler start, p50 at 200/s", value, "ms", 5)));
        for (String process : List.of("facade", "worker")) {
            peakMemory(measured, process)
                    .ifPresent(value -> verdicts.add(below(process + " RSS, highest", value / MEBIBYTE, "MB", 200)));
        }
        find(measured, "standalone", "readyMedian")
                .ifPresent(value -> verdicts.add(atMost("standalone ready", value, "s", 5)));
        for (String scenario : List.of("e2e", "e2e-single", "latency")) {
            find(measured, scenario, "unaccounted")
                    .ifPresent(
                            value -> verdicts.add(atMost(scenario + ": accepted and not succeeded", value, "jobs", 0)));
        }
        return verdicts;
    }

    private static Verdict atLeast(String what, double value, double bound) {
        return new Verdict(what, value, "", "≥ " + number(bound), value >= bound);
    }

    private static Verdict below(String what, double value, String unit, double bound) {
        return new Verdict(what, value, unit, "< " + number(bound), value < bound);
    }

    private static Verdict atMost(String what, double value, String unit, double bound) {
        return new Verdict(what, value, unit, "≤ " + number(bound), value <= bound);
    }

    private static String number(double bound) {
        return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
    }

    private static Optional<Double> ratio(
            List<Measurement> measured, String scenario, String key, String ceiling, String ceilingKey) {
        return find(measured, scenario, key).flatMap(value -> find(measured, ceiling, ceilingKey)
                .filter(most -> most > 0)
                .map(most -> value / most));
    }

    private static Optional<Double> find(List<Measurement> measured, String scenario, String key) {
        return measured.stream()
                .filter(measurement -> measurement.scenario().equals(scenario))
                .flatMap(measurement -> measurement.figures().stream())
                .filter(figure -> figure.key().equals(key))
                .map(Figure::value)
                .findFirst();
    }

    private static OptionalDouble peakMemory(List<Measurement> measured, String process) {
        return measured.stream()
                .filter(measurement -> measurement.processes().containsKey(process))
                .mapToDouble(measurement -> measurement.processes().get(process).peakMemoryBytes())
                .max();
    }
}
