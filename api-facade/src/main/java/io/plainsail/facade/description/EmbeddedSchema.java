package io.plainsail.facade.description;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.Set;

/**
 * A contract's schema as a part of another document: as it stands, its references pointing to where it is now. A schema whose
 * meaning depends on being a document of its own (own bases, anchors, dynamic references) cannot be embedded, nor can one with
 * words that would mean something else there.
 */
final class EmbeddedSchema {
    private static final Set<String> SCHEMA = Set.of(
            "additionalProperties",
            "contains",
            "contentSchema",
            "else",
            "if",
            "items",
            "not",
            "propertyNames",
            "then",
            "unevaluatedItems",
            "unevaluatedProperties");
    private static final Set<String> SCHEMAS_BY_NAME =
            Set.of("$defs", "definitions", "dependentSchemas", "patternProperties", "properties");
    private static final Set<String> LIST_OF_SCHEMAS = Set.of("allOf", "anyOf", "oneOf", "prefixItems");
    private static final Set<String> DATA = Set.of("const", "default", "enum", "examples");
    private static final Set<String> OF_A_DOCUMENT =
            Set.of("$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveAnchor", "$recursiveRef");

    /** To JSON Schema no more than unknown words, to OpenAPI and AsyncAPI something else. */
    private static final Set<String> ELSEWHERE = Set.of("discriminator", "externalDocs", "xml");

    private final String pointer;
    private boolean embeddable = true;

    private EmbeddedSchema(String pointer) {
        this.pointer = pointer;
    }

    /**
     * @param pointer where it will stand, such as {@code #/components/schemas/a}
     * @return empty if it cannot be embedded
     */
    static Optional<JsonNode> at(String pointer, JsonNode schema) {
        EmbeddedSchema embedded = new EmbeddedSchema(pointer);
        JsonNode moved = embedded.moved(schema, true);
        return embedded.embeddable ? Optional.of(moved) : Optional.empty();
    }

    private JsonNode moved(JsonNode schema, boolean root) {
        if (!(schema instanceof ObjectNode object)) {
            return schema; // true or false
        }
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        object.properties().forEach(field -> {
            String keyword = field.getKey();
            JsonNode value = field.getValue();
            if (keyword.equals("$schema") || (root && keyword.equals("$id"))) {
                return; // The document says the same of all its schemas, and its address is the base.
            }
            if (keyword.equals("$id") || OF_A_DOCUMENT.contains(keyword) || ELSEWHERE.contains(keyword)) {
                embeddable = false;
            } else if (keyword.equals("$ref")) {
                copy.put(keyword, reference(value.asText()));
            } else if (SCHEMA.contains(keyword)) {
                copy.set(keyword, moved(value, false));
            } else if (SCHEMAS_BY_NAME.contains(keyword) && value.isObject()) {
                ObjectNode byName = copy.putObject(keyword);
                value.properties().forEach(one -> byName.set(one.getKey(), moved(one.getValue(), false)));
            } else if (LIST_OF_SCHEMAS.contains(keyword) && value.isArray()) {
                ArrayNode list = copy.putArray(keyword);
                value.forEach(one -> list.add(moved(one, false)));
            } else {
                // A keyword that is not known here may hold schemas that are referred to.
                embeddable &= DATA.contains(keyword) || value.findValue("$ref") == null;
                copy.set(keyword, value);
            }
        });
        return copy;
    }

    private String reference(String reference) {
        if (!reference.equals("#") && !reference.startsWith("#/")) {
            embeddable = false;
        }
        return pointer + (reference.isEmpty() ? "" : reference.substring(1));
    }
}
