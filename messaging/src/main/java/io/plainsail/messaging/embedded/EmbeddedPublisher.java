package io.plainsail.messaging.embedded;

import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import java.util.function.Consumer;

/** Puts messages into the queues of one transport and answers before it returns. Thread-safe. */
final class EmbeddedPublisher implements Publisher {
    private final EmbeddedTransport transport;

    private volatile boolean closed;

    EmbeddedPublisher(EmbeddedTransport transport) {
        this.transport = transport;
    }

    @Override
    public void publish(Destination destination, Message message, Consumer<PublishResult> result) {
        result.accept(put(destination, message));
    }

    private PublishResult put(Destination destination, Message message) {
        if (!ready()) {
            return PublishResult.REFUSED;
        }
        if (destination instanceof Destination.Delayed delayed) {
            return transport.delay(delayed, message) ? PublishResult.CONFIRMED : PublishResult.REFUSED;
        }
        EmbeddedQueue queue = transport.queue(destination);
        if (queue == null) {
            return PublishResult.UNROUTABLE;
        }
        return queue.offer(message) ? PublishResult.CONFIRMED : PublishResult.REFUSED;
    }

    @Override
    public boolean ready() {
        return !closed && !transport.isClosed();
    }

    @Override
    public void close() {
        closed = true;
    }
}
