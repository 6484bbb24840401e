package io.plainsail.chaos.broken;

/** A facade that acknowledges events before they are recorded. */
public final class AckFirstFacade {
    private AckFirstFacade() {}

    public static void main(String[] args) throws Exception {
        ChangedEvents.runFacade(args, delivery -> {
            delivery.ack();
            return new ChangedDelivery(delivery, delivery.message(), true);
        });
    }
}
