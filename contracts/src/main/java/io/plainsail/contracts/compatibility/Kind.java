package io.plainsail.contracts.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.EnumSet;
import java.util.Set;

/** Kinds of JSON values, numbers told apart as JSON Schema does: 1.0 is an integer. */
enum Kind {
    NULL("null"),
    BOOLEAN("boolean"),
    OBJECT("object"),
    ARRAY("array"),
    STRING("string"),
    INTEGER("integer"),
    FRACTION("number");

    private final JsonNode schema;

    Kind(String type) {
        schema = JsonNodeFactory.instance.objectNode().put("type", type);
    }

    /** A schema that every value of the kind meets, always the same node. */
    JsonNode schema() {
        return schema;
    }

    static final Set<Kind> NUMBERS = Set.of(INTEGER, FRACTION);

    /** What a {@code type} keyword allows. */
    static EnumSet<Kind> ofType(JsonNode type) {
        EnumSet<Kind> kinds = EnumSet.noneOf(Kind.class);
        if (type.isArray()) {
            type.forEach(one -> kinds.addAll(ofType(one)));
            return kinds;
        }
        switch (type.asText()) {
            case "null" -> kinds.add(NULL);
            case "boolean" -> kinds.add(BOOLEAN);
            case "object" -> kinds.add(OBJECT);
            case "array" -> kinds.add(ARRAY);
            case "string" -> kinds.add(STRING);
            case "integer" -> kinds.add(INTEGER);
            case "number" -> kinds.addAll(NUMBERS);
            default -> {}
        }
        return kinds;
    }

    static Kind of(JsonNode value) {
        return switch (value.getNodeType()) {
            case BOOLEAN -> BOOLEAN;
            case OBJECT -> OBJECT;
            case ARRAY -> ARRAY;
            case STRING -> STRING;
            case NUMBER -> value.decimalValue().stripTrailingZeros().scale() <= 0 ? INTEGER : FRACTION;
            default -> NULL;
        };
    }
}
