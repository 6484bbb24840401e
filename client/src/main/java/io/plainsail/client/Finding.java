package io.plainsail.client;

/**
 * One thing that is wrong with a request.
 *
 * @param pointer JSON pointer (RFC 6901) to the offending place, or the name of a parameter; empty for the whole
 * @param rule the rule that was broken, such as {@code required}
 * @param detail for people
 */
public record Finding(String pointer, String rule, String detail) {}
