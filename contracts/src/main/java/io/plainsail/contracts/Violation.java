package io.plainsail.contracts;

/**
 * One way in which a value breaks its schema.
 *
 * @param pointer JSON pointer (RFC 6901) to the offending value; empty for the whole
 * @param rule the schema keyword that was broken, such as {@code required}
 * @param detail for people
 */
public record Violation(String pointer, String rule, String detail) {}
