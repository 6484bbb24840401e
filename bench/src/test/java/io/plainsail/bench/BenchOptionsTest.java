package io.plainsail.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.bench.BenchOptions.UsageException;
import io.plainsail.bench.scenario.Settings.Store;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BenchOptionsTest {
    @Test
    void defaults() throws UsageException {
        assertThat(BenchOptions.of()).isEqualTo(new BenchOptions(Set.of(), 20, 60, Store.POSTGRESQL, null, null));
    }

    @Test
    void everyOptionIsTaken() throws UsageException {
        assertThat(BenchOptions.of(
                        "--only",
                        "e2e,broker",
                        "--seconds",
                        "5",
                        "--warm-up",
                        "3",
                        "--store",
                        "h2",
                        "--out",
                        "x.json",
                        "--profile",
                        "p"))
                .isEqualTo(new BenchOptions(Set.of("e2e", "broker"), 5, 3, Store.H2, Path.of("x.json"), Path.of("p")));
    }

    @Test
    void whatCannotBeFollowedIsNamed() {
        assertThatThrownBy(() -> BenchOptions.of("--fast")).hasMessageContaining("--fast");
        assertThatThrownBy(() -> BenchOptions.of("--only")).hasMessageContaining("needs a value");
        assertThatThrownBy(() -> BenchOptions.of("--out", "--only")).hasMessageContaining("--out needs a value");
        assertThatThrownBy(() -> BenchOptions.of("--seconds", "0")).hasMessageContaining("1 to 3600");
        assertThatThrownBy(() -> BenchOptions.of("--seconds", "soon")).hasMessageContaining("soon");
        assertThatThrownBy(() -> BenchOptions.of("--store", "oracle")).hasMessageContaining("postgresql or h2");
    }
}
