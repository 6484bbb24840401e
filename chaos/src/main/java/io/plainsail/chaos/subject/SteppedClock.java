package io.plainsail.chaos.subject;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The system's clock, so many milliseconds ahead as the file says that {@code PLAINSAIL_CHAOS_CLOCK} names. It is looked
 * at five times a second; without the file, the clock is right.
 */
final class SteppedClock extends Clock {
    static final String VARIABLE = "PLAINSAIL_CHAOS_CLOCK";
    private static final int LOOK_EVERY_MILLIS = 200;

    private final Clock real;
    private final AtomicLong aheadMillis;

    private SteppedClock(Clock real, AtomicLong aheadMillis) {
        this.real = real;
        this.aheadMillis = aheadMillis;
    }

    static Clock ofEnvironment() {
        Path file = Path.of(System.getenv(VARIABLE));
        SteppedClock clock = new SteppedClock(Clock.systemUTC(), new AtomicLong());
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
            aheadMillis.set(
                    Files.exists(file)
                            ? Duration.parse(Files.readString(file).strip()).toMillis()
                            : 0);
        } catch (IOException e) {
            // Gone between the two: the next look finds it gone.
        }
    }

    @Override
    public Instant instant() {
        return real.instant().plusMillis(aheadMillis.get());
    }

    @Override
    public ZoneId getZone() {
        return real.getZone();
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return new SteppedClock(real.withZone(zone), aheadMillis);
    }
}
