package io.plainsail.contracts;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import java.util.List;
import java.util.Locale;

/**
 * A compiled JSON Schema 2020-12. Formats are asserted; nothing is ever fetched: a reference may point into the same
 * schema only. Thread-safe; costs a compilation to make, so keep it.
 */
public final class SchemaCheck {
    /** Findings reported at most: a hostile input must not make a huge answer. */
    public static final int MAX_VIOLATIONS = 50;

    private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12, builder -> builder.schemaCacheEnabled(false)
                    .resourceLoaders(loaders -> loaders.values(List::clear))
                    .schemaRegistryConfig(SchemaRegistryConfig.builder()
                            .formatAssertionsEnabled(true)
                            .pathType(PathType.JSON_POINTER)
                            .locale(Locale.ROOT)
                            .build()));

    private final Schema schema;

    private SchemaCheck(Schema schema) {
        this.schema = schema;
    }

    /**
     * Compiles a schema after checking it against the 2020-12 meta-schema.
     *
     * @param where named in the error, such as {@code webhook.deliver v1 input.schema.json}
     * @throws InvalidContractException if it is no schema, or refers outside itself
     */
    public static SchemaCheck of(JsonNode schema, String where) {
        if (!schema.isObject()) {
            throw new InvalidContractException(where + ": a schema must be a JSON object");
        }
        refuseForeignReferences(schema, where);
        try {
            List<Error> errors = Meta.SCHEMA.validate(schema);
            if (!errors.isEmpty()) {
                Error first = errors.get(0);
                throw new InvalidContractException(where + " at " + first.getInstanceLocation() + ": "
                        + first.getMessage() + " (JSON Schema 2020-12)");
            }
            Schema compiled = REGISTRY.getSchema(schema);
            compiled.initializeValidators();
            return new SchemaCheck(compiled);
        } catch (SchemaException e) {
            throw new InvalidContractException(where + ": " + e.getMessage(), e);
        }
    }

    /** What is wrong with the value, at most {@link #MAX_VIOLATIONS} findings; empty if it meets the schema. */
    public List<Violation> violations(JsonNode value) {
        return schema.validate(value).stream()
                .limit(MAX_VIOLATIONS)
                .map(SchemaCheck::violation)
                .toList();
    }

    private static Violation violation(Error error) {
        String pointer = error.getInstanceLocation().toString();
        String property = error.getProperty();
        boolean namesAnExtra = property != null
                && ("additionalProperties".equals(error.getKeyword())
                        || "unevaluatedProperties".equals(error.getKeyword()));
        if (namesAnExtra) {
            pointer = pointer + "/" + property.replace("~", "~0").replace("/", "~1");
        }
        return new Violation(abbreviated(pointer), error.getKeyword(), abbreviated(error.getMessage()));
    }

    private static String abbreviated(String text) {
        return text.length() <= 500 ? text : text.substring(0, 500) + "…";
    }

    private static void refuseForeignReferences(JsonNode node, String where) {
        for (String keyword : List.of("$ref", "$dynamicRef")) {
            JsonNode reference = node.get(keyword);
            if (reference != null
                    && reference.isTextual()
                    && !reference.textValue().startsWith("#")) {
                throw new InvalidContractException(where + ": " + keyword + " is \"" + reference.textValue()
                        + "\": a schema may refer to itself only (#/…), nothing is fetched");
            }
        }
        JsonNode dialect = node.get("$schema");
        if (dialect != null
                && dialect.isTextual()
                && !dialect.textValue().equals("https://json-schema.org/draft/2020-12/schema")) {
            throw new InvalidContractException(where + ": $schema is \"" + dialect.textValue()
                    + "\": must be https://json-schema.org/draft/2020-12/schema");
        }
        node.forEach(child -> {
            if (child.isContainerNode()) {
                refuseForeignReferences(child, where);
            }
        });
    }

    /** The meta-schema, compiled when the first contract is checked. */
    private static final class Meta {
        private static final Schema SCHEMA = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
    }
}
