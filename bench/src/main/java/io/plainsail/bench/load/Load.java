package io.plainsail.bench.load;

/** Requests being made, until stopped. */
interface Load {
    void start();

    /** Ends it; returns when every request sent is answered. */
    void stop() throws InterruptedException;
}
