package io.plainsail.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrometheusTextTest {
    @Test
    void valuesOfOneNameAreAddedUpAndOthersPassedOver() {
        String text = """
                # HELP plainsail_jobs_finished_total Jobs that reached a terminal state
                # TYPE plainsail_jobs_finished_total counter
                plainsail_jobs_finished_total{state="failed"} 2.0
                plainsail_jobs_finished_total{state="succeeded",note="a } b"} 1.25E4
                plainsail_outbox_jobs 7.0 1700000000000
                jvm_threads_live_threads 50.0
                """;
        assertThat(PrometheusText.sums(text, "plainsail_"))
                .containsOnlyKeys("plainsail_jobs_finished_total", "plainsail_outbox_jobs")
                .containsEntry("plainsail_jobs_finished_total", 12_502.0)
                .containsEntry("plainsail_outbox_jobs", 7.0);
    }
}
