package io.plainsail.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.chaos.fault.Fault;
import io.plainsail.chaos.fault.Injection;
import io.plainsail.chaos.fault.Schedule;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    private static final Set<Fault> ALL = EnumSet.allOf(Fault.class);

    /** Some that hit the same part as the first. */
    private static final Map<Fault, Set<Fault>> NOT_TOGETHER = Map.of(
            Fault.BROKER_KILL,
            EnumSet.of(
                    Fault.BROKER_KILL,
                    Fault.MEMORY_ALARM,
                    Fault.DISK_ALARM,
                    Fault.CONNECTIONS_CLOSED,
                    Fault.QUEUE_PURGED),
            Fault.FACADE_KILL,
            EnumSet.of(
                    Fault.FACADE_KILL,
                    Fault.FACADE_FREEZE,
                    Fault.FACADE_BROKER_CUT,
                    Fault.DISK_FULL,
                    Fault.FACADE_CLOCK_STEP,
                    Fault.ACCEPT_COMMITTED),
            Fault.STORE_KILL,
            EnumSet.of(Fault.STORE_KILL, Fault.STORE_DISK_FULL, Fault.FACADE_STORE_CUT));

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
            for (Fault one : NOT_TOGETHER.keySet()) {
                for (Injection injection : schedule) {
                    assertThat(schedule)
                            .filteredOn(other -> other != injection
                                    && injection.fault() == one
                                    && NOT_TOGETHER.get(one).contains(other.fault())
                                    && other.atMillis() < injection.endMillis()
                                    && injection.atMillis() < other.endMillis())
                            .isEmpty();
                }
            }
        }
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
                .isEqualTo(new ChaosOptions(
                        5, 20, 9, EnumSet.of(Fault.FACADE_KILL, Fault.POISON), false, 3, 7, 12_000, 240, 30));
    }
}
