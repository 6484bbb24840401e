package io.plainsail.messaging.amqp;

import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.Destination;
import java.io.IOException;
import java.util.Map;

/**
 * Every name in the broker and how it is made; nothing else spells one. Declaring is idempotent, and fails with the
 * broker's words if something of that name exists and differs.
 *
 * <pre>
 * exchange plainsail.jobs (direct)   --&lt;type&gt;.v&lt;N&gt;--&gt; queue plainsail.jobs.&lt;type&gt;.v&lt;N&gt;
 * exchange plainsail.events (direct) --events-------&gt; queue plainsail.events
 * exchange plainsail.dead (fanout)   ---------------&gt; queue plainsail.dead
 * queues of jobs and events          --dead letters-&gt; exchange plainsail.dead
 * </pre>
 *
 * All exchanges are durable and all queues are quorum queues. Dead letters are moved at least once, which needs
 * {@code x-overflow=reject-publish}; without it RabbitMQ falls back to at most once and tells only its log.
 */
final class AmqpTopology {
    private static final String JOBS = "plainsail.jobs";
    private static final String EVENTS = "plainsail.events";
    private static final String DEAD = "plainsail.dead";
    private static final String EVENTS_KEY = "events";
    private static final String DEAD_KEY = "";

    /** RabbitMQ 4 limits deliveries to 20 if nothing is said, then drops: the dead must not be dropped. */
    private static final int NO_DELIVERY_LIMIT = 1_000_000_000;

    private static final Map<String, Object> WORK_QUEUE = Map.of(
            "x-queue-type", "quorum",
            "x-delivery-limit", Delivery.LIMIT,
            "x-dead-letter-exchange", DEAD,
            "x-dead-letter-strategy", "at-least-once",
            "x-overflow", "reject-publish");

    private static final Map<String, Object> DEAD_QUEUE =
            Map.of("x-queue-type", "quorum", "x-delivery-limit", NO_DELIVERY_LIMIT);

    private AmqpTopology() {}

    /** The exchange to publish to. */
    static String exchange(Destination destination) {
        if (destination instanceof Destination.Jobs) {
            return JOBS;
        }
        return destination instanceof Destination.Events ? EVENTS : DEAD;
    }

    static String routingKey(Destination destination) {
        if (destination instanceof Destination.Jobs jobs) {
            return jobs.jobType().key();
        }
        return destination instanceof Destination.Events ? EVENTS_KEY : DEAD_KEY;
    }

    /** The queue to consume from. */
    static String queue(Destination destination) {
        if (destination instanceof Destination.Jobs jobs) {
            return JOBS + "." + jobs.jobType().key();
        }
        return destination instanceof Destination.Events ? EVENTS : DEAD;
    }

    /** Whether messages published to this exchange always have a queue: then an unroutable one means it is gone. */
    static boolean alwaysRoutes(String exchange) {
        return !exchange.equals(JOBS);
    }

    /** Makes what exists always. */
    static void declare(Channel channel) throws IOException {
        channel.exchangeDeclare(DEAD, BuiltinExchangeType.FANOUT, true);
        channel.queueDeclare(DEAD, true, false, false, DEAD_QUEUE);
        channel.queueBind(DEAD, DEAD, DEAD_KEY);
        channel.exchangeDeclare(EVENTS, BuiltinExchangeType.DIRECT, true);
        channel.queueDeclare(EVENTS, true, false, false, WORK_QUEUE);
        channel.queueBind(EVENTS, EVENTS, EVENTS_KEY);
        channel.exchangeDeclare(JOBS, BuiltinExchangeType.DIRECT, true);
    }

    /** Makes what exists always, and the destination. */
    static void declare(Channel channel, Destination destination) throws IOException {
        declare(channel);
        if (destination instanceof Destination.Jobs) {
            channel.queueDeclare(queue(destination), true, false, false, WORK_QUEUE);
            channel.queueBind(queue(destination), exchange(destination), routingKey(destination));
        }
    }
}
