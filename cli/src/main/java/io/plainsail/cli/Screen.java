package io.plainsail.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Prints what was asked for: for people as tables, for programs as JSON or YAML. All of it is {@link Harmless}. */
final class Screen {
    private static final ObjectMapper COMPACT = JsonMapper.builder().build();
    private static final ObjectWriter JSON = COMPACT.writer(SerializationFeature.INDENT_OUTPUT);
    private static final ObjectMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .build();
    private static final int WIDEST_CELL = 80;

    private final PrintStream out;
    private final Form form;

    /** How things are shown. */
    enum Form {
        TABLE,
        JSON,
        YAML;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    Screen(PrintStream out, Form form) {
        this.out = out;
        this.form = form;
    }

    boolean isForPeople() {
        return form == Form.TABLE;
    }

    /** A line for people. */
    void say(String line) {
        out.println(Harmless.line(line));
        out.flush();
    }

    /** One thing for programs. */
    void data(JsonNode data) {
        out.print(text(form == Form.YAML ? YAML.writer() : JSON, data));
        if (form != Form.YAML) {
            out.println();
        }
        out.flush();
    }

    /** One of a sequence that goes on: a line of JSON, or a document of YAML. */
    void next(JsonNode data) {
        if (form == Form.YAML) {
            out.println("---");
            data(data);
        } else {
            out.println(text(COMPACT.writer(), data));
            out.flush();
        }
    }

    private static String text(ObjectWriter writer, JsonNode data) {
        try {
            // Line breaks are the form's own: those of the data are escaped by it.
            return Harmless.lines(writer.writeValueAsString(data));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("JSON that was read cannot be written", e);
        }
    }

    /** Rows under upper-case headings. */
    void table(List<String> headings, List<List<String>> rows) {
        List<List<String>> all = new ArrayList<>();
        all.add(headings.stream()
                .map(heading -> heading.toUpperCase(Locale.ROOT))
                .toList());
        rows.forEach(row -> all.add(row.stream().map(Screen::cell).toList()));
        int[] widths = new int[headings.size()];
        for (List<String> row : all) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], width(row.get(i)));
            }
        }
        for (List<String> row : all) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                line.append(row.get(i)).append(" ".repeat(widths[i] - width(row.get(i)) + 2));
            }
            out.println(line.toString().stripTrailing());
        }
        out.flush();
    }

    /** Names and values, one a line; empty values are left out. */
    void fields(List<List<String>> fields) {
        List<List<String>> shown =
                fields.stream().filter(field -> !field.get(1).isEmpty()).toList();
        int width = shown.stream().mapToInt(field -> width(field.get(0))).max().orElse(0);
        for (List<String> field : shown) {
            out.println(field.get(0) + " ".repeat(width - width(field.get(0)) + 2) + Harmless.line(field.get(1)));
        }
        out.flush();
    }

    /** Whatever the facade answered: a list as a table with the fields that there are, an object as its fields. */
    void anything(JsonNode answer) {
        if (!isForPeople()) {
            data(answer);
            return;
        }
        JsonNode list = onlyList(answer);
        if (list == null) {
            List<List<String>> fields = new ArrayList<>();
            answer.properties()
                    .forEach(field -> fields.add(List.of(Harmless.line(field.getKey()), value(field.getValue()))));
            fields(fields);
            return;
        }
        Set<String> names = new LinkedHashSet<>();
        list.forEach(item -> item.fieldNames().forEachRemaining(names::add));
        List<List<String>> rows = new ArrayList<>();
        list.forEach(item ->
                rows.add(names.stream().map(name -> value(item.path(name))).toList()));
        if (rows.isEmpty()) {
            say("none");
        } else {
            table(names.stream().map(Harmless::line).toList(), rows);
        }
    }

    /** The list of objects that the answer is, or holds and nothing else; null if there is none. */
    private static @org.jspecify.annotations.Nullable JsonNode onlyList(JsonNode answer) {
        if (answer.isArray()) {
            return answer;
        }
        if (answer.size() != 1) {
            return null;
        }
        JsonNode only = answer.elements().next();
        boolean objects = only.isArray() && (only.isEmpty() || only.get(0).isObject());
        return objects ? only : null;
    }

    private static String value(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (value.isValueNode()) {
            return value.asText();
        }
        List<String> parts = new ArrayList<>();
        if (value.isArray()) {
            value.forEach(part -> parts.add(part.isValueNode() ? part.asText() : part.toString()));
        } else {
            value.properties()
                    .forEach(part -> parts.add(part.getKey() + "="
                            + (part.getValue().isValueNode()
                                    ? part.getValue().asText()
                                    : part.getValue().toString())));
        }
        return String.join(", ", parts);
    }

    private static String cell(String text) {
        String safe = Harmless.line(text);
        return safe.codePointCount(0, safe.length()) <= WIDEST_CELL
                ? safe
                : safe.substring(0, safe.offsetByCodePoints(0, WIDEST_CELL - 1)) + "…";
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
