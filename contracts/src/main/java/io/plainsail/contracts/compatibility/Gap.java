package io.plainsail.contracts.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * Something that could not be proven.
 *
 * @param place where in the payload
 * @param facts what is known of the value there
 * @param rule the keyword that may be broken
 * @param detail for people
 * @param guides parts of the other schema that a value which breaks the rule has to do with
 * @param values values worth a try
 * @param open whether it is about a property that the narrow schema does not know and lets pass
 */
record Gap(
        Place place,
        Facts facts,
        String rule,
        String detail,
        List<JsonNode> guides,
        List<JsonNode> values,
        boolean open) {

    Gap opened() {
        return new Gap(place, facts, rule, detail, guides, values, true);
    }
}
