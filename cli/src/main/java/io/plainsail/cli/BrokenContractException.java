package io.plainsail.cli;

import io.plainsail.contracts.Violation;
import java.util.List;

/** An input, or a contract, was looked at here and found wrong: it was not sent. */
final class BrokenContractException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Violation> violations;

    BrokenContractException(String message, List<Violation> violations) {
        super(message);
        this.violations = violations;
    }

    List<Violation> violations() {
        return violations == null ? List.of() : violations;
    }
}
