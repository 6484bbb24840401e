package io.plainsail.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryPolicyTest {
    private static final RetryPolicy POLICY = new RetryPolicy(8, Duration.ofSeconds(5), Duration.ofMinutes(1));

    @ParameterizedTest
    @CsvSource({
        "1, 1.0, PT5S",
        "1, 0.0, PT2.5S",
        "2, 1.0, PT10S",
        "2, 0.5, PT7.5S",
        "4, 1.0, PT40S",
        "5, 1.0, PT1M",
        "100, 1.0, PT1M",
        "2147483647, 0.0, PT30S",
        "0, 1.0, PT5S",
    })
    void restDoublesUpToItsCapAndHalfOfItIsChance(int failedAttempts, double chance, Duration rest) {
        assertThat(POLICY.rest(failedAttempts, chance)).isEqualTo(rest);
    }

    @Test
    void noBackoffIsNoRest() {
        assertThat(new RetryPolicy(3, Duration.ZERO, Duration.ofMinutes(1)).rest(7, 1.0))
                .isZero();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, -, 8, PT5S, PT1M",
                "3, PT10S, 3, PT5S, PT10S",
                "3, PT1S, 3, PT1S, PT1S",
                "1, PT0S, 1, PT0S, PT0S",
                "9, PT1H, 8, PT5S, PT1M",
                "0, PT-1S, 1, PT5S, PT1M",
            })
    void callerLowersThePolicyAndNeverRaisesIt(
            Integer attempts, Duration maxBackoff, int most, Duration backoff, Duration cap) {
        assertThat(new RetryBounds(attempts, maxBackoff).within(POLICY)).isEqualTo(new RetryPolicy(most, backoff, cap));
    }
}
