package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FacadeConfigurationTest {
    private final FacadeConfiguration configuration = new FacadeConfiguration();

    @Test
    void durationsHaveDefaults() {
        assertThat(configuration.lease()).isEqualTo(Duration.ofSeconds(30));
        assertThat(configuration.missingAfter()).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void durationsAreTakenWithinTheirBounds() {
        configuration.setLease("PT3S");
        configuration.setMissingAfter("PT10S");
        assertThat(configuration.lease()).isEqualTo(Duration.ofSeconds(3));
        assertThat(configuration.missingAfter()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void othersAreRefusedWithBoundsAndDefault() {
        for (String wrong : new String[] {"PT9.999S", "P1DT1S", "10 minutes", "-PT10M", ""}) {
            assertThatThrownBy(() -> configuration.setMissingAfter(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("missingAfter is \"" + wrong
                            + "\": must be an ISO 8601 duration from PT10S to PT24H (default PT10M)");
        }
        assertThatThrownBy(() -> configuration.setLease("PT1H0.001S"))
                .hasMessage("lease is \"PT1H0.001S\": must be an ISO 8601 duration from PT3S to PT1H (default PT30S)");
    }
}
