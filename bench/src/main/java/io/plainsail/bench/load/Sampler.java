package io.plainsail.bench.load;

import io.plainsail.bench.measure.ProcessTree;
import io.plainsail.bench.measure.Sample;
import io.plainsail.bench.measure.Usage;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/** Takes samples of processes and of the facade's metrics. For one thread. */
public final class Sampler {
    private final int adminPort;
    private final Map<String, ProcessTree> watched = new TreeMap<>();

    /**
     * @param watched process ids by name
     * @param adminPort where the facade's metrics are; 0 if there is no facade
     */
    public Sampler(Map<String, Long> watched, int adminPort) {
        watched.forEach((name, pid) -> this.watched.put(name, new ProcessTree(pid)));
        this.adminPort = adminPort;
    }

    /**
     * @throws IOException if the metrics cannot be read
     * @throws IllegalStateException if a process has ended
     */
    public Sample take() throws IOException {
        long nanos = System.nanoTime();
        Map<String, Usage> usage = new TreeMap<>();
        Map<String, Map<String, Double>> threads = new TreeMap<>();
        double busy = ProcessTree.machineBusySeconds();
        watched.forEach((name, tree) -> {
            usage.put(name, tree.usage());
            threads.put(name, tree.threads());
        });
        return new Sample(nanos, metrics(), usage, threads, busy);
    }

    private Map<String, Double> metrics() throws IOException {
        if (adminPort == 0) {
            return Map.of();
        }
        try (FacadeCounters counters = FacadeCounters.open(adminPort)) {
            return counters.read();
        }
    }
}
