package io.plainsail.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DelayTest {

    @ParameterizedTest
    @CsvSource({
        "PT-5S, S1",
        "PT0S, S1",
        "PT0.999S, S1",
        "PT1S, S1",
        "PT2.999S, S1",
        "PT3S, S3",
        "PT99.9S, S30",
        "PT100S, S100",
        "PT59M59S, S1000",
        "PT1H, S3600",
        "PT700H, S3600",
    })
    void longestStepThatFitsIsTaken(Duration rest, Delay step) {
        assertThat(Delay.towards(rest)).isEqualTo(step);
    }
}
