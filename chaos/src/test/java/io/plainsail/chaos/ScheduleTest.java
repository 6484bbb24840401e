package io.plainsail.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.chaos.fault.Fault;
import io.plainsail.chaos.fault.Injection;
import io.plainsail.chaos.fault.Schedule;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    private static final Set<Fault> ALL = EnumSet.allOf(Fault.class);

    @Test
    void theSameSeedGivesTheSameSchedule() {
        assertThat(Schedule.of(7, 300, ALL, 3)).isEqualTo(Schedule.of(7, 300, ALL, 3));
        assertThat(Schedule.of(7, 300, ALL, 3)).isNotEqualTo(Schedule.of(8, 300, ALL, 3));
    }

    @Test
    void everyFaultHappensInTheTimeAndOnePartSuffersOneAtATime() {
        for (long seed = 1; seed <= 50; seed++) {
            List<Injection> schedule = Schedule.of(seed, 300, ALL, 2);
            assertThat(schedule).extracting(Injection::fault).containsAll(ALL);
            assertThat(schedule)
                    .isSortedAccordingTo(java.util.Comparator.comparingInt(Injection::atMillis))
                    .allMatch(injection -> injection.atMillis() < 300_000 && injection.worker() < 2);
            for (Fault one : Set.of(Fault.BROKER_KILL, Fault.FACADE_KILL)) {
                for (Injection injection : schedule) {
                    assertThat(schedule)
                            .filteredOn(other -> other != injection
                                    && injection.fault() == one
                                    && sharesPart(one, other.fault())
                                    && other.atMillis() < injection.endMillis()
                                    && injection.atMillis() < other.endMillis())
                            .isEmpty();
                }
            }
        }
    }

    private static boolean sharesPart(Fault one, Fault other) {
        String part = one.word().substring(0, one.word().indexOf('-'));
        return other.word().startsWith(part);
    }

    @Test
    void withoutFaultsNothingHappens() {
        assertThat(Schedule.of(1, 300, EnumSet.noneOf(Fault.class), 2)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--seed",
                "--seed x",
                "--seconds 0",
                "--rate 1001",
                "--faults earthquake",
                "--faults ",
                "--store mysql",
                "--workers 0",
                "nonsense"
            })
    void aCommandLineThatIsNoneIsRefused(String line) {
        assertThatThrownBy(() -> ChaosOptions.of(line.split(" ", -1))).isInstanceOf(ChaosOptions.UsageException.class);
    }

    @Test
    void optionsAreTaken() throws Exception {
        ChaosOptions options = ChaosOptions.of(
                "--seed",
                "5",
                "--seconds",
                "20",
                "--rate",
                "9",
                "--store",
                "h2",
                "--workers",
                "3",
                "--long",
                "7",
                "--faults",
                "facade-kill,store-kill,poison");
        assertThat(options)
                .isEqualTo(new ChaosOptions(5, 20, 9, EnumSet.of(Fault.FACADE_KILL, Fault.POISON), false, 3, 7, 240));
    }
}
