package io.plainsail.worker.service;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A worker's configuration as it is read. Three layers, the later one wins field by field: {@code worker-defaults.yml};
 * the handler's own defaults, a resource named like its configuration class, {@code WebhookConfig.yml} beside it, if
 * there is one; and the file given, if any. A field without a value keeps its default. Then environment variables are
 * filled in, then values are bound and checked.
 *
 * @param worker what every worker service has
 * @param handler the {@code handler:} part, bound to the handler's own class
 */
record ConfigFile<C>(WorkerConfig worker, C handler) {
    private static final String HANDLER = "handler";

    private static final ObjectMapper YAML =
            new YAMLMapper().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION.mappedFeature());

    private static final ObjectMapper BINDER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .addModule(new SimpleModule().addDeserializer(Duration.class, new IsoDuration()))
            .build();

    /** Reads the file over the defaults. */
    static <C> ConfigFile<C> read(Path file, Class<C> handlerConfig, Map<String, String> environment) {
        ObjectNode tree = defaultsFor(handlerConfig);
        ObjectNode standard = tree.deepCopy();
        try (InputStream in = Files.newInputStream(file)) {
            overlay(tree, parse(in, file.toString()));
        } catch (IOException e) {
            throw new InvalidConfigException(file + ": cannot be read: " + e, e);
        }
        return bind(tree, standard, file + ": ", handlerConfig, environment);
    }

    /** No file: the defaults, and what the environment says. */
    static <C> ConfigFile<C> defaults(Class<C> handlerConfig, Map<String, String> environment) {
        ObjectNode tree = defaultsFor(handlerConfig);
        return bind(tree, tree.deepCopy(), "", handlerConfig, environment);
    }

    /** Settings in place of a file; {@code where} begins every message. */
    static <C> ConfigFile<C> over(
            Map<String, ?> settings, String where, Class<C> handlerConfig, Map<String, String> environment) {
        ObjectNode tree = defaultsFor(handlerConfig);
        ObjectNode standard = tree.deepCopy();
        overlay(tree, YAML.valueToTree(settings));
        return bind(tree, standard, where, handlerConfig, environment);
    }

    static WorkerConfig with(Map<String, String> settings, Map<String, String> environment) {
        ObjectNode tree = defaultsFor(NoHandlerConfig.class);
        ObjectNode standard = tree.deepCopy();
        settings.forEach((name, value) -> {
            String[] path = name.split("\\.");
            ObjectNode at = tree;
            for (String step : Arrays.copyOf(path, path.length - 1)) {
                at = at.withObjectProperty(step);
            }
            at.put(path[path.length - 1], value);
        });
        return bind(tree, standard, "", NoHandlerConfig.class, environment).worker();
    }

    /** The text of the defaults: what {@code --help} shows. */
    static String defaultsText() {
        try (InputStream in = resource(ConfigFile.class, "worker-defaults.yml")) {
            return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new InvalidConfigException("worker-defaults.yml: cannot be read: " + e, e);
        }
    }

    private static ObjectNode defaultsFor(Class<?> handlerConfig) {
        ObjectNode tree = layer(ConfigFile.class, "worker-defaults.yml");
        String own = handlerConfig.getSimpleName() + ".yml";
        if (handlerConfig.getResource(own) != null) {
            overlay(tree, layer(handlerConfig, own));
        }
        return tree;
    }

    private static ObjectNode layer(Class<?> beside, String name) {
        try (InputStream in = resource(beside, name)) {
            return parse(in, name);
        } catch (IOException e) {
            throw new InvalidConfigException(name + ": cannot be read: " + e, e);
        }
    }

    private static InputStream resource(Class<?> beside, String name) {
        InputStream in = beside.getResourceAsStream(name);
        if (in == null) {
            throw new InvalidConfigException(name + ": no such resource beside " + beside.getName());
        }
        return in;
    }

    private static ObjectNode parse(InputStream in, String where) throws IOException {
        try {
            JsonNode tree = YAML.readTree(in);
            if (tree == null || tree.isMissingNode() || tree.isNull()) {
                return YAML.createObjectNode();
            }
            if (tree instanceof ObjectNode mapping) {
                return mapping;
            }
            throw new InvalidConfigException(where + ": must be a mapping of settings");
        } catch (JsonProcessingException e) {
            throw new InvalidConfigException(where + ": not YAML: " + e.getMessage(), e);
        }
    }

    private static void overlay(ObjectNode below, ObjectNode above) {
        for (Map.Entry<String, JsonNode> field : above.properties()) {
            JsonNode value = field.getValue();
            if (value instanceof ObjectNode mapping && below.get(field.getKey()) instanceof ObjectNode deeper) {
                overlay(deeper, mapping);
            } else if (!value.isNull()) {
                below.set(field.getKey(), value);
            }
        }
    }

    private static <C> ConfigFile<C> bind(
            ObjectNode tree, ObjectNode standard, String where, Class<C> handlerConfig, Map<String, String> env) {
        substitute(tree, where, "", env);
        JsonNode handler = tree.remove(HANDLER);
        WorkerConfig worker = bind(tree, "", standard, where, WorkerConfig.class);
        return new ConfigFile<>(worker, bind(handler, HANDLER, standard, where, handlerConfig));
    }

    /** Replaces texts in place; environment values are never read as YAML, so they cannot add structure. */
    private static void substitute(JsonNode node, String where, String path, Map<String, String> environment) {
        if (node instanceof ObjectNode mapping) {
            for (Map.Entry<String, JsonNode> field : mapping.properties()) {
                String at = path.isEmpty() ? field.getKey() : path + "." + field.getKey();
                if (field.getValue().isTextual()) {
                    String text = field.getValue().textValue();
                    field.setValue(TextNode.valueOf(Placeholders.fill(text, where + at, environment)));
                } else {
                    substitute(field.getValue(), where, at, environment);
                }
            }
        } else if (node instanceof ArrayNode list) {
            for (int i = 0; i < list.size(); i++) {
                String at = path + "[" + i + "]";
                if (list.get(i).isTextual()) {
                    list.set(i, TextNode.valueOf(Placeholders.fill(list.get(i).textValue(), where + at, environment)));
                } else {
                    substitute(list.get(i), where, at, environment);
                }
            }
        }
    }

    private static <T> T bind(JsonNode tree, String root, ObjectNode standard, String where, Class<T> as) {
        try {
            return BINDER.treeToValue(tree, as);
        } catch (JsonMappingException e) {
            throw explained(e, root, standard, where);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new InvalidConfigException(where + root + ": " + e.getMessage(), e);
        }
    }

    private static InvalidConfigException explained(
            JsonMappingException e, String root, ObjectNode standard, String where) {
        String path = pathOf(e, root);
        String dot = path.isEmpty() ? "" : path + ".";
        if (e instanceof UnrecognizedPropertyException unknown) {
            TreeSet<String> known = unknown.getKnownPropertyIds().stream()
                    .map(String::valueOf)
                    .collect(Collectors.toCollection(TreeSet::new));
            if (path.equals(unknown.getPropertyName())) {
                known.add(HANDLER);
            }
            return new InvalidConfigException(where + path + ": unknown field; known here are " + known, e);
        }
        if (e instanceof InvalidFormatException format) {
            return new InvalidConfigException(
                    where + path + " is \"" + format.getValue() + "\": must be " + wordsFor(format.getTargetType())
                            + defaultOf(standard, path),
                    e);
        }
        Throwable cause = e.getCause();
        if (cause instanceof IllegalArgumentException || cause instanceof InvalidConfigException) {
            // A check in a constructor: its message begins with the name of the field.
            return new InvalidConfigException(where + dot + cause.getMessage(), e);
        }
        if (cause instanceof NullPointerException) {
            return new InvalidConfigException(where + path + ": a setting that has no default is missing", e);
        }
        String told = String.valueOf(e.getOriginalMessage());
        return new InvalidConfigException(where + path + ": " + told + defaultOf(standard, path), e);
    }

    private static String pathOf(JsonMappingException e, String root) {
        StringBuilder path = new StringBuilder(root);
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.toString();
    }

    private static String wordsFor(@Nullable Class<?> type) {
        if (type == null) {
            return "something else";
        }
        if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
            return "a whole number";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == Duration.class) {
            return "an ISO 8601 duration such as PT30S";
        }
        if (type == URI.class) {
            return "a URL";
        }
        if (type.isEnum()) {
            List<String> names = Arrays.stream(type.getEnumConstants())
                    .map(constant -> BINDER.convertValue(constant, String.class))
                    .toList();
            return "one of " + names;
        }
        return "a " + type.getSimpleName();
    }

    private static String defaultOf(ObjectNode standard, String path) {
        JsonNode value = standard.at("/" + path.replace('.', '/'));
        if (!value.isValueNode() || value.isNull()) {
            return "";
        }
        try {
            return " (default " + Placeholders.fill(value.asText(), path, Map.of()) + ")";
        } catch (InvalidConfigException noDefault) {
            return "";
        }
    }

    /** ISO 8601, as everywhere in Plainsail. */
    private static final class IsoDuration extends StdScalarDeserializer<Duration> {
        private static final long serialVersionUID = 1L;

        IsoDuration() {
            super(Duration.class);
        }

        @Override
        public Duration deserialize(JsonParser in, DeserializationContext context) throws IOException {
            String text = in.getText();
            try {
                return Duration.parse(text);
            } catch (DateTimeException e) {
                throw InvalidFormatException.from(in, "not a duration", text, Duration.class);
            }
        }
    }
}
