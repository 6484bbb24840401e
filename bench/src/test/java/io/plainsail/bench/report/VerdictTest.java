package io.plainsail.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VerdictTest {
    private static final long MEBIBYTE = 1024 * 1024;

    private static Measurement measured(String scenario, Map<String, ProcessFigures> processes, Figure... figures) {
        return new Measurement(scenario, "", "job", Map.of(), Arrays.asList(figures), processes, 0);
    }

    private static Figure figure(String key, double value) {
        return new Figure(key, key, value, "");
    }

    private static ProcessFigures peak(long mebibytes) {
        return new ProcessFigures(1, 0, 1, mebibytes * MEBIBYTE);
    }

    @Test
    void ratiosStandBesideTheirAims() {
        List<Verdict> verdicts = Verdict.of(List.of(
                measured("broker", Map.of(), figure("messagesOutPerSecond", 20_000)),
                measured("http", Map.of(), figure("requestsPerSecond", 10_000)),
                measured("accept", Map.of(), figure("requestsPerSecond", 5_900)),
                measured("e2e", Map.of(), figure("jobsPerSecond", 6_000), figure("unaccounted", 0))));
        assertThat(verdicts)
                .containsExactly(
                        new Verdict("end to end / broker ceiling", 0.3, "", "≥ 0.3", true),
                        new Verdict("accepting single calls / HTTP ceiling", 0.59, "", "≥ 0.6", false),
                        new Verdict("e2e: accepted and not succeeded", 0, "jobs", "≤ 0", true));
    }

    @Test
    void aRatioNeedsBothItsFigures() {
        assertThat(Verdict.of(List.of(measured("e2e", Map.of(), figure("jobsPerSecond", 6_000)))))
                .isEmpty();
        assertThat(Verdict.of(List.of(
                        measured("e2e", Map.of(), figure("jobsPerSecond", 6_000)),
                        measured("broker", Map.of(), figure("messagesOutPerSecond", 0)))))
                .isEmpty();
    }

    @Test
    void memoryIsTheHighestPeakOfAllScenarios() {
        List<Verdict> verdicts = Verdict.of(List.of(
                measured("accept", Map.of("facade", peak(201))),
                measured("e2e", Map.of("facade", peak(150), "worker", peak(199)))));
        assertThat(verdicts)
                .containsExactly(
                        new Verdict("facade RSS, highest", 201, "MB", "< 200", false),
                        new Verdict("worker RSS, highest", 199, "MB", "< 200", true));
    }

    @Test
    void aBoundToStayBelowIsMissedOnTheBound() {
        List<Verdict> verdicts = Verdict.of(List.of(
                measured("latency", Map.of(), figure("startP50", 5.0), figure("unaccounted", 1)),
                measured("standalone", Map.of(), figure("readyMedian", 5.0))));
        assertThat(verdicts).extracting(Verdict::met).containsExactly(false, true, false);
    }
}
