package io.plainsail.chaos.broken;

import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Delivery;
import java.util.Optional;

/** A delivery with another message. */
record ChangedDelivery(Delivery delivery, Message message) implements Delivery {

    @Override
    public boolean redelivered() {
        return delivery.redelivered();
    }

    @Override
    public int deliveryCount() {
        return delivery.deliveryCount();
    }

    @Override
    public Optional<String> deathReason() {
        return delivery.deathReason();
    }

    @Override
    public boolean inHand() {
        return delivery.inHand();
    }

    @Override
    public void ack() {
        delivery.ack();
    }

    @Override
    public void requeue() {
        delivery.requeue();
    }

    @Override
    public void reject() {
        delivery.reject();
    }
}
