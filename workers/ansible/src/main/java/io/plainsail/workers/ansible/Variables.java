package io.plainsail.workers.ansible;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Variables that callers give, as YAML in which every string is marked {@code !unsafe}: Ansible takes it as data and
 * evaluates no Jinja in it. Ansible evaluates none in the names of mappings; such names are refused all the same.
 */
final class Variables {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,99}");
    private static final int MAX_KEY = 200;
    private static final int MAX_DEPTH = 30;
    private static final int MAX_DIGITS = 60;

    /** Ansible's own, and Python's words: a variable of such a name is not what a playbook finds there. */
    private static final Set<String> RESERVED = Set.of(
            "environment",
            "gather_timeout",
            "group_names",
            "groups",
            "hostvars",
            "inventory_dir",
            "inventory_file",
            "inventory_hostname",
            "inventory_hostname_short",
            "lookup",
            "omit",
            "play_hosts",
            "playbook_dir",
            "query",
            "role_name",
            "role_names",
            "role_path",
            "vars");

    private Variables() {}

    /**
     * @param field where the object stands in the input, for messages
     * @param exempt names beginning with {@code ansible_} that are allowed at the top
     */
    static void check(String field, JsonNode object, Predicate<String> exempt) throws JobFailedException {
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            checkName(field, entry.getKey(), exempt);
            checkValue(field + "." + entry.getKey(), entry.getValue(), 1);
        }
    }

    static void checkName(String field, String name, Predicate<String> exempt) throws JobFailedException {
        if (!NAME.matcher(name).matches() || RESERVED.contains(name)) {
            throw invalid(field, name, "variable names are letters, digits and _, and none of Ansible's own");
        }
        if (isAnsibles(name) && !exempt.test(name)) {
            throw invalid(field, name, "names that begin with ansible_ steer Ansible and are not for jobs");
        }
    }

    private static void checkValue(String field, JsonNode value, int depth) throws JobFailedException {
        if (depth > MAX_DEPTH) {
            throw invalid(field, "…", "variables are nested " + MAX_DEPTH + " deep at most");
        }
        if (value.isArray()) {
            int i = 0;
            for (JsonNode each : value) {
                checkValue(field + "[" + i++ + "]", each, depth + 1);
            }
        } else if (value.isObject()) {
            for (Map.Entry<String, JsonNode> entry : value.properties()) {
                String key = entry.getKey();
                if (isAnsibles(key)) {
                    throw invalid(field, key, "names that begin with ansible_ are refused at any depth");
                }
                if (key.length() > MAX_KEY || key.contains("{{") || key.contains("{%") || key.contains("{#")) {
                    throw invalid(field, key, "names are " + MAX_KEY + " characters at most and hold no Jinja");
                }
                checkText(field, key);
                checkValue(field + "." + key, entry.getValue(), depth + 1);
            }
        } else if (value.isTextual()) {
            checkText(field, value.textValue());
        } else if (value.isNumber() && number(value).length() > MAX_DIGITS) {
            throw invalid(field, "…", "numbers have " + MAX_DIGITS + " digits at most");
        }
    }

    private static boolean isAnsibles(String name) {
        return name.regionMatches(true, 0, "ansible_", 0, 8);
    }

    private static void checkText(String field, String text) throws JobFailedException {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (Character.isSurrogate(c) && !pair) {
                throw invalid(field, "…", "half of a surrogate pair is no character");
            }
            i += pair ? 1 : 0;
        }
    }

    private static String number(JsonNode value) {
        if (value.isIntegralNumber()) {
            return value.bigIntegerValue().toString();
        }
        if (Math.abs((long) value.decimalValue().scale()) > MAX_DIGITS) {
            return "0".repeat(MAX_DIGITS + 1);
        }
        return value.decimalValue().toPlainString();
    }

    /** The value as YAML, in the flow style, ASCII. */
    static void write(StringBuilder to, JsonNode value) {
        if (value.isObject()) {
            String between = "{";
            for (Map.Entry<String, JsonNode> entry : value.properties()) {
                to.append(between);
                quote(to, entry.getKey());
                to.append(": ");
                write(to, entry.getValue());
                between = ",\n";
            }
            to.append(value.isEmpty() ? "{}" : "}");
        } else if (value.isArray()) {
            String between = "[";
            for (JsonNode each : value) {
                to.append(between);
                write(to, each);
                between = ",\n";
            }
            to.append(value.isEmpty() ? "[]" : "]");
        } else if (value.isTextual()) {
            to.append("!unsafe ");
            quote(to, value.textValue());
        } else if (value.isNumber()) {
            to.append(number(value));
        } else {
            to.append(value.isBoolean() ? Boolean.toString(value.booleanValue()) : "null");
        }
    }

    private static void quote(StringBuilder to, String text) {
        to.append('"');
        text.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                to.append('\\').append((char) c);
            } else if (c >= ' ' && c <= '~') {
                to.append((char) c);
            } else {
                to.append(String.format("\\U%08X", c));
            }
        });
        to.append('"');
    }

    static JobFailedException invalid(String field, String value, String rule) {
        String shown = value.length() > 80 ? value.substring(0, 80) + "…" : value;
        return new JobFailedException(
                ErrorCategory.INVALID_INPUT, "input", field + " has \"" + shown + "\": " + rule + "; nothing was run");
    }
}
