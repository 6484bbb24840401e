package io.plainsail.messaging;

import io.plainsail.contracts.wire.Message;
import java.util.function.Consumer;

/** Publishes and tells what became of it. Thread-safe. */
public interface Publisher extends AutoCloseable {

    /**
     * Sends a message. Waits, at most the answer timeout, while too many are unanswered or the carrier blocks; then the
     * result is {@link PublishResult#REFUSED}.
     *
     * @param result called exactly once, from this call or from a thread of the transport: be quick there, do no I/O
     */
    void publish(Destination destination, Message message, Consumer<PublishResult> result);

    /** Whether a message published now would be sent at once. */
    boolean ready();

    /** Gives whatever is unanswered after a short while the result {@link PublishResult#UNKNOWN}. */
    @Override
    void close();
}
