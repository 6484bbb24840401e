package io.plainsail.facade.store;

/**
 * Forces what was written to the disk, once for all who wait for it. Thread-safe.
 *
 * <p>INVARIANT: whoever returns was preceded by a sync that began after the call.
 */
final class SharedSync {
    // Guarded by this. Syncs are numbered; one runs at a time.
    private long begun;
    private long succeeded;
    private boolean running;

    /**
     * Returns after a sync, this thread's own or another's.
     *
     * @param sync what it throws is thrown to the one who ran it; the others try for themselves
     */
    void await(Runnable sync) {
        if (isDoneByOthers()) {
            return;
        }
        boolean done = false;
        try {
            sync.run();
            done = true;
        } finally {
            end(done);
        }
    }

    /** Waits for a sync that begins from now on; false if this thread is the one to run it. */
    private synchronized boolean isDoneByOthers() {
        long needed = begun + 1;
        boolean interrupted = false;
        while (running && succeeded < needed) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (succeeded >= needed) {
            return true;
        }
        running = true;
        begun++;
        return false;
    }

    private synchronized void end(boolean done) {
        running = false;
        if (done) {
            succeeded = begun;
        }
        notifyAll();
    }
}
