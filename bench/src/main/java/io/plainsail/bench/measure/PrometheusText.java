package io.plainsail.bench.measure;

import java.util.Map;
import java.util.TreeMap;

/** Reads Prometheus' text format as far as it is needed here. */
public final class PrometheusText {
    private PrometheusText() {}

    /**
     * The samples whose name starts with {@code prefix}, by name; the values of one name with different labels are added
     * up.
     */
    public static Map<String, Double> sums(String text, String prefix) {
        Map<String, Double> sums = new TreeMap<>();
        text.lines().filter(line -> line.startsWith(prefix)).forEach(line -> {
            int brace = line.indexOf('{');
            int valueAt = brace < 0 ? line.indexOf(' ') : line.lastIndexOf("} ") + 1;
            String name = line.substring(0, brace < 0 ? valueAt : brace);
            // A time stamp may follow the value.
            String value = line.substring(valueAt + 1).split(" ", 2)[0];
            sums.merge(name, Double.parseDouble(value), Double::sum);
        });
        return sums;
    }
}
