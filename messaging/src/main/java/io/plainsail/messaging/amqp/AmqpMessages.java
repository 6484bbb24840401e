package io.plainsail.messaging.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Delivery;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Messages and their AMQP properties. Headers of others may be of any type: they arrive as text. What the broker itself
 * adds is not part of the message.
 */
final class AmqpMessages {
    private static final int PERSISTENT = 2;
    private static final String DELIVERY_COUNT = "x-delivery-count";
    private static final String DEATHS = "x-death";
    private static final String REASON = "reason";

    private static final Set<String> BROKER_HEADERS = Set.of(
            DELIVERY_COUNT,
            DEATHS,
            "x-acquired-count",
            "x-first-death-exchange",
            "x-first-death-queue",
            "x-first-death-reason",
            "x-last-death-exchange",
            "x-last-death-queue",
            "x-last-death-reason");

    private AmqpMessages() {}

    /**
     * @param sequence the channel's number for this publish, by which a message that comes back is known
     */
    static BasicProperties properties(Message message, long sequence) {
        Map<String, Object> headers = Collections.unmodifiableMap(message.headers());
        return new BasicProperties(
                message.contentType(),
                null,
                headers,
                PERSISTENT,
                null,
                null,
                null,
                null,
                Long.toString(sequence),
                null,
                null,
                null,
                null,
                null);
    }

    /** The number given to {@link #properties}; 0 if there is none. */
    static long sequence(BasicProperties properties) {
        try {
            return Long.parseLong(properties.getMessageId());
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    static Message message(BasicProperties properties, byte[] body) {
        String contentType = properties.getContentType();
        return new Message(contentType == null ? "" : contentType, headers(properties.getHeaders()), body);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type, written here alone
    private static Map<String, String> headers(@Nullable Map<String, Object> given) {
        if (given == null || given.isEmpty()) {
            return Map.of();
        }
        Entry<String, String>[] kept = new Entry[given.size()];
        int count = 0;
        for (Entry<String, Object> header : given.entrySet()) {
            if (header.getValue() != null && !BROKER_HEADERS.contains(header.getKey())) {
                kept[count++] = Map.entry(header.getKey(), String.valueOf(header.getValue()));
            }
        }
        return Map.ofEntries(count == kept.length ? kept : java.util.Arrays.copyOf(kept, count));
    }

    static int deliveryCount(BasicProperties properties) {
        Map<String, Object> headers = properties.getHeaders();
        return headers != null && headers.get(DELIVERY_COUNT) instanceof Number count ? count.intValue() : 0;
    }

    /** Why the message died last; {@link Delivery#REJECTED}, {@link Delivery#DELIVERY_LIMIT}, or RabbitMQ's other words. */
    static Optional<String> deathReason(BasicProperties properties) {
        Map<String, Object> headers = properties.getHeaders();
        if (headers == null) {
            return Optional.empty();
        }
        if (headers.get(DEATHS) instanceof List<?> deaths
                && !deaths.isEmpty()
                && deaths.get(0) instanceof Map<?, ?> newest
                && newest.get(REASON) != null) {
            return Optional.of(String.valueOf(newest.get(REASON)));
        }
        Object reason = headers.getOrDefault("x-last-death-reason", headers.get("x-first-death-reason"));
        return Optional.ofNullable(reason).map(String::valueOf);
    }
}
