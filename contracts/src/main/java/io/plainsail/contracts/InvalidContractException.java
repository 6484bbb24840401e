package io.plainsail.contracts;

/** A contract, or a name in one, that breaks the rules of the format; the message names the place and the rule. */
public final class InvalidContractException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InvalidContractException(String message) {
        super(message);
    }

    public InvalidContractException(String message, Throwable cause) {
        super(message, cause);
    }
}
