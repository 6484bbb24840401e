package io.plainsail.facade.description;

/**
 * A kind of problem that a call may be answered with.
 *
 * @param word such as {@code not-json}
 * @param title in words
 * @param status HTTP status
 */
public record ProblemKind(String word, String title, int status) {}
