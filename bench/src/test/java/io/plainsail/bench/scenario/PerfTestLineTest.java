package io.plainsail.bench.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class PerfTestLineTest {
    /** As PerfTest 2.22.1 prints it. */
    private static final String OUTPUT = """
            id: x, starting consumer #0
            id: x, starting producer #0, channel #0
            id: x, time 1.001 s, sent: 1580 msg/s, confirmed: 1563 msg/s, nacked: 0 msg/s, received: 1360 msg/s, \
            min/median/75th/95th/99th consumer latency: 2348/119474/149597/203412/216003 µs, confirm latency: 1658/52625/84265/120202/145877 µs
            id: x, time 2.001 s, sent: 20000 msg/s, confirmed: 1 msg/s, nacked: 0 msg/s, received: 19000 msg/s, min/median
            id: x, time 3.013 s, sent: 22000 msg/s, confirmed: 1 msg/s, nacked: 0 msg/s, received: 23000 msg/s, min/median
            test stopped (Reached time limit)
            id: x, sending rate avg: 3343 msg/s
            """;

    @Test
    void eachSecondsRatesAreRead() {
        assertThat(PerfTestLine.of(OUTPUT)).hasSize(3).first().isEqualTo(new PerfTestLine(1.001, 1_580, 1_360));
    }

    @Test
    void theMeanPassesOverTheWarmUp() {
        List<PerfTestLine> lines = PerfTestLine.of(OUTPUT);
        assertThat(PerfTestLine.mean(lines, 1, PerfTestLine::sent)).isEqualTo(21_000);
        assertThat(PerfTestLine.mean(lines, 1, PerfTestLine::received)).isEqualTo(21_000);
        assertThatThrownBy(() -> PerfTestLine.mean(lines, 3, PerfTestLine::sent))
                .hasMessageContaining("within its warm-up");
    }
}
