package io.plainsail.messaging;

import java.time.Duration;

/** Receives deliveries, one at a time per subscription. */
@FunctionalInterface
public interface DeliveryListener {

    /** How long a delivery whose listener threw stays in hand before it goes back to its queue. */
    Duration RETRY_DELAY = Duration.ofSeconds(1);

    /**
     * Takes a delivery over; must not block for long. Throwing hands the delivery back to its queue, after {@link
     * #RETRY_DELAY} so that a listener that always throws cannot spin.
     */
    void onDelivery(Delivery delivery);
}
