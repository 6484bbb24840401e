package io.plainsail.worker.subprocess;

/** Is given the lines that a program writes, on a thread of its own for each stream. */
@FunctionalInterface
public interface Lines {

    /**
     * @param text without its end; what is not UTF-8 is replaced
     * @param cut whether the line was longer than allowed, and this is its beginning
     */
    void line(String text, boolean cut);
}
