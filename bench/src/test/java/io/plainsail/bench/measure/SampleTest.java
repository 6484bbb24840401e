package io.plainsail.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SampleTest {
    private final Sample first = sample(1_000_000_000, 100, 3.0, 50);
    private final Sample last = sample(11_000_000_000L, 600, 8.0, 60);

    private static Sample sample(long nanos, double finished, double cpu, double busy) {
        return new Sample(
                nanos,
                Map.of("finished", finished),
                Map.of("facade", new Usage(cpu, 1, 2)),
                Map.of("facade", Map.of("CN CompilerThre", cpu / 5)),
                busy);
    }

    @Test
    void differencesAreOfTheSameThingAtTwoTimes() {
        assertThat(last.secondsSince(first)).isEqualTo(10);
        assertThat(last.grown("finished", first)).isEqualTo(500);
        assertThat(last.grown("not there", first)).isZero();
        assertThat(last.cpuSeconds("facade", first)).isEqualTo(5);
    }

    @Test
    void compilingIsAPartOfTheProcessesTime() {
        assertThat(last.compilerShare("facade", first)).isCloseTo(0.2, within(1e-9));
        assertThat(last.compilerShare("facade", last)).isZero();
    }

    @Test
    void aProcessThatWasNotWatchedIsAMistake() {
        assertThatThrownBy(() -> last.cpuSeconds("worker", first)).hasMessageContaining("worker");
    }

    @Test
    void whatOthersUsedIsWhatTheMachineWorkedBeyondTheWatched() {
        assertThat(last.foreignShare(first, 2)).isCloseTo(0.25, within(1e-9));
    }
}
