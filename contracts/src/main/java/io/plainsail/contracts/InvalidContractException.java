package io.plainsail.contracts;

/** A contract, or a name in one, that breaks the rules of the format; the message names the place and the rule. */
public final class InvalidContractException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String pointer;

    public InvalidContractException(String message) {
        this("", message);
    }

    /**
     * @param pointer JSON pointer into the contract's document; empty for the whole
     */
    public InvalidContractException(String pointer, String message) {
        super(message);
        this.pointer = pointer;
    }

    public InvalidContractException(String message, Throwable cause) {
        super(message, cause);
        this.pointer = "";
    }

    /** JSON pointer to the offending field of the contract's document; empty if it is not one field. */
    public String pointer() {
        return pointer;
    }
}
