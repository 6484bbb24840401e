package io.plainsail.worker.service;

import java.time.Duration;

/** Lets the calling thread rest. The one that sleeps is made in {@link WorkerProcess}. */
@FunctionalInterface
interface Pause {

    /** Returns after the time, or earlier if the thread is interrupted, which stays so. */
    void rest(Duration time);
}
