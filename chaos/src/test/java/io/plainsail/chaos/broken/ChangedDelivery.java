package io.plainsail.chaos.broken;

import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Delivery;
import java.util.Optional;

/**
 * A delivery that looks otherwise to its receiver.
 *
 * @param message in place of its own
 * @param settled whether it has been settled before, which its receiver is not told
 */
record ChangedDelivery(Delivery delivery, Message message, boolean settled) implements Delivery {

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
        return settled || delivery.inHand();
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
