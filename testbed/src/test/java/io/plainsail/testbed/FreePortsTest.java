package io.plainsail.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FreePortsTest {
    @Test
    void portsDifferAndLieBelowTheEphemeralRange() {
        assertThat(IntStream.range(0, 50).mapToObj(i -> FreePorts.next()))
                .doesNotHaveDuplicates()
                .allSatisfy(port -> assertThat(port).isBetween(20_000, 31_999));
    }
}
