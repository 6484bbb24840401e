package io.plainsail.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class ProcessTreeTest {
    private final ProcessTree self = new ProcessTree(ProcessHandle.current().pid());

    @Test
    void thisJvmUsesTimeAndMemory() {
        Usage before = self.usage();
        assertThat(before.cpuSeconds()).isPositive();
        assertThat(before.memoryBytes()).isGreaterThan(10_000_000);
        assertThat(self.threads()).isNotEmpty();
        assertThat(ProcessTree.machineBusySeconds()).isGreaterThan(before.cpuSeconds());
        assertThat(self.usage().cpuSeconds()).isGreaterThanOrEqualTo(before.cpuSeconds());
    }

    @Test
    void aProcessThatIsNotThereCannotBeMeasured() {
        assertThatThrownBy(() -> new ProcessTree(Integer.MAX_VALUE).usage())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has ended");
    }
}
