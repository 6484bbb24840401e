package io.plainsail.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(RabbitMqExtension.class)
class RabbitMqExtensionIT {
    private final Broker broker;

    RabbitMqExtensionIT(Broker broker) {
        this.broker = broker;
    }

    @Test
    void aFreshVirtualHostTakesAConfirmedMessage() throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(broker.freshVirtualHostUri());
        try (Connection connection = factory.newConnection("testbed");
                Channel channel = connection.createChannel()) {
            String queue = "extension-" + ProcessHandle.current().pid();
            channel.queueDeclare(queue, true, false, false, Map.of("x-queue-type", "quorum"));
            channel.confirmSelect();
            channel.basicPublish("", queue, null, new byte[] {1});
            channel.waitForConfirmsOrDie(10_000);

            assertThat(channel.queueDelete(queue).getMessageCount()).isEqualTo(1);
        }
    }

    @Nested
    class InAnotherClass {
        @Test
        void theServerIsTheSame(Broker other) {
            assertThat(other).isSameAs(broker);
            assertThat(other.uri()).startsWith("amqp://");
        }
    }
}
