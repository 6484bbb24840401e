package io.plainsail.workers.document;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Shares the heap among the documents of this process.
 *
 * <ol>
 *   <li>A document goes its way at once, beside others, as long as it is small.
 *   <li>One that is found to be large waits for the one place there is, in the order in which they came: the heap has room for
 *       one of the largest beside small ones. The wait counts as part of the attempt, and ends with its interrupt.
 *   <li>When the heap is nearly full, the document that took most of it is stopped, and no other one until it has gone.
 * </ol>
 *
 * Thread-safe.
 */
final class LargeDocuments {
    /** What is under all of these usually takes some MiB. */
    private static final int CHARACTERS = 256 * 1024;

    private static final int TAGS = 4_000;
    private static final long PIXELS = 2_000_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** The process has one heap. */
    static final LargeDocuments OF_THIS_PROCESS = new LargeDocuments();

    static {
        HeapWatch.whenNearlyFull(OF_THIS_PROCESS::stopLargest);
    }

    private final Semaphore place = new Semaphore(1, true);

    /** Those that do not wait. */
    private final Set<Passage> going = ConcurrentHashMap.newKeySet();

    /** One document's way through this process, on the thread that entered. */
    final class Passage implements AutoCloseable {
        private final Thread thread = Thread.currentThread();
        private final long allocatedBefore = THREADS.getThreadAllocatedBytes(thread.getId());
        private boolean large;

        // Guarded by this.
        private boolean stopped;
        private boolean closed;

        private Passage() {}

        /** Waits for the place if this text makes the document a large one. */
        void has(String text) {
            if (text.length() > CHARACTERS || tags(text, TAGS) > TAGS) {
                becomeLarge();
            }
        }

        /** The same for its images. */
        void hasPixels(long pixels) {
            if (pixels > PIXELS) {
                becomeLarge();
            }
        }

        private void becomeLarge() {
            if (large) {
                return;
            }
            going.remove(this);
            try {
                place.acquire();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                RenderStoppedException.ifInterrupted();
            }
            large = true;
            going.add(this);
        }

        /** Whether it has the place. */
        boolean isLarge() {
            return large;
        }

        /** Whether the heap was nearly full of it; takes the interrupt back that told it so. */
        synchronized boolean wasStopped() {
            if (stopped) {
                Thread.interrupted();
            }
            return stopped;
        }

        /** All that it ever allocated: more than it holds, but the one that holds most has by far the most. */
        private long allocated() {
            return THREADS.getThreadAllocatedBytes(thread.getId()) - allocatedBefore;
        }

        private synchronized boolean isStopped() {
            return stopped;
        }

        private synchronized void stop() {
            if (!closed) {
                stopped = true;
                thread.interrupt();
            }
        }

        @Override
        public void close() {
            going.remove(this);
            synchronized (this) {
                closed = true;
            }
            wasStopped();
            if (large) {
                place.release();
            }
        }
    }

    /**
     * To be closed by the same thread.
     *
     * @param large whether it waits for the place at once
     * @throws RenderStoppedException if it is interrupted while it waits
     */
    Passage enter(boolean large) {
        Passage passage = new Passage();
        if (large) {
            passage.becomeLarge();
        } else {
            going.add(passage);
        }
        return passage;
    }

    /** Interrupts the document that took most, unless one that was stopped before is still there. */
    void stopLargest() {
        if (going.stream().noneMatch(Passage::isStopped)) {
            going.stream().max(Comparator.comparingLong(Passage::allocated)).ifPresent(Passage::stop);
        }
    }

    /** How many elements a text may open, counted up to one more than {@code most}. */
    static int tags(String text, int most) {
        int tags = 0;
        for (int at = text.indexOf('<');
                at >= 0 && at + 1 < text.length() && tags <= most;
                at = text.indexOf('<', at + 1)) {
            if (Character.isLetter(text.charAt(at + 1))) {
                tags++;
            }
        }
        return tags;
    }
}
