package io.plainsail.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ProcTextTest {
    private static final String STAT =
            "4711 (a) b (c) S 1 4711 4711 0 -1 4194560 9 8 7 6 250 50 30 20 20 0 12 0 100 200 300 18446744073709551615";

    @Test
    void cpuTimeIsUserAndSystemTime() {
        ProcText.CpuTime time = ProcText.cpuTime(STAT);
        assertThat(time.own()).isEqualTo(3.0);
        assertThat(time.ofEndedChildren()).isEqualTo(0.5);
    }

    @Test
    void theNameMayHoldBlanksAndParentheses() {
        assertThat(ProcText.name(STAT)).isEqualTo("a) b (c");
    }

    @Test
    void sizesAreInBytes() {
        String status = "Name:\tjava\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\nRssAnon:\t 1 kB\n";
        assertThat(ProcText.bytes(status, "VmRSS")).isEqualTo(102_400L * 1024);
        assertThat(ProcText.bytes(status, "VmHWM")).isEqualTo(204_800L * 1024);
        assertThat(ProcText.bytes("Pss:                 512 kB\nPss_Dirty: 3 kB\n", "Pss"))
                .isEqualTo(512L * 1024);
        assertThat(ProcText.bytes("Name:\tzombie\n", "VmRSS")).isZero();
    }

    @Test
    void busyIsEverythingButIdleAndWaitingForDisks() {
        // user nice system idle iowait irq softirq steal guest guest_nice; guests are in user already
        String stat = "cpu  100 10 200 9000 500 1 2 7 50 5\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assertThat(ProcText.busySeconds(stat)).isCloseTo(3.2, within(1e-9));
    }
}
