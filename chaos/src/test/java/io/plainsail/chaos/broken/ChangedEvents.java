package io.plainsail.chaos.broken;

import io.plainsail.contracts.JobType;
import io.plainsail.facade.FacadeApplication;
import io.plainsail.messaging.Address;
import io.plainsail.messaging.Delivery;
import io.plainsail.messaging.DeliveryListener;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.Subscription;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.messaging.Transport;
import io.plainsail.messaging.TransportHealth;
import io.plainsail.messaging.amqp.AmqpConfig;
import io.plainsail.messaging.amqp.AmqpTransport;
import java.util.Collection;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A transport whose deliveries of events are changed before the facade has them. */
record ChangedEvents(Transport carrier, UnaryOperator<Delivery> change) implements Transport {

    /** Runs a facade on such a transport. */
    static void runFacade(String[] args, UnaryOperator<Delivery> change) throws Exception {
        new FacadeApplication(configuration -> new ChangedEvents(
                        AmqpTransport.create(AmqpConfig.of(configuration.getAmqpUri(), "broken facade")), change))
                .run(args);
    }

    @Override
    public Subscription subscribe(Destination destination, SubscriptionOptions options, DeliveryListener listener) {
        boolean events = destination instanceof Destination.Events;
        return carrier.subscribe(
                destination, options, events ? delivery -> listener.onDelivery(change.apply(delivery)) : listener);
    }

    @Override
    public boolean keepsMessages() {
        return carrier.keepsMessages();
    }

    @Override
    public Publisher publisher(PublisherOptions options) {
        return carrier.publisher(options);
    }

    @Override
    public Set<JobType> withNothingWaiting(Collection<JobType> types) {
        return carrier.withNothingWaiting(types);
    }

    @Override
    public Address address(Destination destination) {
        return carrier.address(destination);
    }

    @Override
    public TransportHealth health() {
        return carrier.health();
    }

    @Override
    public void close() {
        carrier.close();
    }
}
