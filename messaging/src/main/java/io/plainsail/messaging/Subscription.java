package io.plainsail.messaging;

/** A running subscription. Thread-safe. */
public interface Subscription extends AutoCloseable {

    /** Takes no further deliveries; those in hand can still be settled. Returns when no listener call is running. */
    void stop();

    /** Stops, and hands back whatever is not settled. */
    @Override
    void close();
}
