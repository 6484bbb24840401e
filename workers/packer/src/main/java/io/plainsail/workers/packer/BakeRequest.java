package io.plainsail.workers.packer;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.worker.JobFailedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a job asks for. The contract's schema has seen it; what the schema cannot say, and what would reach a command
 * line, is checked here.
 *
 * @param secrets names of secrets by variable
 * @param only builds, all if it is empty
 */
record BakeRequest(
        String template,
        Map<String, JsonNode> variables,
        Map<String, String> secrets,
        List<String> only,
        List<String> except,
        boolean force) {
    private static final Pattern BUILD = Pattern.compile("[A-Za-z0-9_*?][A-Za-z0-9_.*?-]{0,127}");
    private static final Pattern UNPRINTABLE = Pattern.compile("\\p{Cntrl}");
    private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f]");

    static BakeRequest read(JsonNode input) throws JobFailedException {
        Map<String, JsonNode> variables = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : input.path("variables").properties()) {
            checkName(field.getKey());
            checkValue(field.getKey(), field.getValue());
            variables.put(field.getKey(), field.getValue());
        }
        Map<String, String> secrets = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : input.path("secrets").properties()) {
            checkName(field.getKey());
            secrets.put(field.getKey(), field.getValue().asText());
        }
        List<String> only = builds("only", input.path("only"));
        List<String> except = builds("except", input.path("except"));
        if (!only.isEmpty() && !except.isEmpty()) {
            throw PackerFailures.variable("builds", "only and except are both given: give one of them");
        }
        return new BakeRequest(
                input.path("template").asText(),
                variables,
                secrets,
                only,
                except,
                input.path("force").asBoolean(false));
    }

    /** Refuses what the configuration keeps to itself. */
    void checkAgainst(PackerConfig.Template configured) throws JobFailedException {
        for (String name : variables.keySet()) {
            if (configured.variables().containsKey(name) || name.equals(configured.outputVariable())) {
                throw PackerFailures.variable(
                        "variable-fixed", "variable " + name + " is set by the worker's configuration: leave it out");
            }
            if (configured.secrets().containsKey(name)) {
                throw PackerFailures.variable(
                        "variable-sensitive",
                        "variable " + name + " is a secret: name one under secrets, or leave it out");
            }
        }
        for (Map.Entry<String, String> secret : secrets.entrySet()) {
            if (!configured.secrets().getOrDefault(secret.getKey(), List.of()).contains(secret.getValue())) {
                throw PackerFailures.variable(
                        "secret-forbidden",
                        "variable " + secret.getKey() + " may not be given the secret \"" + secret.getValue()
                                + "\": the worker's configuration allows "
                                + configured.secrets().getOrDefault(secret.getKey(), List.of()));
            }
        }
    }

    private static void checkName(String name) throws JobFailedException {
        if (!PackerConfig.VARIABLE.matcher(name).matches()) {
            throw PackerFailures.variable(
                    "variable-name",
                    "a variable has the name \"" + UNPRINTABLE.matcher(name).replaceAll("?")
                            + "\": must be letters, digits, dashes and underscores, 1 to 64, no digit first");
        }
    }

    private static void checkValue(String name, JsonNode value) throws JobFailedException {
        if (value.isNull()) {
            throw PackerFailures.variable("variable-invalid", "variable " + name + " holds null: leave it out");
        }
        if (value.isTextual()) {
            checkText(name, value.textValue());
        }
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            checkText(name, field.getKey());
            checkValue(name, field.getValue());
        }
        if (value.isArray()) {
            for (JsonNode element : value) {
                checkValue(name, element);
            }
        }
    }

    private static void checkText(String name, String text) throws JobFailedException {
        if (text.contains("{{")) {
            throw PackerFailures.variable(
                    "variable-invalid", "variable " + name + " holds {{: Packer would expand it, so it is refused");
        }
        if (CONTROL.matcher(text).find()) {
            throw PackerFailures.variable(
                    "variable-invalid",
                    "variable " + name + " holds a control character: only line ends and tabs may be");
        }
    }

    private static List<String> builds(String field, JsonNode names) throws JobFailedException {
        List<String> builds = new ArrayList<>();
        for (JsonNode name : names) {
            if (!BUILD.matcher(name.asText()).matches()) {
                throw PackerFailures.variable(
                        "builds",
                        field + " has the build \""
                                + UNPRINTABLE.matcher(name.asText()).replaceAll("?")
                                + "\": must be letters, digits, _ . - * ?, 1 to 128, no dash first");
            }
            builds.add(name.asText());
        }
        return builds;
    }
}
