package io.plainsail.facade.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RecordedTimeTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");

    private final RecordedTime recorded = new RecordedTime(Duration.ofSeconds(30));

    private void marks(int from, int to) {
        for (int second = from; second <= to; second++) {
            recorded.mark(NOW.plusSeconds(second));
        }
    }

    @Test
    void nothingIsKnownBeforeTheFirstMark() {
        assertThat(recorded.upTo()).isNull();
        assertThat(recorded.leasesEnd()).isFalse();
    }

    @Test
    void leasesEndOnlyALeaseAfterTheFirstMark() {
        marks(0, 29);
        assertThat(recorded.leasesEnd()).isFalse();
        marks(30, 30);
        assertThat(recorded.leasesEnd()).isTrue();
        assertThat(recorded.upTo()).isEqualTo(NOW.plusSeconds(30));
    }

    @Test
    void afterAGapNobodyIsJudgedForALease() {
        marks(0, 40);
        marks(51, 80);
        assertThat(recorded.leasesEnd()).isFalse();
        marks(81, 81);
        assertThat(recorded.leasesEnd()).isTrue();
    }

    @Test
    void anotherFacadesClockThatIsALittleBehindIsNoGap() {
        marks(0, 40);
        marks(35, 39);
        assertThat(recorded.leasesEnd()).isTrue();
        assertThat(recorded.upTo()).isEqualTo(NOW.plusSeconds(40));
    }

    @Test
    void aClockThatWasSetIsAGapEitherWay() {
        marks(0, 40);
        marks(3_600, 3_629);
        assertThat(recorded.leasesEnd()).isFalse();
        marks(3_630, 3_630);
        assertThat(recorded.leasesEnd()).isTrue();
        marks(0, 29);
        assertThat(recorded.upTo()).isEqualTo(NOW.plusSeconds(29));
        assertThat(recorded.leasesEnd()).isFalse();
    }
}
