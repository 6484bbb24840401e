package io.plainsail.messaging.amqp;

import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import io.plainsail.messaging.Address;
import io.plainsail.messaging.Delay;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.Destination;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/**
 * Every name in the broker and how it is made; nothing else spells one. Declaring is idempotent, and fails with the
 * broker's words if something of that name exists and differs.
 *
 * <pre>
 * exchange plainsail.jobs (direct)   --&lt;type&gt;.v&lt;N&gt;--&gt; queue plainsail.jobs.&lt;type&gt;.v&lt;N&gt;
 * exchange plainsail.delay.&lt;n&gt;s (fanout) -----------&gt; queue plainsail.delay.&lt;n&gt;s, for each {@link Delay}
 * queues plainsail.delay.&lt;n&gt;s        --expired------&gt; exchange plainsail.rested, by the key they were published with
 * exchange plainsail.rested (direct) --&lt;type&gt;.v&lt;N&gt;--&gt; queue plainsail.jobs.&lt;type&gt;.v&lt;N&gt;
 *                                    --no such queue&gt; exchange plainsail.dead
 * exchange plainsail.events (direct) --events-------&gt; queue plainsail.events
 * exchange plainsail.dead (fanout)   ---------------&gt; queue plainsail.dead
 * queues of jobs and events          --dead letters-&gt; exchange plainsail.dead
 * </pre>
 *
 * What has rested goes through an exchange of its own, which has an alternate: the broker tries an unroutable dead letter
 * again every three minutes, and behind 32 of these the messages of all other types would wait. With the alternate on
 * {@code plainsail.jobs} no unroutable message would come back to the relay.
 *
 * <p>All exchanges are durable and all queues are quorum queues. Dead letters are moved at least once, which needs
 * {@code x-overflow=reject-publish}; without it RabbitMQ falls back to at most once and tells only its log.
 */
public final class AmqpTopology {
    private static final String JOBS = "plainsail.jobs";
    private static final String RESTED = "plainsail.rested";
    private static final String DELAY = "plainsail.delay";
    private static final String EVENTS = "plainsail.events";
    private static final String DEAD = "plainsail.dead";
    private static final String EVENTS_KEY = "events";
    private static final String DEAD_KEY = "";
    private static final String DELAY_KEY = "";

    /** RabbitMQ 4 limits deliveries to 20 if nothing is said, then drops: the dead must not be dropped. */
    private static final int NO_DELIVERY_LIMIT = 1_000_000_000;

    private static final Map<String, Object> NOTHING = Map.of();
    private static final Map<String, Object> ELSE_DEAD = Map.of("alternate-exchange", DEAD);

    private static final Map<String, Object> WORK_QUEUE = Map.of(
            "x-queue-type", "quorum",
            "x-delivery-limit", Delivery.LIMIT,
            "x-dead-letter-exchange", DEAD,
            "x-dead-letter-strategy", "at-least-once",
            "x-overflow", "reject-publish");

    private static final Map<String, Object> DEAD_QUEUE =
            Map.of("x-queue-type", "quorum", "x-delivery-limit", NO_DELIVERY_LIMIT);

    private static final Map<Delay, Map<String, Object>> DELAY_QUEUES = delayQueues();

    private AmqpTopology() {}

    private static Map<Delay, Map<String, Object>> delayQueues() {
        Map<Delay, Map<String, Object>> queues = new EnumMap<>(Delay.class);
        for (Delay delay : Delay.values()) {
            queues.put(
                    delay,
                    Map.of(
                            "x-queue-type",
                            "quorum",
                            "x-message-ttl",
                            delay.length().toMillis(),
                            "x-delivery-limit",
                            NO_DELIVERY_LIMIT,
                            "x-dead-letter-exchange",
                            RESTED,
                            "x-dead-letter-strategy",
                            "at-least-once",
                            "x-overflow",
                            "reject-publish"));
        }
        return queues;
    }

    private static String delayName(Delay delay) {
        return DELAY + "." + delay.length().toSeconds() + "s";
    }

    private static void declareDead(Channel channel) throws IOException {
        channel.exchangeDeclareNoWait(DEAD, BuiltinExchangeType.FANOUT, true, false, false, NOTHING);
        channel.queueDeclareNoWait(DEAD, true, false, false, DEAD_QUEUE);
        channel.queueBindNoWait(DEAD, DEAD, DEAD_KEY, NOTHING);
    }

    private static void declareDelay(Channel channel, Delay delay) throws IOException {
        String name = delayName(delay);
        channel.exchangeDeclareNoWait(name, BuiltinExchangeType.FANOUT, true, false, false, NOTHING);
        channel.queueDeclareNoWait(name, true, false, false, DELAY_QUEUES.get(delay));
        channel.queueBindNoWait(name, name, DELAY_KEY, NOTHING);
    }

    /** The exchange to publish to. */
    public static String exchange(Destination destination) {
        if (destination instanceof Destination.Jobs) {
            return JOBS;
        }
        if (destination instanceof Destination.Delayed delayed) {
            return delayName(delayed.delay());
        }
        return destination instanceof Destination.Events ? EVENTS : DEAD;
    }

    /** With which to publish. */
    public static String routingKey(Destination destination) {
        if (destination instanceof Destination.Jobs jobs) {
            return jobs.jobType().key();
        }
        if (destination instanceof Destination.Delayed delayed) {
            return delayed.jobType().key();
        }
        return destination instanceof Destination.Events ? EVENTS_KEY : DEAD_KEY;
    }

    /**
     * As OpenTelemetry's conventions for RabbitMQ have it: exchange and routing key, and for who consumes the queue too. Names
     * of what has rested in a delay are those of what was published at once.
     */
    static Address address(Destination destination) {
        String key = routingKey(destination);
        String sentTo = exchange(destination) + (key.isEmpty() ? "" : ":" + key);
        String takenFrom = destination instanceof Destination.Delayed ? sentTo : sentTo + ":" + queue(destination);
        return new Address("rabbitmq", sentTo, takenFrom, key);
    }

    /** What log lines call it. */
    static String label(Destination destination) {
        return destination instanceof Destination.Delayed delayed
                ? delayName(delayed.delay()) + " for " + delayed.jobType().key()
                : queue(destination);
    }

    /** The exchange that what has rested in a delay goes through. */
    public static String restedExchange() {
        return RESTED;
    }

    /** With which a destination's queue is declared. */
    public static Map<String, Object> queueArguments(Destination destination) {
        if (destination instanceof Destination.Delayed delayed) {
            return DELAY_QUEUES.getOrDefault(delayed.delay(), NOTHING);
        }
        return destination instanceof Destination.Dead ? DEAD_QUEUE : WORK_QUEUE;
    }

    /** The queue to consume from. */
    public static String queue(Destination destination) {
        if (destination instanceof Destination.Jobs jobs) {
            return JOBS + "." + jobs.jobType().key();
        }
        if (destination instanceof Destination.Delayed delayed) {
            throw new IllegalArgumentException(delayed + " is on the way only: subscribe to its job type");
        }
        return destination instanceof Destination.Events ? EVENTS : DEAD;
    }

    /** Makes what publishing needs: the exchange, and the queue of a destination that exists always. */
    static void declareToPublish(Channel channel, Destination destination) throws IOException {
        if (destination instanceof Destination.Jobs) {
            channel.exchangeDeclareNoWait(JOBS, BuiltinExchangeType.DIRECT, true, false, false, NOTHING);
        } else if (destination instanceof Destination.Delayed delayed) {
            declareDead(channel);
            channel.exchangeDeclareNoWait(RESTED, BuiltinExchangeType.DIRECT, true, false, false, ELSE_DEAD);
            declareDelay(channel, delayed.delay());
        } else {
            declare(channel, destination);
        }
    }

    /**
     * Makes the destination, and where its dead letters go. Does not wait: what the broker refuses shows as the end of
     * the channel, at the next request that waits. Asking for an answer would have the broker ask the queue, and that
     * hangs when the queue has no leader.
     */
    static void declare(Channel channel, Destination destination) throws IOException {
        declareDead(channel);
        if (destination instanceof Destination.Dead) {
            return;
        }
        String exchange = exchange(destination);
        channel.exchangeDeclareNoWait(exchange, BuiltinExchangeType.DIRECT, true, false, false, NOTHING);
        channel.queueDeclareNoWait(queue(destination), true, false, false, WORK_QUEUE);
        channel.queueBindNoWait(queue(destination), exchange, routingKey(destination), NOTHING);
        if (destination instanceof Destination.Jobs) {
            channel.exchangeDeclareNoWait(RESTED, BuiltinExchangeType.DIRECT, true, false, false, ELSE_DEAD);
            channel.queueBindNoWait(queue(destination), RESTED, routingKey(destination), NOTHING);
            // Long before they are needed: a quorum queue in its first moments may not outlive the end of its broker.
            for (Delay delay : Delay.values()) {
                declareDelay(channel, delay);
            }
        }
    }
}
