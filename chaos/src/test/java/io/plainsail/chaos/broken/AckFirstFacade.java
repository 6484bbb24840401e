package io.plainsail.chaos.broken;

/** A facade that acknowledges events before they are recorded, and does not find what it loses by that. */
public final class AckFirstFacade {
    private AckFirstFacade() {}

    public static void main(String[] args) throws Exception {
        ChangedEvents.runFacade(NoSearchFacade.withoutSearch(args), delivery -> {
            delivery.ack();
            return new ChangedDelivery(delivery, delivery.message(), true);
        });
    }
}
