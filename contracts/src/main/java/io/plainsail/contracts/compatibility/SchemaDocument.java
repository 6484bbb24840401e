package io.plainsail.contracts.compatibility;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.Violation;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A schema with what its references point at. Not thread-safe. */
final class SchemaDocument {
    /** Keywords whose values are data, not schemas. */
    private static final Set<String> DATA = Set.of("const", "enum", "default", "examples");

    private static final String ROOT = "#/$defs/root";

    private final JsonNode root;
    private final SchemaCheck check;
    private final JsonNode embedded;

    SchemaDocument(JsonNode root) {
        this.root = root;
        this.check = SchemaCheck.of(root, "schema");
        this.embedded = moved(root);
    }

    JsonNode root() {
        return root;
    }

    boolean accepts(JsonNode value) {
        return check.violations(value).isEmpty();
    }

    /** Whether a value meets these schemas, which are parts of this document. */
    boolean accepts(List<JsonNode> schemas, JsonNode value) {
        return violation(schemas, value).isEmpty();
    }

    Optional<Violation> violation(List<JsonNode> schemas, JsonNode value) {
        if (schemas.size() == 1 && schemas.get(0) == root) {
            return check.violations(value).stream().findFirst();
        }
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        all.putObject("$defs").set("root", embedded);
        ArrayNode allOf = all.putArray("allOf");
        schemas.forEach(schema -> allOf.add(moved(schema)));
        if (allOf.isEmpty()) {
            return Optional.empty();
        }
        return SchemaCheck.of(all, "a part of a schema").violations(value).stream()
                .findFirst();
    }

    /** The schema with its references pointing at where the document stands in another one. */
    private static JsonNode moved(JsonNode schema) {
        if (schema instanceof ArrayNode array) {
            ArrayNode copy = JsonNodeFactory.instance.arrayNode();
            array.forEach(item -> copy.add(moved(item)));
            return copy;
        }
        if (!(schema instanceof ObjectNode object)) {
            return schema;
        }
        ObjectNode copy = JsonNodeFactory.instance.objectNode();
        object.properties().forEach(field -> {
            JsonNode value = field.getValue();
            if (field.getKey().equals("$ref")
                    && value.isTextual()
                    && (value.textValue().equals("#") || value.textValue().startsWith("#/"))) {
                copy.put("$ref", ROOT + value.textValue().substring(1));
            } else if (!field.getKey().equals("$schema") && !field.getKey().equals("$id")) {
                copy.set(field.getKey(), DATA.contains(field.getKey()) ? value : moved(value));
            }
        });
        return copy;
    }

    /** What a reference points at; null if it is of a kind that is not followed here. */
    @Nullable
    JsonNode resolve(String reference) {
        if (reference.equals("#")) {
            return root;
        }
        if (reference.startsWith("#/")) {
            // A plus is a plus in a fragment.
            try {
                String pointer = URLDecoder.decode(reference.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
                JsonNode target = root.at(JsonPointer.compile(pointer));
                return target.isMissingNode() ? null : target;
            } catch (IllegalArgumentException e) {
                return null;
            }
        }
        return reference.startsWith("#") ? anchored(root, reference.substring(1)) : null;
    }

    private static @Nullable JsonNode anchored(JsonNode node, String anchor) {
        if (node.path("$anchor").asText().equals(anchor)) {
            return node;
        }
        for (JsonNode child : node) {
            JsonNode found = anchored(child, anchor);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** Whether the two say the same, what they refer to included. */
    static boolean same(SchemaDocument oneDocument, JsonNode one, SchemaDocument otherDocument, JsonNode other) {
        return same(oneDocument, one, otherDocument, other, Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private static boolean same(
            SchemaDocument oneDocument,
            JsonNode one,
            SchemaDocument otherDocument,
            JsonNode other,
            Set<JsonNode> compared) {
        if (!one.equals(other)) {
            return false;
        }
        for (JsonNode parent : one.findParents("$ref")) {
            JsonNode reference = parent.get("$ref");
            if (!reference.isTextual() || !compared.add(parent)) {
                continue;
            }
            JsonNode oneTarget = oneDocument.resolve(reference.textValue());
            JsonNode otherTarget = otherDocument.resolve(reference.textValue());
            if (oneTarget == null
                    || otherTarget == null
                    || !same(oneDocument, oneTarget, otherDocument, otherTarget, compared)) {
                return false;
            }
        }
        // A dynamic reference depends on how the schema was reached.
        return one.findParents("$dynamicRef").isEmpty() || oneDocument.root.equals(otherDocument.root);
    }

    /** Whether this has parts whose references are not followed here. */
    boolean hasOwnBases() {
        return root.findParents("$id").stream().anyMatch(parent -> parent != root)
                || !root.findParents("$dynamicAnchor").isEmpty();
    }
}
