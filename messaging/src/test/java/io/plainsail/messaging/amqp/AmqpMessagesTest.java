package io.plainsail.messaging.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Delivery;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AmqpMessagesTest {
    private static BasicProperties with(Map<String, Object> headers) {
        return new BasicProperties.Builder().headers(headers).build();
    }

    @Test
    void whatTheBrokerAddsIsNotPartOfTheMessage() {
        Message message = AmqpMessages.message(
                with(Map.of(
                        "own", "kept",
                        "x-own", "kept too",
                        "x-delivery-count", 3L,
                        "x-death", List.of(),
                        "x-first-death-queue", "q",
                        "x-first-death-reason", "rejected",
                        "x-last-death-exchange", "e")),
                new byte[0]);

        assertThat(message.headers()).isEqualTo(Map.of("own", "kept", "x-own", "kept too"));
    }

    @Test
    void deliveryCountIsWhatTheBrokerSaysOrNone() {
        assertThat(AmqpMessages.deliveryCount(with(Map.of("x-delivery-count", 3L))))
                .isEqualTo(3);
        assertThat(AmqpMessages.deliveryCount(with(Map.of("x-delivery-count", "three"))))
                .isZero();
        assertThat(AmqpMessages.deliveryCount(new BasicProperties())).isZero();
    }

    @Test
    void deathReasonIsThatOfTheNewestDeath() {
        assertThat(AmqpMessages.deathReason(with(Map.of(
                        "x-death",
                        List.of(Map.of("reason", "delivery_limit"), Map.of("reason", "rejected")),
                        "x-first-death-reason",
                        "rejected"))))
                .contains(Delivery.DELIVERY_LIMIT);
        assertThat(AmqpMessages.deathReason(
                        with(Map.of("x-last-death-reason", "expired", "x-first-death-reason", "rejected"))))
                .contains("expired");
        assertThat(AmqpMessages.deathReason(with(Map.of("x-first-death-reason", "rejected"))))
                .contains(Delivery.REJECTED);
        assertThat(AmqpMessages.deathReason(with(Map.of("x-death", "nonsense"))))
                .isEmpty();
        assertThat(AmqpMessages.deathReason(new BasicProperties())).isEmpty();
    }

    @Test
    void numberOfAPublishComesBackWithTheMessage() {
        BasicProperties properties = AmqpMessages.properties(new Message("a/b", Map.of(), new byte[0]), 4_711);

        assertThat(AmqpMessages.sequence(properties)).isEqualTo(4_711);
        assertThat(AmqpMessages.sequence(new BasicProperties())).isZero();
    }
}
