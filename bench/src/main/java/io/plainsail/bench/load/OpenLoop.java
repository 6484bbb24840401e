package io.plainsail.bench.load;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One job at each tick, whether or not earlier requests are answered; whatever connection is free sends it. All times
 * count from the tick, so that a request that had to wait for a connection is measured with its wait.
 */
final class OpenLoop implements Load {
    /** One in so many jobs is looked at through the API until it has succeeded, if the follower has time. */
    private static final int FOLLOWED = 10;

    private static final Pattern ID = Pattern.compile("\"id\":\"([0-9a-f-]{36})\"");

    private final Target target;
    private final int perSecond;
    private final Tally tally;
    private final Follower follower;
    private final JobRequest plain;
    private final JobRequest stamped;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLong nextTick = new AtomicLong();
    private final long startNanos;
    private final long startMicros;

    private volatile boolean stopped;

    OpenLoop(Target target, int perSecond, Tally tally, Clock clock) {
        this.target = target;
        this.perSecond = perSecond;
        this.tally = tally;
        this.follower = new Follower(target.port(), tally);
        this.plain = JobRequest.single(target.path());
        this.stamped = JobRequest.stamped(target.path());
        // Both clocks at one moment: ticks go by the one, what the worker sees by the other.
        Instant now = clock.instant();
        this.startNanos = System.nanoTime();
        this.startMicros = TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + now.getNano() / 1_000;
        for (int i = 0; i < target.connections(); i++) {
            threads.add(new Thread(this::send, "load-" + i));
        }
    }

    @Override
    public void start() {
        threads.forEach(Thread::start);
        follower.start();
    }

    @Override
    public void stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
        follower.stop();
    }

    private void send() {
        JobRequest own = stamped.copy();
        try (HttpConnection connection = HttpConnection.open(target.port())) {
            while (true) {
                long tick = nextTick.getAndIncrement();
                long due = startNanos + tick * 1_000_000_000L / perSecond;
                awaitTick(due);
                if (stopped) {
                    return;
                }
                sendOne(connection, own, tick, due);
            }
        } catch (IOException e) {
            tally.failed("a connection was lost: " + e);
        }
    }

    private void sendOne(HttpConnection connection, JobRequest own, long tick, long due) throws IOException {
        boolean measured = tally.isMeasuring();
        int status =
                connection.exchange(measured ? own.bytes(startMicros + (due - startNanos) / 1_000) : plain.bytes());
        long nanos = System.nanoTime() - due;
        if (status != target.expectedStatus()) {
            tally.failed(status + " " + connection.response().body());
            return;
        }
        tally.accepted(1, nanos);
        if (measured) {
            tally.stamped();
            if (tick % FOLLOWED == 0) {
                Matcher id = ID.matcher(connection.response().body());
                if (id.find()) {
                    follower.follow(id.group(1), due);
                }
            }
        }
    }

    private static void awaitTick(long due) {
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
