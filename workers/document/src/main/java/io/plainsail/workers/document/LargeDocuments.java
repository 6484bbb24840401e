package io.plainsail.workers.document;

import java.util.concurrent.Semaphore;

/**
 * Lets one large document at a time through this process, in the order in which they came: the heap has room for one of the
 * largest that the bounds allow, beside small ones. Thread-safe.
 */
final class LargeDocuments {
    /** What is under all of these is small: it takes some MiB. */
    private static final int CHARACTERS = 256 * 1024;

    private static final int TAGS = 4_000;
    private static final long PIXELS = 2_000_000;

    private final Semaphore one = new Semaphore(1, true);

    /** The way of one document through this process. For one thread. */
    final class Passage implements AutoCloseable {
        private boolean large;

        private Passage() {}

        /** Waits for the one place if this text makes the document a large one. */
        void has(String text) {
            if (text.length() > CHARACTERS || opensMoreThan(text)) {
                becomesLarge();
            }
        }

        /** The same for its images. */
        void hasPixels(long pixels) {
            if (pixels > PIXELS) {
                becomesLarge();
            }
        }

        boolean isLarge() {
            return large;
        }

        private void becomesLarge() {
            if (!large) {
                try {
                    one.acquire();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    RenderStoppedException.ifInterrupted();
                }
                large = true;
            }
        }

        @Override
        public void close() {
            if (large) {
                one.release();
            }
        }
    }

    Passage enter() {
        return new Passage();
    }

    /** What looks like the beginning of an element counts as one. */
    private static boolean opensMoreThan(String text) {
        return tags(text, TAGS) > TAGS;
    }

    /** How many elements a text may open, counted up to a little more than {@code most}. */
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
