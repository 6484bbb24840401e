package io.plainsail.facade.description;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.Contract;
import io.plainsail.facade.access.AccessRules;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The API as an OpenAPI 3.1 document:
 *
 * <ol>
 *   <li>the calls and their schemas, as {@code paths.yaml} and {@code components.yaml} have them;
 *   <li>who may make each call, from {@link AccessRules};
 *   <li>each problem with which it may be answered, from the kinds of problems;
 *   <li>the schemas of the job types, from their contracts.
 * </ol>
 */
final class OpenApi {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final Set<String> METHODS = Set.of("get", "put", "post", "delete");
    private static final String SCHEMAS = "#/components/schemas/";
    private static final String PROBLEM = "application/problem+json";

    /** With which every call under {@code /v1} may be answered; with a token of its own there is no key to be counted. */
    private static final List<String> OF_EVERY_CALL = List.of("internal", "overloaded", "unavailable");

    private static final List<String> OF_KEYS =
            List.of("unauthorized", "forbidden", "rate-limited", "issuer-unavailable");

    private final Map<String, ProblemKind> kinds;
    private final Setup setup;

    OpenApi(List<ProblemKind> kinds, Setup setup) {
        this.kinds = kinds.stream().collect(Collectors.toMap(ProblemKind::word, Function.identity()));
        this.setup = setup;
    }

    ObjectNode document(JobTypeSchemas types) {
        ObjectNode document = Template.read("openapi.yaml");
        document.put("jsonSchemaDialect", "https://json-schema.org/draft/2020-12/schema");
        ObjectNode components = Template.read("components.yaml");
        ObjectNode paths = Template.read("paths.yaml");
        paths.properties().forEach(path -> complete(path.getKey(), (ObjectNode) path.getValue()));
        bounds(paths);
        examples(types, (ObjectNode) paths.at("/~1v1~1jobs/post/requestBody/content/application~1json"));
        types.addTo((ObjectNode) components.get("schemas"));
        components.set("securitySchemes", securitySchemes());
        document.set("paths", paths);
        document.set("components", components);
        return document;
    }

    private void complete(String path, ObjectNode item) {
        for (String method : METHODS) {
            if (item.get(method) instanceof ObjectNode operation) {
                complete(path, method, operation);
            }
        }
    }

    private void complete(String path, String method, ObjectNode operation) {
        List<String> problems = new ArrayList<>();
        JsonNode own = operation.remove("x-problems");
        if (own != null) {
            own.forEach(word -> problems.add(word.asText()));
        }
        ArrayNode security = operation.putArray("security");
        ObjectNode responses = (ObjectNode) operation.get("responses");
        if (path.startsWith("/v1/")) {
            problems.addAll(OF_EVERY_CALL);
            AccessRules.Rule rule = AccessRules.of(method.toUpperCase(Locale.ROOT), concrete(path));
            if (rule.kind() == AccessRules.Kind.OWN_TOKEN) {
                security.addObject().putArray("attemptToken");
            } else {
                problems.addAll(OF_KEYS);
                callers(security);
                describe(operation, rule);
                responses.properties().forEach(response -> counted((ObjectNode) response.getValue()));
            }
        }
        if (!path.endsWith("/result")) {
            problems.add("not-acceptable");
        }
        byStatus(problems).forEach((status, found) -> responses.set(status.toString(), problem(status, found)));
    }

    /** A path as the rules know it. */
    private static String concrete(String path) {
        return path.replace("{version}", "1").replaceAll("\\{[a-z]+}", "0");
    }

    private void callers(ArrayNode security) {
        security.addObject().putArray("apiKey");
        if (setup.issuer() != null) {
            security.addObject().putArray("token");
        }
        if (!setup.keysRequired()) {
            security.addObject();
        }
    }

    private static void describe(ObjectNode operation, AccessRules.Rule rule) {
        String role =
                switch (rule.kind()) {
                    case ANYBODY -> "Every role may.";
                    case WHOLE -> "Takes the role " + rule.role().word() + ", of a caller that sees all tenants.";
                    default -> "Takes the role " + rule.role().word() + ".";
                };
        String text = operation.path("description").asText();
        operation.put("description", text.isEmpty() ? role : text + " " + role);
    }

    private static void counted(ObjectNode response) {
        ObjectNode headers =
                response.get("headers") instanceof ObjectNode there ? there : response.putObject("headers");
        header(headers, "RateLimit-Policy", "RateLimitPolicy");
        header(headers, "RateLimit", "RateLimit");
    }

    private static void header(ObjectNode headers, String name, String component) {
        headers.putObject(name).put("$ref", "#/components/headers/" + component);
    }

    private Map<Integer, List<ProblemKind>> byStatus(List<String> words) {
        Map<Integer, List<ProblemKind>> byStatus = new TreeMap<>();
        for (String word : words) {
            ProblemKind kind = kinds.get(word);
            if (kind == null) {
                throw new IllegalStateException("paths.yaml names the problem " + word + ", which there is not");
            }
            byStatus.computeIfAbsent(kind.status(), any -> new ArrayList<>()).add(kind);
        }
        return byStatus;
    }

    private static ObjectNode problem(int status, List<ProblemKind> kinds) {
        ObjectNode response = JSON.objectNode();
        response.put(
                "description",
                kinds.stream()
                        .map(kind -> "`" + kind.word() + "`: " + kind.title() + ".")
                        .collect(Collectors.joining(" ")));
        if (status == 401) {
            header(response.putObject("headers"), "WWW-Authenticate", "WwwAuthenticate");
        }
        if (status == 429) {
            counted(response);
        }
        if (status == 429 || status == 503) {
            header((ObjectNode) response.withObjectProperty("headers"), "Retry-After", "RetryAfter");
        }
        ObjectNode schema = response.putObject("content").putObject(PROBLEM).putObject("schema");
        boolean together = kinds.stream().anyMatch(kind -> kind.word().equals("refused-together"));
        ArrayNode allOf = schema.putArray("allOf");
        allOf.addObject().put("$ref", SCHEMAS + (together ? "BulkProblem" : "Problem"));
        ObjectNode narrowed = allOf.addObject().put("type", "object").putObject("properties");
        ArrayNode types = narrowed.putObject("type").putArray("enum");
        kinds.forEach(kind -> types.add("urn:plainsail:problem:" + kind.word()));
        narrowed.putObject("status").put("const", status);
        return response;
    }

    private void bounds(ObjectNode paths) {
        ObjectNode one = (ObjectNode) paths.at("/~1v1~1jobs/post/requestBody");
        one.put("description", one.get("description").asText() + " At most " + setup.maxRequestBytes() + " bytes.");
        ObjectNode many = (ObjectNode) paths.at("/~1v1~1jobs~1bulk/post/requestBody");
        many.put(
                "description",
                many.get("description").asText() + " At most " + setup.maxBulkItems() + ", and " + setup.maxBulkBytes()
                        + " bytes.");
        ((ObjectNode) many.at("/content/application~1json/schema")).put("maxItems", setup.maxBulkItems());
    }

    private static void examples(JobTypeSchemas types, ObjectNode content) {
        Map<String, ObjectNode> examples = new LinkedHashMap<>();
        for (Contract contract : types.described()) {
            if (types.takesJobs(contract)) {
                Contract.Example example = contract.examples().get(0);
                ObjectNode shown = JSON.objectNode().put("summary", example.name());
                shown.set("value", JobTypeSchemas.example(contract, example));
                examples.put(contract.jobType().key(), shown);
            }
        }
        if (!examples.isEmpty()) {
            content.putObject("examples").setAll(examples);
        }
    }

    private ObjectNode securitySchemes() {
        ObjectNode schemes = JSON.objectNode();
        schemes.putObject("apiKey")
                .put("type", "http")
                .put("scheme", "bearer")
                .put("bearerFormat", "psk_…")
                .put("description", "An API key, as POST /v1/keys makes it.");
        schemes.putObject("attemptToken")
                .put("type", "http")
                .put("scheme", "bearer")
                .put("description", "The token of a job, which its message brings to the worker.");
        if (setup.issuer() != null) {
            String issuer = setup.issuer().toString();
            schemes.putObject("token")
                    .put("type", "openIdConnect")
                    .put(
                            "openIdConnectUrl",
                            (issuer.endsWith("/") ? issuer : issuer + "/") + ".well-known/openid-configuration")
                    .put("description", "A token of the issuer's.");
        }
        return schemes;
    }
}
