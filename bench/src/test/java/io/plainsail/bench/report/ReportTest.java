package io.plainsail.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportTest {
    private static final Machine MACHINE =
            new Machine(2, "some processor", "Linux 6.1", "some JVM 17", 0.5, "ext4", Map.of("amqp-client", "5.37.1"));

    private static final Measurement E2E = new Measurement(
            "e2e",
            "what was done",
            "job",
            Map.of("RabbitMQ", "3.10.8"),
            List.of(new Figure("jobsPerSecond", "outcomes recorded", 6_543.2, "jobs/s")),
            Map.of(
                    "facade", new ProcessFigures(0.125, 0.3, 100 << 20, 150 << 20),
                    "postgres", new ProcessFigures(0.075, 0, 50 << 20, 0)),
            0.03);

    private static final Report REPORT = new Report(
            MACHINE,
            "2026-11-22T22:00:00Z",
            "postgresql",
            20,
            10,
            List.of(E2E),
            List.of(new Verdict("end to end / broker ceiling", 0.2876, "", "≥ 0.3", false)),
            List.of("latency: the worker ended"));

    @Test
    void theTableShowsFiguresProcessesAimsAndFailures() {
        assertThat(REPORT.table())
                .contains("2 cores", "Linux 6.1", "load average before: 0.50", "20 s measured after 10 s of warm-up")
                .contains("e2e: what was done")
                .containsPattern("outcomes recorded +6,543 jobs/s")
                .contains("CPU seconds per 1,000 jobs: ", "facade 0.125", "postgres 0.075", "in sum 0.200")
                .contains("others used 3 % of the machine")
                .contains("still compiling: facade 30 %")
                .contains("facade 100 (150)", "postgres 50")
                .containsPattern("end to end / broker ceiling +0.288 +≥ 0.3 +MISSED")
                .contains("FAILED latency: the worker ended");
    }

    @Test
    void theDocumentHoldsEveryFigure(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("made/bench.json");
        REPORT.write(file);
        JsonNode document = new ObjectMapper().readTree(file.toFile());
        assertThat(document.at("/machine/cores").intValue()).isEqualTo(2);
        assertThat(document.at("/machine/libraries/amqp-client").textValue()).isEqualTo("5.37.1");
        assertThat(document.at("/measurements/0/figures/0/key").textValue()).isEqualTo("jobsPerSecond");
        assertThat(document.at("/measurements/0/figures/0/value").doubleValue()).isEqualTo(6_543.2);
        assertThat(document.at("/measurements/0/processes/facade/peakMemoryBytes")
                        .longValue())
                .isEqualTo(150 << 20);
        assertThat(document.at("/measurements/0/servers/RabbitMQ").textValue()).isEqualTo("3.10.8");
        assertThat(document.at("/verdicts/0/met").booleanValue()).isFalse();
        assertThat(document.at("/failures/0").textValue()).startsWith("latency");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"0|0", "0.0125|0.013", "1.234|1.23", "12.34|12.3", "123.4|123", "12345.6|12,346", "7|7"})
    void numbersHaveAboutThreeDigits(double value, String shown) {
        assertThat(Report.number(value)).isEqualTo(shown);
    }

    @Test
    void librariesAreThoseOnTheClassPath() {
        assertThat(Machine.libraries("/a/app/amqp-client-5.37.1.jar:/a/app/h2-2.5.252.jar:/a/app/other-1.jar:/a/app/"
                        + "plainsail-api-facade-0.1.0-SNAPSHOT.jar"))
                .containsOnly(
                        Map.entry("amqp-client", "5.37.1"),
                        Map.entry("h2", "2.5.252"),
                        Map.entry("plainsail-api-facade", "0.1.0-SNAPSHOT"));
    }
}
