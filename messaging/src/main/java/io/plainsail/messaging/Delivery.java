package io.plainsail.messaging;

import io.plainsail.contracts.wire.Message;
import java.util.Optional;

/**
 * One message in the hands of this process. Thread-safe. Settled by exactly one of {@link #ack}, {@link #requeue} and
 * {@link #reject}; later calls, and calls after the connection it came by was lost, do nothing: the message is
 * delivered again.
 */
public interface Delivery {

    /** Deliveries that may end without a settlement; one more, and the message is dead with {@link #DELIVERY_LIMIT}. */
    int LIMIT = 20;

    /** Death reason of a message that its receiver rejected. */
    String REJECTED = "rejected";

    /** Death reason of a message that came out of its delay and found no queue of its job type. */
    String EXPIRED = "expired";

    /** Death reason of a message that was delivered too often. */
    String DELIVERY_LIMIT = "delivery_limit";

    Message message();

    /** Whether the message was, or may have been, delivered before. */
    boolean redelivered();

    /** Deliveries before this one that ended without a settlement, as far as the carrier counts them. */
    int deliveryCount();

    /** For a dead message, why it died: {@link #REJECTED}, {@link #DELIVERY_LIMIT}, {@link #EXPIRED}, or a word of the carrier's own. */
    Optional<String> deathReason();

    /**
     * Whether the message still is this process's: it is not settled, and the connection it came by is not known to be
     * lost. If not, it is delivered again, and may be in other hands.
     */
    boolean inHand();

    /** Done: forget the message. May be sent a little later, together with others. */
    void ack();

    /** Not done: deliver it again, to whomever. */
    void requeue();

    /** Cannot be done: move it to the dead messages. A dead message stays one: for it this is {@link #requeue}. */
    void reject();
}
