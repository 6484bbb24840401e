package io.plainsail.messaging.amqp;

import io.plainsail.messaging.amqp.AmqpConnector.Wire;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Something that lives on the connection of an {@link AmqpLink}. Thread-safe. */
interface LinkMember {

    /** For logs and health. */
    String label();

    /**
     * Makes a channel and all it needs. Called by the opener's thread alone, while {@link #isOpen} is false.
     *
     * @throws IOException as does any exception: not now, it is tried again later
     */
    void open(Wire wire) throws IOException, TimeoutException;

    boolean isOpen();

    /** What else people should know of it; null if nothing. */
    default @Nullable String trouble() {
        return null;
    }

    /** The connection is gone. Must not block. */
    void lost(Wire wire);

    /** The broker blocks or unblocks, or there is room to write again. Must not block. */
    void carrierChanged();
}
