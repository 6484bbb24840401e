package io.plainsail.messaging.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Delay;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.Transport;
import io.plainsail.messaging.TransportContract;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class EmbeddedTransportTest extends TransportContract {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Message MESSAGE = new Message("text/plain", Map.of(), new byte[1]);

    @Override
    protected Transport open() {
        return EmbeddedTransport.create();
    }

    @Override
    protected Transport openAnother() {
        return transport;
    }

    @Test
    void messagesUnderDelayAreBoundedTogether() {
        EmbeddedTransport small = EmbeddedTransport.create(new EmbeddedOptions(1, 2));
        try (Publisher publisher = small.publisher(PublisherOptions.named("test"))) {
            List<PublishResult> results = new CopyOnWriteArrayList<>();
            for (int version = 1; version <= 3; version++) {
                Destination later = Destination.delayed(new JobType("test.later", version), Delay.S1000);
                publisher.publish(later, MESSAGE, results::add);
            }
            assertThat(results)
                    .containsExactly(PublishResult.CONFIRMED, PublishResult.CONFIRMED, PublishResult.REFUSED);
        } finally {
            small.close();
        }
    }

    @Test
    void oneThatLeavesItsDelayMakesRoomForAnother() {
        Destination later = Destination.delayed(new JobType("test.later", 1), Delay.S1);
        EmbeddedTransport small = EmbeddedTransport.create(new EmbeddedOptions(1, 1));
        try (Publisher publisher = small.publisher(PublisherOptions.named("test"))) {
            List<PublishResult> results = new CopyOnWriteArrayList<>();
            publisher.publish(later, MESSAGE, results::add);
            List<Delivery> dead = new CopyOnWriteArrayList<>();
            small.subscribe(Destination.dead(), new SubscriptionOptions("test", 3), dead::add);
            await().atMost(PATIENCE).until(() -> dead.size() == 1);
            publisher.publish(later, MESSAGE, results::add);
            assertThat(results).containsExactly(PublishResult.CONFIRMED, PublishResult.CONFIRMED);
        } finally {
            small.close();
        }
    }

    @Test
    void delayedMessageWaitsForAQueueThatIsFull() {
        JobType type = new JobType("test.late", 1);
        EmbeddedTransport small = EmbeddedTransport.create(new EmbeddedOptions(1, 1));
        try (Publisher publisher = small.publisher(PublisherOptions.named("test"))) {
            List<Delivery> delivered = new CopyOnWriteArrayList<>();
            small.subscribe(Destination.jobs(type), new SubscriptionOptions("test", 3), delivered::add);
            publisher.publish(Destination.jobs(type), MESSAGE, result -> {});
            await().atMost(PATIENCE).until(() -> !delivered.isEmpty());
            publisher.publish(Destination.delayed(type, Delay.S1), MESSAGE, result -> {});
            await().pollDelay(Delay.S1.length().plusMillis(200)).until(() -> true);
            assertThat(delivered).hasSize(1);

            delivered.get(0).ack();
            await().atMost(PATIENCE).until(() -> delivered.size() == 2);
        } finally {
            small.close();
        }
    }

    @Test
    void keepsNothingWhenItIsClosed() {
        assertThat(transport.keepsMessages()).isFalse();
    }

    @Test
    void fullQueueRefusesAndTakesAgainWhenThereIsRoom() {
        EmbeddedTransport small = EmbeddedTransport.create(new EmbeddedOptions(1, 3));
        try (Publisher publisher = small.publisher(PublisherOptions.named("test"))) {
            List<PublishResult> results = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                publisher.publish(Destination.events(), MESSAGE, results::add);
            }

            assertThat(results)
                    .containsExactly(
                            PublishResult.CONFIRMED,
                            PublishResult.CONFIRMED,
                            PublishResult.CONFIRMED,
                            PublishResult.REFUSED);
            small.subscribe(Destination.events(), new SubscriptionOptions("test", 3), delivery -> delivery.ack());
            await().atMost(PATIENCE).until(() -> small.length(Destination.events()) == 0);
            publisher.publish(Destination.events(), MESSAGE, results::add);
            assertThat(results).endsWith(PublishResult.CONFIRMED);
        } finally {
            small.close();
        }
    }

    @Test
    void messageThatCannotDieForLackOfRoomIsNotLost() {
        EmbeddedTransport small = EmbeddedTransport.create(new EmbeddedOptions(1, 1));
        try (Publisher publisher = small.publisher(PublisherOptions.named("test"))) {
            publisher.publish(Destination.dead(), MESSAGE, result -> {});
            publisher.publish(Destination.events(), MESSAGE, result -> {});
            small.subscribe(Destination.events(), new SubscriptionOptions("test", 1), delivery -> delivery.reject());
            assertThat(small.length(Destination.events())).isEqualTo(1);

            List<String> reasons = new CopyOnWriteArrayList<>();
            small.subscribe(Destination.dead(), new SubscriptionOptions("test", 1), delivery -> {
                reasons.add(delivery.deathReason().orElse("published"));
                delivery.ack();
            });

            await().atMost(PATIENCE).until(() -> reasons.equals(List.of("published", "rejected")));
            await().atMost(PATIENCE).until(() -> small.length(Destination.events()) == 0);
        } finally {
            small.close();
        }
    }

    @Test
    void optionsRefuseBoundsBelowOne() {
        assertThatThrownBy(() -> new EmbeddedOptions(0, 1)).hasMessageContaining("threads is 0");
        assertThatThrownBy(() -> new EmbeddedOptions(1, 0)).hasMessageContaining("maxQueueLength is 0");
    }
}
