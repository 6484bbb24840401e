package io.plainsail.bench.report;

import java.util.List;
import java.util.Map;

/**
 * What one scenario gave.
 *
 * @param scenario its name
 * @param about what was done, in a sentence; the warm-up stands there too
 * @param unit what is counted: {@code job}, {@code message}, {@code request}
 * @param servers version by name
 * @param processes by name; empty where only time was measured
 * @param foreignShare the part of the machine's CPU time that went to processes outside the measurement, 0 to 1
 */
public record Measurement(
        String scenario,
        String about,
        String unit,
        Map<String, String> servers,
        List<Figure> figures,
        Map<String, ProcessFigures> processes,
        double foreignShare) {

    public Measurement {
        figures = List.copyOf(figures);
    }

    /** CPU seconds per 1,000 of what is counted, of all processes together. */
    public double cpuSecondsPerThousand() {
        return processes.values().stream()
                .mapToDouble(ProcessFigures::cpuSecondsPerThousand)
                .sum();
    }
}
