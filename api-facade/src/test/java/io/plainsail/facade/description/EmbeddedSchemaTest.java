package io.plainsail.facade.description;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.json.StrictJson;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddedSchemaTest {
    private static final String PLACE = "#/components/schemas/a.b.v1.input";

    private static JsonNode json(String text) {
        return StrictJson.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static final JsonNode TREE = json("""
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "$id": "https://example.com/tree",
              "$ref": "#/$defs/node",
              "$defs": {
                "node": {
                  "type": "object",
                  "required": ["name"],
                  "properties": {
                    "name": {"$ref": "#/$defs/node/$defs/text"},
                    "$ref": {"type": "integer"},
                    "$id": {"const": {"$ref": "#/kept", "$id": "kept"}},
                    "left": {"$ref": "#"},
                    "others": {"type": "array", "items": {"anyOf": [{"$ref": "#/$defs/node"}, false]}}
                  },
                  "additionalProperties": false,
                  "$defs": {"text": {"type": "string", "minLength": 2}}
                }
              }
            }""");

    @Test
    void itMeansTheSameWhereItIsEmbedded() {
        JsonNode embedded = EmbeddedSchema.at(PLACE, TREE).orElseThrow();
        ObjectNode document = StrictJson.mapper().createObjectNode().put("$ref", PLACE);
        document.putObject("components").putObject("schemas").set("a.b.v1.input", embedded);
        SchemaCheck alone = SchemaCheck.of(TREE, "alone");
        SchemaCheck within = SchemaCheck.of(document, "within");
        for (String valid : new String[] {
            "{\"name\":\"ab\"}",
            "{\"name\":\"ab\",\"$ref\":1,\"$id\":{\"$ref\":\"#/kept\",\"$id\":\"kept\"}}",
            "{\"name\":\"ab\",\"left\":{\"name\":\"cd\",\"others\":[{\"name\":\"ef\"}]}}"
        }) {
            assertThat(alone.violations(json(valid))).as(valid).isEmpty();
            assertThat(within.violations(json(valid))).as(valid).isEmpty();
        }
        for (String invalid : new String[] {
            "{\"name\":\"a\"}",
            "{\"name\":\"ab\",\"$ref\":\"1\"}",
            "{\"name\":\"ab\",\"$id\":{\"$ref\":\"" + PLACE + "/kept\"}}",
            "{\"name\":\"ab\",\"left\":{\"name\":\"c\"}}",
            "{\"name\":\"ab\",\"others\":[{}]}"
        }) {
            assertThat(alone.violations(json(invalid))).as(invalid).isNotEmpty();
            assertThat(within.violations(json(invalid))).as(invalid).isNotEmpty();
        }
        assertThat(embedded.has("$schema")).isFalse();
        assertThat(embedded.has("$id")).isFalse();
    }

    @Test
    void theContractsOwnCopyStaysAsItIs() {
        JsonNode before = TREE.deepCopy();
        EmbeddedSchema.at(PLACE, TREE);
        assertThat(TREE).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"$ref\": \"https://example.com/other\"}",
                "{\"$ref\": \"file:///etc/passwd\"}",
                "{\"$ref\": \"#anchor\"}",
                "{\"$ref\": \"\"}",
                "{\"properties\": {\"a\": {\"$id\": \"https://example.com/part\"}}}",
                "{\"items\": {\"$anchor\": \"a\"}}",
                "{\"allOf\": [{\"$dynamicRef\": \"#a\"}]}",
                "{\"x-parts\": {\"a\": {\"$ref\": \"#/x-parts/b\"}}}",
                "{\"discriminator\": 5}"
            })
    void whatWouldMeanSomethingElseIsNotEmbedded(String schema) {
        assertThat(EmbeddedSchema.at(PLACE, json(schema))).isEmpty();
    }
}
