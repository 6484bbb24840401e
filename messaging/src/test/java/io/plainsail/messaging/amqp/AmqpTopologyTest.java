package io.plainsail.messaging.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.JobType;
import io.plainsail.messaging.Delay;
import io.plainsail.messaging.Destination;
import org.junit.jupiter.api.Test;

class AmqpTopologyTest {
    private static final JobType ECHO = new JobType("test.echo", 1);

    @Test
    void everyDestinationHasALabel() {
        assertThat(AmqpTopology.label(Destination.jobs(ECHO))).isEqualTo("plainsail.jobs.test.echo.v1");
        assertThat(AmqpTopology.label(Destination.delayed(ECHO, Delay.S3)))
                .isEqualTo("plainsail.delay.3s for test.echo.v1");
        assertThat(AmqpTopology.label(Destination.events())).isEqualTo("plainsail.events");
        assertThat(AmqpTopology.label(Destination.dead())).isEqualTo("plainsail.dead");
    }
}
