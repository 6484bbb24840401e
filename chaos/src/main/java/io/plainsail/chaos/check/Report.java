package io.plainsail.chaos.check;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.plainsail.chaos.fault.Injection;
import io.plainsail.contracts.json.StrictJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Says what came of a run, for people and as one line of JSON. */
public final class Report {
    /** Of each kind. */
    private static final int MAX_SHOWN = 8;

    private Report() {}

    private static Map<String, Integer> byKind(List<Injection> injections) {
        Map<String, Integer> kinds = new TreeMap<>();
        injections.forEach(injection -> kinds.merge(injection.fault().word(), 1, Integer::sum));
        return kinds;
    }

    public static String text(Checks.Result result, List<Injection> injections, OrphanTimes orphans, int drainSeconds) {
        StringBuilder text = new StringBuilder(400);
        text.append("offered ").append(result.offered());
        text.append(", accepted ").append(result.accepted());
        text.append(", without an answer ").append(result.unknown()).append('\n');
        text.append("succeeded ").append(result.succeeded());
        text.append(", failed ").append(result.failed());
        text.append(", cancelled ").append(result.cancelled());
        text.append(", lost ").append(result.lost());
        text.append(", unexpected ").append(result.unexpected());
        text.append(", double outcomes ").append(result.doubleOutcomes());
        text.append(", runs beyond those planned ").append(result.reruns()).append('\n');
        text.append("faults ")
                .append(injections.size())
                .append(": ")
                .append(byKind(injections))
                .append('\n');
        text.append("of jobs whose worker died, ")
                .append(orphans.seen().size())
                .append(" ran again, the last after ")
                .append(seconds(orphans.seen()))
                .append("; of those whose worker stood still, ")
                .append(orphans.unseen().size())
                .append(", the last after ")
                .append(seconds(orphans.unseen()))
                .append('\n');
        text.append(drainSeconds < 0 ? "not drained\n" : "drained " + drainSeconds + " s after healing\n");
        Map<String, List<String>> kinds = new TreeMap<>();
        for (String violation : result.violations()) {
            kinds.computeIfAbsent(violation.split(":", 2)[0], kind -> new ArrayList<>())
                    .add(violation);
        }
        kinds.forEach((kind, violations) -> {
            violations.stream().limit(MAX_SHOWN).forEach(violation -> text.append("VIOLATION ")
                    .append(violation)
                    .append('\n'));
            if (violations.size() > MAX_SHOWN) {
                text.append("  and ").append(violations.size() - MAX_SHOWN).append(" more of these\n");
            }
        });
        text.append(result.violations().isEmpty() ? "every check holds\n" : "");
        return text.toString();
    }

    private static String seconds(List<Long> millis) {
        return String.format(Locale.ROOT, "%.1f s", OrphanTimes.worst(millis) / 1_000.0);
    }

    public static String json(
            long seed,
            String store,
            int seconds,
            Checks.Result result,
            List<Injection> injections,
            OrphanTimes orphans,
            int drainSeconds) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("seed", seed);
        line.put("store", store);
        line.put("seconds", seconds);
        line.put("offered", result.offered());
        line.put("accepted", result.accepted());
        line.put("succeeded", result.succeeded());
        line.put("failed", result.failed());
        line.put("cancelled", result.cancelled());
        line.put("lost", result.lost());
        line.put("unexpected", result.unexpected());
        line.put("doubleOutcomes", result.doubleOutcomes());
        line.put("reruns", result.reruns());
        line.put("faults", byKind(injections));
        line.put("orphanMillis", OrphanTimes.worst(orphans.seen()));
        line.put("unseenOrphanMillis", OrphanTimes.worst(orphans.unseen()));
        line.put("drainSeconds", drainSeconds);
        line.put("violations", result.violations().size());
        try {
            return StrictJson.mapper().writeValueAsString(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of plain values cannot be written", e);
        }
    }
}
