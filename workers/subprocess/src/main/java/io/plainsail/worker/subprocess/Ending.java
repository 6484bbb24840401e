package io.plainsail.worker.subprocess;

/**
 * How a program ended.
 *
 * @param exit its exit status; 128 + n if signal n ended it
 * @param tooMuchOutput whether it was ended for saying too much
 * @param leftBehind processes that it had left, and that were ended
 */
public record Ending(int exit, boolean tooMuchOutput, int leftBehind) {}
