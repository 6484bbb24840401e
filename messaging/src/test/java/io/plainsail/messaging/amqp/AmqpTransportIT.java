package io.plainsail.messaging.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.messaging.Transport;
import io.plainsail.messaging.TransportContract;
import io.plainsail.testbed.Broker;
import io.plainsail.testbed.PrivateRabbitMq;
import io.plainsail.testbed.RabbitMqExtension;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RabbitMqExtension.class)
class AmqpTransportIT extends TransportContract {
    private static String uri = "";

    /** RabbitMQ's default. */
    private static Duration deadLetterRetry = Duration.ofMinutes(3);

    @BeforeAll
    static void makeVirtualHost(Broker broker) {
        if (broker instanceof PrivateRabbitMq own) {
            deadLetterRetry = Duration.ofSeconds(2);
            own.rabbitmqctl(
                    "eval",
                    "application:set_env(rabbit, dead_letter_worker_publisher_confirm_timeout, %d)."
                            .formatted(deadLetterRetry.toMillis()));
        }
        uri = broker.freshVirtualHostUri();
    }

    @Override
    protected Transport open() {
        return AmqpTransport.create(AmqpConfig.of(uri, "contract"));
    }

    @Override
    protected Transport openAnother() {
        return AmqpTransport.create(AmqpConfig.of(uri, "contract's other"));
    }

    @Override
    protected Duration untilALateQueueIsFound() {
        return deadLetterRetry;
    }

    @Test
    void keepsMessagesWhenItIsClosed() {
        assertThat(transport.keepsMessages()).isTrue();
    }
}
