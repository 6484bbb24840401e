package io.plainsail.workers.packer;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A part of the run directory for this process alone, so that what a dead one left can be told from what a living one
 * uses: numbered directories, each with a lock beside it that ends with its process.
 */
final class RunSlots {
    private static final int SLOTS = 100;

    private RunSlots() {}

    /** A slot, empty; held until it is closed. */
    record Slot(Path directory, FileLocks.Held lock) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            lock.close();
        }
    }

    /**
     * Takes the first free slot, and deletes what dead processes left in it and in the other free ones.
     *
     * @throws IOException if there is none, or the directory cannot be used
     */
    static Slot take(Path base) throws IOException {
        Slot taken = null;
        for (int i = 0; i < SLOTS; i++) {
            Path directory = base.resolve(Integer.toString(i));
            if (taken != null && !directory.toFile().exists()) {
                continue;
            }
            FileLocks.Held lock = FileLocks.tryHold(base.resolve(i + ".lock"));
            if (lock == null) {
                continue;
            }
            if (directory.toFile().exists()) {
                Bakes.delete(directory);
            }
            if (taken == null) {
                taken = new Slot(directory, lock);
            } else {
                lock.close();
            }
        }
        if (taken == null) {
            throw new IOException(base + " is in use by " + SLOTS + " processes: no more may share it");
        }
        return taken;
    }
}
