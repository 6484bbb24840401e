package io.plainsail.messaging;

/** What became of a published message. Exactly one result is given for each. */
public enum PublishResult {
    /** The carrier has taken responsibility. */
    CONFIRMED,
    /** No queue takes messages for this destination; nothing was kept. */
    UNROUTABLE,
    /** It was surely not taken: the carrier said no, or was not there to be asked. */
    REFUSED,
    /** Sent, and the answer did not come: it may have been taken. Publish again, marked as a possible duplicate. */
    UNKNOWN
}
