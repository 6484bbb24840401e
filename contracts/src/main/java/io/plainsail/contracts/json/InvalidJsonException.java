package io.plainsail.contracts.json;

/** Bytes that are not strict JSON. */
public final class InvalidJsonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String rule;
    private final String pointer;

    /**
     * @param rule the rule that was broken, a stable word such as {@code duplicate-name}
     * @param message for people
     * @param pointer JSON pointer to the place, empty for the whole document
     */
    public InvalidJsonException(String rule, String message, String pointer) {
        super(message);
        this.rule = rule;
        this.pointer = pointer;
    }

    public String rule() {
        return rule;
    }

    public String pointer() {
        return pointer;
    }
}
