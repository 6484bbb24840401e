package io.plainsail.contracts.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;

/**
 * Why a change is not known to be compatible.
 *
 * @param side what it is about
 * @param pointer JSON pointer into the payload, {@code *} standing for any name or index; for a policy into the contract
 * @param rule the keyword of the schema, or the field of the contract, that was changed
 * @param verdict never {@link Verdict#COMPATIBLE}
 * @param detail for people
 * @param payload a value that meets the one schema and breaks the other: an input that was valid, or an output that those who
 *     know the old schema cannot read; null if none was found, or it is too long to show
 */
public record Reason(
        Side side,
        String pointer,
        String rule,
        Verdict verdict,
        String detail,
        @Nullable JsonNode payload) {

    /** What of a contract. */
    public enum Side {
        INPUT,
        OUTPUT,
        POLICY
    }
}
