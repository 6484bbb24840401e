package io.plainsail.workers.@PACKAGE@;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.testbed.Broker;
import io.plainsail.testbed.RabbitMqExtension;
import io.plainsail.worker.service.ConfiguredWorker;
import io.plainsail.worker.service.WorkerService;
import io.plainsail.worker.testing.TestResult;
import io.plainsail.worker.testing.WorkerOnBroker;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The whole service on a RabbitMQ. */
@Timeout(120)
@ExtendWith(RabbitMqExtension.class)
class @CLASS@WorkerIT {
    private final WorkerService service =
            ConfiguredWorker.of(new @CLASS@Worker(), Map.of(), Map.of()).service();

    @Test
    void jobGoesThroughTheBrokerAndItsOutcomeComesBack(Broker broker) {
        try (WorkerOnBroker worker = WorkerOnBroker.start(service, broker)) {
            TestResult result = worker.submit("{\"name\": \"Ada\"}").await();
            assertThat(result.requireOutput().get("greeting").textValue()).isEqualTo("Hello, Ada!");
            assertThat(result.log()).containsExactly("Greeting Ada");
        }
    }
}
