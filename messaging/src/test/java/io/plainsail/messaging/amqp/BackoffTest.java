package io.plainsail.messaging.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final long MIN = Duration.ofMillis(100).toNanos();
    private static final long MAX = Duration.ofSeconds(1).toNanos();

    private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1));

    @Test
    void waitsDoubleUpToTheLongestGiveOrTakeAQuarter() {
        for (long expected : new long[] {MIN, 2 * MIN, 4 * MIN, 8 * MIN, MAX, MAX, MAX}) {
            assertThat(backoff.nextNanos(0)).isBetween(expected - expected / 4, expected + expected / 4);
        }
    }

    @Test
    void whatHeldLongStartsAnew() {
        for (int i = 0; i < 10; i++) {
            backoff.nextNanos(0);
        }

        assertThat(backoff.nextNanos(MAX)).isLessThanOrEqualTo(MIN + MIN / 4);
    }

    @Test
    void whatHeldShortlyGoesOnWaitingLonger() {
        for (int i = 0; i < 10; i++) {
            backoff.nextNanos(0);
        }

        assertThat(backoff.nextNanos(MAX - 1)).isGreaterThanOrEqualTo(MAX - MAX / 4);
    }
}
