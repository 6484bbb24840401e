package io.plainsail.bench.report;

import io.plainsail.bench.measure.Sample;
import java.util.Map;
import java.util.TreeMap;

/**
 * What one process, or all processes of one server, used while being measured.
 *
 * @param cpuSecondsPerThousand per 1,000 jobs, messages or requests
 * @param compilerShare the part of the CPU time that the JVM's compilers took, 0 to 1; above a tenth or so the warm-up was
 *     too short
 * @param memoryBytes resident at the end of the measured time
 * @param peakMemoryBytes the most that was ever resident; 0 for several processes
 */
public record ProcessFigures(
        double cpuSecondsPerThousand, double compilerShare, long memoryBytes, long peakMemoryBytes) {

    /** Of every process in the samples, by name. */
    public static Map<String, ProcessFigures> between(Sample first, Sample last, long units) {
        Map<String, ProcessFigures> figures = new TreeMap<>();
        last.usage()
                .forEach((name, usage) -> figures.put(
                        name,
                        new ProcessFigures(
                                last.cpuSeconds(name, first) * 1_000 / units,
                                last.compilerShare(name, first),
                                usage.memoryBytes(),
                                usage.peakMemoryBytes())));
        return figures;
    }
}
