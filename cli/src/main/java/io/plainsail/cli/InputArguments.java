package io.plainsail.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.json.InvalidJsonException;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A JSON object as it is given on a command line.
 *
 * <ul>
 *   <li>nothing: {@code {}}
 *   <li>{@code -}: JSON from stdin
 *   <li>{@code FILE}: JSON from a file
 *   <li>{@code name=value}, as often as wanted: a text if the schema says so; else a number, {@code true}, {@code false}
 *       or {@code null} if it looks like one; else a text
 *   <li>{@code name:=JSON}: the value as JSON
 *   <li>{@code name=@FILE}: a file's text; {@code name=@@…} is the text {@code @…}
 *   <li>{@code a.b=…}: inside the object {@code a}; a dot of a name's own is {@code \.}
 * </ul>
 */
final class InputArguments {
    /** The longest input that any contract may allow. */
    static final int MAX_BYTES = 16 * 1024 * 1024;

    private final InputStream in;

    InputArguments(InputStream in) {
        this.in = in;
    }

    /** @param schema says what is a text; missing if nothing is known */
    JsonNode read(List<String> arguments, JsonNode schema) {
        if (arguments.isEmpty()) {
            return JsonNodeFactory.instance.objectNode();
        }
        if (arguments.size() == 1 && arguments.get(0).equals("-")) {
            return json("stdin", bounded("stdin", in));
        }
        if (arguments.size() == 1 && arguments.get(0).indexOf('=') < 0) {
            return json(arguments.get(0), file(arguments.get(0)));
        }
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        for (String argument : arguments) {
            put(object, argument, schema);
        }
        return object;
    }

    JsonNode read(List<String> arguments) {
        return read(arguments, MissingNode.getInstance());
    }

    private void put(ObjectNode object, String argument, JsonNode schema) {
        int equals = argument.indexOf('=');
        boolean json = equals > 0 && argument.charAt(equals - 1) == ':';
        int end = json ? equals - 1 : equals;
        if (end < 1) {
            throw new UsageException("\"" + shown(argument)
                    + "\" is no name=value, name:=JSON or name=@FILE; of a file or - there is one only");
        }
        List<String> path = path(argument.substring(0, end));
        ObjectNode at = object;
        JsonNode below = schema;
        for (String name : path.subList(0, path.size() - 1)) {
            JsonNode next = at.path(name);
            if (!next.isMissingNode() && !next.isObject()) {
                throw twice(argument);
            }
            at = next.isObject() ? (ObjectNode) next : at.putObject(name);
            below = below.path("properties").path(name);
        }
        String last = path.get(path.size() - 1);
        if (at.has(last)) {
            throw twice(argument);
        }
        String value = argument.substring(equals + 1);
        at.set(
                last,
                json
                        ? json(shown(argument), value.getBytes(StandardCharsets.UTF_8))
                        : value(value, below.path("properties").path(last)));
    }

    private static UsageException twice(String argument) {
        return new UsageException("\"" + shown(argument) + "\" sets what is set already");
    }

    private JsonNode value(String value, JsonNode schema) {
        if (value.startsWith("@@")) {
            return JsonNodeFactory.instance.textNode(value.substring(1));
        }
        if (value.startsWith("@")) {
            byte[] text = file(value.substring(1));
            try {
                StrictJson.checkUtf8(text);
            } catch (InvalidJsonException e) {
                throw new UsageException(value.substring(1) + " is no text: " + e.getMessage(), e);
            }
            return JsonNodeFactory.instance.textNode(new String(text, StandardCharsets.UTF_8));
        }
        if (!schema.path("type").asText().equals("string")) {
            try {
                JsonNode read = StrictJson.read(value.getBytes(StandardCharsets.UTF_8));
                if (read.isNumber() || read.isBoolean() || read.isNull()) {
                    return read;
                }
            } catch (InvalidJsonException e) {
                // A text then.
            }
        }
        return JsonNodeFactory.instance.textNode(value);
    }

    private static List<String> path(String name) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '\\' && i + 1 < name.length() && name.charAt(i + 1) == '.') {
                part.append('.');
                i++;
            } else if (c == '.') {
                parts.add(part.toString());
                part.setLength(0);
            } else {
                part.append(c);
            }
        }
        parts.add(part.toString());
        if (parts.contains("") || parts.size() > StrictJson.MAX_DEPTH) {
            throw new UsageException(
                    "\"" + shown(name) + "\": names are joined by single dots, at most " + StrictJson.MAX_DEPTH);
        }
        return parts;
    }

    private static JsonNode json(String where, byte[] bytes) {
        try {
            return StrictJson.read(bytes);
        } catch (InvalidJsonException e) {
            throw new UsageException(where + ": " + e.getMessage(), e);
        }
    }

    private static byte[] file(String name) {
        try (InputStream file = Files.newInputStream(Path.of(name))) {
            return bounded(name, file);
        } catch (IOException | java.nio.file.InvalidPathException e) {
            throw new UsageException(shown(name) + " cannot be read: " + e, e);
        }
    }

    private static byte[] bounded(String where, InputStream from) {
        try {
            byte[] read = from.readNBytes(MAX_BYTES + 1);
            if (read.length > MAX_BYTES) {
                throw new UsageException(where + " is longer than " + MAX_BYTES + " bytes, the longest input there is");
            }
            return read;
        } catch (IOException e) {
            throw new UsageException(where + " cannot be read: " + e, e);
        }
    }

    private static String shown(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }
}
