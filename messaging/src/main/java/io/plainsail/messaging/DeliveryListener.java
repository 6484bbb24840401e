package io.plainsail.messaging;

/** Receives deliveries, one at a time per subscription. */
@FunctionalInterface
public interface DeliveryListener {

    /** Takes a delivery over; must not block for long. Throwing hands the delivery back to its queue. */
    void onDelivery(Delivery delivery);
}
