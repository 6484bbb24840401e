package io.plainsail.worker.service;

import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Delivery;
import java.util.Optional;

/** A delivery that notes how it was settled. */
final class FakeDelivery implements Delivery {
    private final Message message;
    private final boolean redelivered;
    private volatile String settled = "";

    FakeDelivery(Message message) {
        this(message, false);
    }

    FakeDelivery(Message message, boolean redelivered) {
        this.message = message;
        this.redelivered = redelivered;
    }

    /** Empty while it is in hand; then the first settlement. */
    String settled() {
        return settled;
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
        return 0;
    }

    @Override
    public Optional<String> deathReason() {
        return Optional.empty();
    }

    @Override
    public boolean inHand() {
        return settled.isEmpty();
    }

    /** As if its connection were lost. */
    void lose() {
        settle("lost");
    }

    @Override
    public void ack() {
        settle("acked");
    }

    @Override
    public void requeue() {
        settle("requeued");
    }

    @Override
    public void reject() {
        settle("rejected");
    }

    private synchronized void settle(String how) {
        settled = settled.isEmpty() ? how : settled;
    }
}
