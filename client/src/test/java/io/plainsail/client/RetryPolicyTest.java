package io.plainsail.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {

    @Test
    void restsDoubleUpToTheLongest() {
        RetryPolicy policy = RetryPolicy.DEFAULT;
        assertThat(policy.restAfter(1, 0)).isEqualTo(Duration.ofMillis(200));
        assertThat(policy.restAfter(3, 0)).isEqualTo(Duration.ofMillis(800));
        assertThat(policy.restAfter(7, 0)).isEqualTo(Duration.ofSeconds(10));
        assertThat(policy.restAfter(Integer.MAX_VALUE, 0)).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void restsAreShortenedByAHalfAtMost() {
        assertThat(RetryPolicy.DEFAULT.restAfter(2, 0.5)).isEqualTo(Duration.ofMillis(300));
        assertThat(RetryPolicy.DEFAULT.restAfter(2, 1)).isEqualTo(Duration.ofMillis(200));
    }

    @Test
    void whatCannotWorkIsRefused() {
        Duration second = Duration.ofSeconds(1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RetryPolicy(0, second, second, second))
                .withMessageContaining("attempts is 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RetryPolicy(1, second, Duration.ZERO, second))
                .withMessageContaining("longestRest");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RetryPolicy(1, second, second, second.negated()))
                .withMessageContaining("within");
    }
}
