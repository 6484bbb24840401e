package io.plainsail.bench.load;

import java.io.IOException;

/**
 * Tells the backlog what the facade counts as finished, some times a second: a look at all its metrics costs the facade
 * about two milliseconds.
 */
final class FinishedWatch implements Load {
    private static final long EVERY_MILLIS = 150;

    private final int adminPort;
    private final Backlog backlog;
    private final Tally tally;
    private final Thread thread = new Thread(this::watch, "finished-watch");

    private volatile boolean stopped;

    FinishedWatch(int adminPort, Backlog backlog, Tally tally) {
        this.adminPort = adminPort;
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
                backlog.finished(counters.finished());
                Thread.sleep(EVERY_MILLIS);
            }
        } catch (IOException e) {
            tally.failed("the facade's metrics cannot be read any more: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
