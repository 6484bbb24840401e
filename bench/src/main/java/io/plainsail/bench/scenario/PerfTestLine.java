package io.plainsail.bench.scenario;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of the lines that RabbitMQ PerfTest prints each second.
 *
 * @param second since it started
 * @param sent messages a second
 * @param received messages a second
 */
record PerfTestLine(double second, double sent, double received) {
    private static final Pattern LINE =
            Pattern.compile("time (\\d+\\.\\d+) s, sent: (\\d+) msg/s,.* received: (\\d+) msg/s");

    /** All such lines in PerfTest's output. */
    static List<PerfTestLine> of(String output) {
        return output.lines()
                .map(LINE::matcher)
                .filter(Matcher::find)
                .map(line -> new PerfTestLine(
                        Double.parseDouble(line.group(1)),
                        Double.parseDouble(line.group(2)),
                        Double.parseDouble(line.group(3))))
                .toList();
    }

    /** The mean of the seconds after the warm-up. */
    static double mean(List<PerfTestLine> lines, int warmUpSeconds, ToDoubleFunction<PerfTestLine> rate) {
        // A line tells of the second before it.
        return lines.stream()
                .filter(line -> line.second() >= warmUpSeconds + 0.9)
                .mapToDouble(rate)
                .average()
                .orElseThrow(() -> new BenchException("PerfTest ended within its warm-up"));
    }
}
