package io.plainsail.chaos.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;

/**
 * The system's clock, so many milliseconds ahead as the file says that {@code PLAINSAIL_CHAOS_CLOCK} names. It is looked
 * at five times a second; without the file, the clock is right.
 */
final class SteppedClock extends Clock {
    static final String VARIABLE = "PLAINSAIL_CHAOS_CLOCK";
    private static final int LOOK_EVERY_MILLIS = 200;

    private final Clock real = Clock.systemUTC();
    private volatile long aheadMillis;

    private SteppedClock() {}

    static Clock ofEnvironment() {
        Path file = Path.of(System.getenv(VARIABLE));
        SteppedClock clock = new SteppedClock();
        Thread looking = new Thread(
                () -> {
                    try {
                        while (true) {
                            clock.look(file);
                            Thread.sleep(LOOK_EVERY_MILLIS);
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "clock");
        looking.setDaemon(true);
        looking.start();
        return clock;
    }

    private void look(Path file) {
        try {
            aheadMillis = Files.exists(file)
                    ? Duration.parse(Files.readString(file).strip()).toMillis()
                    : 0;
        } catch (IOException e) {
            // Gone between the two: the next look finds it gone.
        }
    }

    @Override
    public Instant instant() {
        return real.instant().plusMillis(aheadMillis);
    }

    @Override
    public ZoneId getZone() {
        return real.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("one zone is enough here");
    }
}
