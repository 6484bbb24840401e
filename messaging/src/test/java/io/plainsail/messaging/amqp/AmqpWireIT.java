package io.plainsail.messaging.amqp;

import static io.plainsail.messaging.RecordingListener.PATIENCE;
import static io.plainsail.messaging.RecordingListener.message;
import static io.plainsail.messaging.RecordingListener.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.DeliveryListener;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.RecordingListener;
import io.plainsail.messaging.Subscription;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.testbed.PrivateRabbitMq;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Plainsail and others see of each other in the broker. */
class AmqpWireIT {
    private static final AtomicInteger TYPES = new AtomicInteger();
    private static PrivateRabbitMq broker;
    private static Connection others;

    private AmqpTransport transport;
    private Destination jobs;
    private Channel channel;

    @BeforeAll
    static void startBroker() throws Exception {
        assumeTrue(PrivateRabbitMq.isInstalled(), "RabbitMQ is not installed");
        broker = PrivateRabbitMq.start(PrivateRabbitMq.Options.defaults());
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(broker.uri());
        others = factory.newConnection();
    }

    @AfterAll
    static void endBroker() {
        if (broker != null) {
            others.abort(1_000);
            broker.close();
        }
    }

    @BeforeEach
    void open() throws Exception {
        transport = AmqpTransport.create(AmqpConfig.of(broker.uri(), "wire"));
        jobs = Destination.jobs(new JobType("test.wire", TYPES.incrementAndGet()));
        channel = others.createChannel();
    }

    @AfterEach
    void close() throws Exception {
        channel.close();
        transport.close();
    }

    @Test
    void topologyIsAsTheDesignNamesIt() {
        subscribe(1, Delivery::requeue);
        transport.subscribe(Destination.events(), new SubscriptionOptions("events", 1), Delivery::requeue);
        await().atMost(PATIENCE).until(() -> transport.health().connected());

        String queue = AmqpTopology.queue(jobs);
        assertThat(queue).startsWith("plainsail.jobs.test.wire.v");
        assertThat(broker.rabbitmqctl("list_queues", "name", "type", "durable", "--no-table-headers", "--quiet"))
                .contains(queue + "\tquorum\ttrue")
                .contains("plainsail.events\tquorum\ttrue")
                .contains("plainsail.dead\tquorum\ttrue");
        assertThat(broker.rabbitmqctl("list_exchanges", "name", "type", "durable", "--no-table-headers", "--quiet"))
                .contains("plainsail.jobs\tdirect\ttrue")
                .contains("plainsail.events\tdirect\ttrue")
                .contains("plainsail.dead\tfanout\ttrue");
        assertThat(broker.rabbitmqctl("list_bindings", "source_name", "destination_name", "routing_key", "--quiet"))
                .contains("plainsail.jobs\t" + queue + "\t" + queue.substring("plainsail.jobs.".length()));
    }

    @Test
    void connectionsConsumersAndChannelsCarryTheirNames() {
        subscribe(7, Delivery::requeue);
        readyPublisher();

        assertThat(broker.rabbitmqctl("list_connections", "client_properties", "--quiet"))
                .contains("wire publish")
                .contains("wire consume");
        assertThat(broker.rabbitmqctl("list_consumers", "queue_name", "consumer_tag", "prefetch_count", "--quiet"))
                .contains(AmqpTopology.queue(jobs) + "\ttest\t7");
    }

    @Test
    void othersSeePersistentMessageWithContentTypeAndTextHeaders() throws Exception {
        Subscription declared = subscribe(1, Delivery::requeue);
        declared.close();
        Message sent = new Message("application/json", Map.of("cloudEvents_type", "io.plainsail.job"), new byte[] {1});
        assertThat(publish(readyPublisher(), jobs, sent)).isEqualTo(PublishResult.CONFIRMED);

        GetResponse got = await().atMost(PATIENCE)
                .until(() -> channel.basicGet(AmqpTopology.queue(jobs), true), response -> response != null);

        assertThat(got.getBody()).containsExactly(1);
        assertThat(got.getProps().getContentType()).isEqualTo("application/json");
        assertThat(got.getProps().getDeliveryMode()).isEqualTo(2);
        assertThat(got.getProps().getHeaders().get("cloudEvents_type")).hasToString("io.plainsail.job");
    }

    @Test
    void headersOfOtherTypesArriveAsText() throws Exception {
        RecordingListener listener = RecordingListener.acking();
        subscribe(10, listener);
        Map<String, Object> headers = new HashMap<>();
        headers.put("int", 42);
        headers.put("long", 1L << 40);
        headers.put("boolean", true);
        headers.put("double", 1.5);
        headers.put("bytes", new byte[] {1});
        headers.put("list", List.of("a", 1));
        headers.put("table", Map.of("k", "v"));
        headers.put("nothing", null);
        channel.basicPublish(
                AmqpTopology.exchange(jobs),
                AmqpTopology.routingKey(jobs),
                new AMQP.BasicProperties.Builder().headers(headers).build(),
                "by others".getBytes(StandardCharsets.UTF_8));

        Delivery delivery = listener.next();

        assertThat(text(delivery)).isEqualTo("by others");
        assertThat(delivery.message().contentType()).isEmpty();
        assertThat(delivery.message().headers())
                .containsEntry("int", "42")
                .containsEntry("long", "1099511627776")
                .containsEntry("boolean", "true")
                .containsEntry("double", "1.5")
                .containsEntry("list", "[a, 1]")
                .containsEntry("table", "{k=v}")
                .containsKey("bytes")
                .doesNotContainKey("nothing");
    }

    @Test
    void messageWithoutAnyPropertiesIsDelivered() throws Exception {
        RecordingListener listener = RecordingListener.acking();
        subscribe(10, listener);
        channel.basicPublish(
                AmqpTopology.exchange(jobs),
                AmqpTopology.routingKey(jobs),
                new AMQP.BasicProperties.Builder().build(),
                new byte[0]);

        Delivery delivery = listener.next();

        assertThat(delivery.message()).satisfies(message -> {
            assertThat(message.contentType()).isEmpty();
            assertThat(message.headers()).isEmpty();
            assertThat(message.body()).isEmpty();
        });
    }

    @Test
    void acksInMultiplesReallyAck() {
        int count = 3_000;
        List<Delivery> inHand = Collections.synchronizedList(new ArrayList<>());
        AtomicInteger received = new AtomicInteger();
        subscribe(300, delivery -> {
            inHand.add(delivery);
            received.incrementAndGet();
        });
        publishMany(count);
        Random random = new Random(11);

        await().atMost(PATIENCE).until(() -> {
            synchronized (inHand) {
                Collections.shuffle(inHand, random);
                int keep = received.get() < count ? inHand.size() / 3 : 0;
                while (inHand.size() > keep) {
                    inHand.remove(inHand.size() - 1).ack();
                }
                return received.get() == count && inHand.isEmpty();
            }
        });

        awaitEmptyQueue();
        assertThat(received).hasValue(count);
    }

    @Test
    void fewAcksAreToldWithoutFurtherTraffic() {
        LinkedBlockingQueue<Delivery> inHand = new LinkedBlockingQueue<>();
        subscribe(300, inHand::add);
        publishMany(3);
        await().atMost(PATIENCE).until(() -> inHand.size() == 3);

        inHand.forEach(Delivery::ack);

        awaitEmptyQueue();
    }

    @Test
    void closeTellsTheLastAcks() {
        LinkedBlockingQueue<Delivery> inHand = new LinkedBlockingQueue<>();
        Subscription subscription = subscribe(1_000, inHand::add);
        publishMany(50);
        await().atMost(PATIENCE).until(() -> inHand.size() == 50);

        inHand.forEach(Delivery::ack);
        subscription.close();

        awaitEmptyQueue();
    }

    @Test
    void messageThatTheBrokerCannotTakeIsRefusedAndCostsNoOtherMessage() {
        subscribe(10, Delivery::ack);
        Publisher publisher = readyPublisher();

        assertThat(publish(publisher, jobs, new Message("a/b", Map.of("n".repeat(300), ""), new byte[1])))
                .isEqualTo(PublishResult.REFUSED);
        assertThat(publish(publisher, jobs, new Message("a/b", Map.of("large", "x".repeat(200_000)), new byte[1])))
                .isEqualTo(PublishResult.REFUSED);
        assertThat(publish(publisher, jobs, new Message("t".repeat(300), Map.of(), new byte[1])))
                .isEqualTo(PublishResult.REFUSED);
        assertThat(publish(publisher, jobs, new Message("a/b", Map.of(), new byte[AmqpPublisher.MAX_BODY_BYTES + 1])))
                .isEqualTo(PublishResult.REFUSED);

        assertThat(publisher.ready()).isTrue();
        for (int i = 0; i < 10; i++) {
            assertThat(publish(publisher, jobs, message("m" + i))).isEqualTo(PublishResult.CONFIRMED);
        }
    }

    @Test
    void largestMessageThatIsSentIsTaken() {
        RecordingListener listener = RecordingListener.acking();
        subscribe(1, listener);

        assertThat(publish(
                        readyPublisher(), jobs, new Message("a/b", Map.of(), new byte[AmqpPublisher.MAX_BODY_BYTES])))
                .isEqualTo(PublishResult.CONFIRMED);

        assertThat(listener.next().message().body()).hasSize(AmqpPublisher.MAX_BODY_BYTES);
    }

    // --- helpers ---

    private Subscription subscribe(int prefetch, DeliveryListener listener) {
        Subscription subscription = transport.subscribe(jobs, new SubscriptionOptions("test", prefetch), listener);
        await().atMost(PATIENCE).until(() -> transport.health().connected());
        return subscription;
    }

    private Publisher readyPublisher() {
        Publisher publisher = transport.publisher(PublisherOptions.named("test"));
        await().atMost(PATIENCE).until(publisher::ready);
        return publisher;
    }

    private static PublishResult publish(Publisher publisher, Destination destination, Message message) {
        LinkedBlockingQueue<PublishResult> results = new LinkedBlockingQueue<>();
        publisher.publish(destination, message, results::add);
        await().atMost(PATIENCE).until(() -> !results.isEmpty());
        return results.remove();
    }

    private void publishMany(int count) {
        Publisher publisher = readyPublisher();
        AtomicInteger confirmed = new AtomicInteger();
        for (int i = 0; i < count; i++) {
            publisher.publish(jobs, message("m" + i), result -> {
                if (result == PublishResult.CONFIRMED) {
                    confirmed.incrementAndGet();
                }
            });
        }
        await().atMost(PATIENCE).until(() -> confirmed.get() == count);
    }

    private void awaitEmptyQueue() {
        String queue = AmqpTopology.queue(jobs);
        await().atMost(PATIENCE).until(() -> broker.rabbitmqctl(
                        "list_queues", "name", "messages_ready", "messages_unacknowledged", "--quiet")
                .contains(queue + "\t0\t0"));
    }
}
