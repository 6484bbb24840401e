package io.plainsail.client;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Time that passes by resting alone, and takes none. */
final class RecordingPace implements Pace {
    static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    private final AtomicLong nanos = new AtomicLong();
    final List<Duration> rests = new CopyOnWriteArrayList<>();

    @Override
    public long nanos() {
        return nanos.get();
    }

    @Override
    public Instant now() {
        return NOW.plusNanos(nanos.get());
    }

    @Override
    public void rest(Duration duration) {
        rests.add(duration);
        nanos.addAndGet(duration.toNanos());
    }

    @Override
    public double random() {
        return 0;
    }
}
