package io.plainsail.messaging;

import java.time.Duration;

/**
 * How a publisher behaves.
 *
 * @param name shown in the carrier's lists and in log lines
 * @param maxInFlight messages sent and not yet answered, at most; further calls wait. More is faster and costs memory
 *     on both sides; 1,000 is a good start
 * @param answerTimeout a message without an answer for so long is answered {@link PublishResult#UNKNOWN}; also the
 *     longest time a call to publish waits for room
 */
public record PublisherOptions(String name, int maxInFlight, Duration answerTimeout) {
    public PublisherOptions {
        if (maxInFlight < 1) {
            throw new IllegalArgumentException("maxInFlight is " + maxInFlight + ": must be 1 or more");
        }
        if (answerTimeout.isNegative() || answerTimeout.isZero()) {
            throw new IllegalArgumentException("answerTimeout is " + answerTimeout + ": must be more than zero");
        }
    }

    public static PublisherOptions named(String name) {
        return new PublisherOptions(name, 1_000, Duration.ofSeconds(10));
    }
}
