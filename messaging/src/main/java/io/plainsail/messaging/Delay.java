package io.plainsail.messaging;

import java.time.Duration;

/**
 * The steps by which a message can be delayed. Fixed, for messages of one delay can queue up: behind a longer one a
 * shorter one would wait. Any other delay is made of several steps, by whoever finds the message early.
 */
public enum Delay {
    S1(1),
    S3(3),
    S10(10),
    S30(30),
    S100(100),
    S300(300),
    S1000(1_000),
    S3600(3_600);

    private final Duration length;

    Delay(int seconds) {
        this.length = Duration.ofSeconds(seconds);
    }

    public Duration length() {
        return length;
    }

    /** The longest step that is not longer than the rest; the shortest one if the rest is shorter than that. */
    public static Delay towards(Duration rest) {
        Delay longest = S1;
        for (Delay step : values()) {
            if (step.length.compareTo(rest) <= 0) {
                longest = step;
            }
        }
        return longest;
    }
}
