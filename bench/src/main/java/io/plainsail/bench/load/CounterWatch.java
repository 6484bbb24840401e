package io.plainsail.bench.load;

import java.io.IOException;

/**
 * Tells the backlog what the facade has counted, some times a second: a look at all its metrics costs the facade about two
 * milliseconds.
 */
final class CounterWatch implements Load {
    private static final long EVERY_MILLIS = 150;

    private final int adminPort;
    private final String counter;
    private final Backlog backlog;
    private final Tally tally;
    private final Thread thread = new Thread(this::watch, "counter-watch");

    private volatile boolean stopped;

    CounterWatch(int adminPort, String counter, Backlog backlog, Tally tally) {
        this.adminPort = adminPort;
        this.counter = counter;
        this.backlog = backlog;
        this.tally = tally;
    }

    @Override
    public void start() {
        thread.start();
    }

    @Override
    public void stop() throws InterruptedException {
        stopped = true;
        thread.join();
    }

    private void watch() {
        try (FacadeCounters counters = FacadeCounters.open(adminPort)) {
            while (!stopped) {
                backlog.left(counters.read(counter));
                Thread.sleep(EVERY_MILLIS);
            }
        } catch (IOException e) {
            tally.failed("the facade's metrics cannot be read any more: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
