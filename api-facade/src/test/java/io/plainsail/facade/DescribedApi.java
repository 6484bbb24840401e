package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.SchemaCheck;
import io.plainsail.contracts.json.StrictJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The document that a facade gives, held against its answers. It is taken at its word: a field that it does not have is wrong,
 * though it tells callers to expect more.
 */
final class DescribedApi {
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete");

    private final JsonNode document;
    private final JsonNode components;
    private final Map<String, SchemaCheck> checks = new ConcurrentHashMap<>();

    DescribedApi(String json) {
        document = StrictJson.read(json.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        components = document.get("components").deepCopy();
        components.get("schemas").forEach(DescribedApi::closeParts);
    }

    JsonNode document() {
        return document;
    }

    /** Each as {@code GET /path}. */
    Set<String> calls() {
        Set<String> calls = new TreeSet<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().fieldNames().forEachRemaining(name -> {
                    if (METHODS.contains(name)) {
                        calls.add(name.toUpperCase(java.util.Locale.ROOT) + " " + path.getKey());
                    }
                }));
        return calls;
    }

    JsonNode operation(String method, String path) {
        JsonNode operation = document.get("paths").path(path).path(method.toLowerCase(java.util.Locale.ROOT));
        assertThat(operation.isObject())
                .as(method + " " + path + " is described")
                .isTrue();
        return operation;
    }

    Set<Integer> statuses(String method, String path) {
        Set<Integer> statuses = new TreeSet<>();
        operation(method, path)
                .get("responses")
                .fieldNames()
                .forEachRemaining(word -> statuses.add(Integer.valueOf(word)));
        return statuses;
    }

    /** Of a call, those of its path included. */
    List<JsonNode> parameters(String method, String path, String in) {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode given : List.of(
                document.get("paths").path(path).path("parameters"),
                operation(method, path).path("parameters"))) {
            for (JsonNode one : given) {
                JsonNode parameter = resolved(one);
                if (parameter.get("in").asText().equals(in)) {
                    found.add(parameter);
                }
            }
        }
        return found;
    }

    JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? resolved(document.at(node.get("$ref").asText().substring(1))) : node;
    }

    /** Fails if the answer is not one of those that the document has. */
    void check(String method, String path, int status, String contentType, byte[] body) {
        String where = method + " " + path + " " + status + " " + contentType;
        JsonNode response = operation(method, path).get("responses").path(String.valueOf(status));
        assertThat(response.isObject()).as(where + " is described").isTrue();
        JsonNode content = resolved(response).path("content");
        if (contentType.isEmpty()) {
            assertThat(body).as(where).isEmpty();
            return;
        }
        String type = contentType.replaceAll("\\s*;.*", "");
        JsonNode media = content.has(type) ? content.get(type) : content.path("*/*");
        assertThat(media.isObject()).as(where + " is described: " + content).isTrue();
        if (type.endsWith("json") && !type.endsWith("ndjson") && body.length > 0) {
            SchemaCheck check = checks.computeIfAbsent(where, any -> check(media.get("schema"), where));
            assertThat(check.violations(StrictJson.read(body))).as(where).isEmpty();
        }
    }

    SchemaCheck check(JsonNode schema, String where) {
        ObjectNode root = schema.deepCopy();
        closeParts(root);
        close(root);
        root.set("components", components);
        return SchemaCheck.of(root, where);
    }

    private static void closeParts(JsonNode schema) {
        if (!(schema instanceof ObjectNode object)) {
            return;
        }
        object.path("properties").forEach(DescribedApi::closePart);
        closePart(object.path("items"));
        for (String several : List.of("allOf", "oneOf", "anyOf")) {
            object.path(several).forEach(DescribedApi::closeParts);
        }
    }

    private static void closePart(JsonNode schema) {
        closeParts(schema);
        close(schema);
    }

    private static void close(JsonNode schema) {
        boolean shaped =
                schema.has("properties") || schema.has("oneOf") || schema.has("allOf") || isOwnReference(schema);
        boolean said = schema.has("additionalProperties") || schema.has("unevaluatedProperties");
        if (shaped && !said && schema instanceof ObjectNode object) {
            object.put("unevaluatedProperties", false);
        }
    }

    /** To a schema of the API's, and not one of a contract's. */
    private static boolean isOwnReference(JsonNode schema) {
        String reference = schema.path("$ref").asText();
        return !reference.isEmpty() && !reference.endsWith("put") && !reference.endsWith("/Output");
    }
}
