package io.plainsail.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.bench.measure.Sample;
import io.plainsail.bench.measure.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoadPlanTest {
    private static LoadPlan plan(Target target, Pace pace) {
        return new LoadPlan(target, pace, 1, 2, Map.of("facade", 3L), Path.of("/tmp/result.json"));
    }

    @Test
    void aPlanSurvivesItsFile() throws IOException {
        LoadPlan plan = plan(new Target(1, 2, 500, 4), Pace.untilFinished(4_000));
        assertThat(LoadMain.MAPPER.readValue(LoadMain.MAPPER.writeValueAsBytes(plan), LoadPlan.class))
                .isEqualTo(plan);
    }

    @Test
    void aResultSurvivesItsFile() throws IOException {
        Tally tally = new Tally();
        tally.measure(true);
        tally.accepted(500, 2_000_000);
        tally.refused();
        tally.failed("first");
        tally.failed("second");
        Sample first = new Sample(1, Map.of("a", 1.0), Map.of("p", new Usage(1, 2, 3)), Map.of(), 4);
        LoadResult result = tally.result(first, first);
        LoadResult read = LoadMain.MAPPER.readValue(LoadMain.MAPPER.writeValueAsBytes(result), LoadResult.class);
        assertThat(read.first()).isEqualTo(first);
        assertThat(read.jobs()).isEqualTo(500);
        assertThat(read.requests()).isEqualTo(1);
        assertThat(read.refused()).isEqualTo(1);
        assertThat(read.failures()).isEqualTo(2);
        assertThat(read.firstFailure()).isEqualTo("first");
        assertThat(read.answers().buckets()).isEqualTo(result.answers().buckets());
    }

    @Test
    void onlyTheMeasuredTimeCountsButForTheSum() {
        Tally tally = new Tally();
        tally.accepted(500, 1);
        tally.measure(true);
        tally.accepted(500, 1);
        tally.measure(false);
        tally.accepted(500, 1);
        tally.refused();
        Sample sample = new Sample(1, Map.of(), Map.of(), Map.of(), 0);
        LoadResult result = tally.result(sample, sample);
        assertThat(result.jobs()).isEqualTo(500);
        assertThat(result.allJobs()).isEqualTo(1_500);
        assertThat(result.refused()).isZero();
    }

    @Test
    void aWindowMustHoldARequestAndHaveMetricsToAsk() {
        assertThatThrownBy(() -> plan(new Target(1, 2, 500, 4), Pace.untilConfirmed(499)))
                .hasMessageContaining("window is 499");
        assertThatThrownBy(() -> plan(new Target(1, 0, 500, 4), Pace.untilFinished(4_000)))
                .hasMessageContaining("adminPort 0");
    }

    @Test
    void anOpenLoopSendsJobsOneByOne() {
        assertThatThrownBy(() -> plan(new Target(1, 2, 500, 4), Pace.open(200))).hasMessageContaining("must be 1");
    }

    @Test
    void whatMeansNothingIsRefused() {
        assertThatThrownBy(() -> new Pace(Pace.Mode.OPEN, 0, 0, "")).hasMessageContaining("perSecond is 0");
        assertThatThrownBy(() -> new Pace(Pace.Mode.CLOSED, 0, 5, "")).hasMessageContaining("window 5");
        assertThatThrownBy(() -> new Pace(Pace.Mode.WINDOWED, 0, 5, "")).hasMessageContaining("left \"\"");
        assertThatThrownBy(() -> new Target(1, 0, 1, 0)).hasMessageContaining("connections is 0");
    }
}
