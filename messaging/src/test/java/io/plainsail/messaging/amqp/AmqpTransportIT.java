package io.plainsail.messaging.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.messaging.Transport;
import io.plainsail.messaging.TransportContract;
import io.plainsail.testbed.Broker;
import io.plainsail.testbed.RabbitMqExtension;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RabbitMqExtension.class)
class AmqpTransportIT extends TransportContract {
    private static String uri = "";

    @BeforeAll
    static void makeVirtualHost(Broker broker) {
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

    @Test
    void keepsMessagesWhenItIsClosed() {
        assertThat(transport.keepsMessages()).isTrue();
    }
}
