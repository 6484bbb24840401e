package io.plainsail.messaging.amqp;

import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Delivery;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One delivery of one channel, settled through that channel's {@link AckLedger}. Thread-safe. */
final class AmqpDelivery implements Delivery {
    private final AckLedger ledger;
    private final Message message;
    private final boolean redelivered;
    private final int deliveryCount;
    private final Optional<String> deathReason;

    /** The broker's number for the delivery, on its channel. */
    final long tag;

    // The ledger's list of what the broker waits for. Guarded by its lock.
    @Nullable
    AmqpDelivery older;

    @Nullable
    AmqpDelivery newer;

    State state = State.IN_HAND;

    enum State {
        IN_HAND,
        /** Acked by the holder; the broker was not told yet. */
        ACKED,
        /** The broker was told. */
        SETTLED
    }

    AmqpDelivery(
            AckLedger ledger,
            long tag,
            Message message,
            boolean redelivered,
            int deliveryCount,
            Optional<String> deathReason) {
        this.ledger = ledger;
        this.tag = tag;
        this.message = message;
        this.redelivered = redelivered;
        this.deliveryCount = deliveryCount;
        this.deathReason = deathReason;
    }

    @Override
    public Message message() {
        return message;
    }

    @Override
    public boolean redelivered() {
        return redelivered;
    }

    @Override
    public int deliveryCount() {
        return deliveryCount;
    }

    @Override
    public Optional<String> deathReason() {
        return deathReason;
    }

    @Override
    public boolean inHand() {
        return ledger.holds(this);
    }

    @Override
    public void ack() {
        ledger.ack(this);
    }

    @Override
    public void requeue() {
        ledger.requeue(this);
    }

    @Override
    public void reject() {
        ledger.reject(this);
    }
}
