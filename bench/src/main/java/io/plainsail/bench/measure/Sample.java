package io.plainsail.bench.measure;

import java.util.Map;

/**
 * Everything that is read at one end of a measured time. Only the difference of two samples means anything, but for
 * memory.
 *
 * @param nanos when; by the load generator's clock
 * @param metrics the facade's own, by name; empty where there is no facade
 * @param usage by the name of the process
 * @param threads CPU seconds by thread name, see {@link ProcessTree#threads}, by the name of the process
 * @param machineBusySeconds CPU seconds that the whole machine has worked
 */
public record Sample(
        long nanos,
        Map<String, Double> metrics,
        Map<String, Usage> usage,
        Map<String, Map<String, Double>> threads,
        double machineBusySeconds) {

    /** C1 and C2 CompilerThread, as Linux cuts it. */
    private static final String COMPILERS = "CN CompilerThre";

    public double secondsSince(Sample earlier) {
        return (nanos - earlier.nanos) / 1e9;
    }

    /** How much a metric has grown; 0 if it is not there. */
    public double grown(String metric, Sample earlier) {
        return metrics.getOrDefault(metric, 0.0) - earlier.metrics.getOrDefault(metric, 0.0);
    }

    /** CPU seconds that a process used between the two. */
    public double cpuSeconds(String process, Sample earlier) {
        Usage now = usage.get(process);
        Usage before = earlier.usage.get(process);
        if (now == null || before == null) {
            throw new IllegalArgumentException("process " + process + " is not in the sample: " + usage.keySet());
        }
        return now.cpuSeconds() - before.cpuSeconds();
    }

    /** The part of a JVM's CPU time that its compiler threads took, 0 to 1: how far it was from being warm. */
    public double compilerShare(String process, Sample earlier) {
        double all = cpuSeconds(process, earlier);
        return all == 0 ? 0 : (compilerSeconds(process) - earlier.compilerSeconds(process)) / all;
    }

    private double compilerSeconds(String process) {
        return threads.getOrDefault(process, Map.of()).getOrDefault(COMPILERS, 0.0);
    }

    /** The part of all cores' time that processes outside the sample used, 0 to 1: how noisy the machine was. */
    public double foreignShare(Sample earlier, int cores) {
        double own = usage.keySet().stream()
                .mapToDouble(process -> cpuSeconds(process, earlier))
                .sum();
        double foreign = machineBusySeconds - earlier.machineBusySeconds - own;
        return Math.max(0, foreign / (cores * secondsSince(earlier)));
    }
}
