package io.plainsail.contracts.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Values that are likely to meet what is known of a value, chosen where limits are: whether they do is for the caller to check.
 * Guides are schemas of which the limits, listed values and names are of interest too.
 */
final class Samples {
    private static final int MAX = 60;
    private static final int MAX_INSIDE = 6;
    private static final int MAX_DEPTH = 7;
    private static final int MAX_TEXT = 70_000;
    private static final int MAX_ITEMS = 1_100;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final Map<String, List<String>> FORMATS = Map.ofEntries(
            Map.entry("date-time", List.of("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5+01:00")),
            Map.entry("date", List.of("2026-01-31")),
            Map.entry("time", List.of("12:00:00Z")),
            Map.entry("duration", List.of("PT30S", "P1D")),
            Map.entry("email", List.of("a@example.com")),
            Map.entry("idn-email", List.of("a@example.com")),
            Map.entry("hostname", List.of("example.com", "a")),
            Map.entry("idn-hostname", List.of("example.com")),
            Map.entry("ipv4", List.of("192.0.2.1")),
            Map.entry("ipv6", List.of("2001:db8::1")),
            Map.entry("uri", List.of("https://example.com/a", "urn:a:b")),
            Map.entry("uri-reference", List.of("/a", "https://example.com/a")),
            Map.entry("iri", List.of("https://example.com/a")),
            Map.entry("iri-reference", List.of("/a", "https://example.com/a")),
            Map.entry("uuid", List.of("018f0000-0000-7000-8000-000000000000")),
            Map.entry("uri-template", List.of("/a/{b}")),
            Map.entry("json-pointer", List.of("/a")),
            Map.entry("relative-json-pointer", List.of("0/a")),
            Map.entry("regex", List.of("a+")));

    /** What is deeper is made as small as it may be. */
    private static final int FULL_DEPTH = 2;

    /** Of any kind, for where anything is allowed. */
    private static final List<JsonNode> ANYTHING = List.of(
            JSON.numberNode(1),
            TextNode.valueOf("a"),
            JSON.objectNode(),
            JSON.arrayNode(),
            BooleanNode.TRUE,
            NullNode.instance,
            DecimalNode.valueOf(new BigDecimal("1.5")));

    /** So many values are made up at most, those inside others included. */
    private int left = 4_000;

    private Samples() {}

    static List<JsonNode> of(Facts facts, List<JsonNode> guides) {
        return new Samples().of(facts, guides, 0, MAX);
    }

    private List<JsonNode> of(Facts facts, List<JsonNode> guides, int depth, int max) {
        if (facts.impossible() || depth > MAX_DEPTH || --left < 0) {
            return List.of();
        }
        if (depth > 0 && facts.parts().isEmpty() && guides.isEmpty()) {
            return ANYTHING.subList(0, Math.min(max, ANYTHING.size()));
        }
        List<Facts.Choice> choices = facts.choices();
        if (!choices.isEmpty()) {
            Facts.Choice choice = choices.get(0);
            int each = Math.max(2, max / choice.cases().size());
            return bounded(
                    choice.cases().stream().map(chosen -> of(facts.deciding(choice, chosen), guides, depth, each)),
                    max);
        }
        List<JsonNode> values = facts.values();
        if (values != null) {
            return values.stream().limit(max).toList();
        }
        List<List<JsonNode>> byKind = new ArrayList<>();
        for (Kind kind : facts.kinds()) {
            byKind.add(
                    switch (kind) {
                        case NULL -> List.of(NullNode.instance);
                        case BOOLEAN -> List.of(BooleanNode.FALSE, BooleanNode.TRUE);
                        case INTEGER -> numbers(facts, guides, true);
                        case FRACTION -> numbers(facts, guides, false);
                        case STRING -> texts(facts, guides);
                        case ARRAY -> arrays(facts, guides, depth);
                        case OBJECT -> objects(facts, guides, depth);
                    });
        }
        return taking(byKind, max);
    }

    private static List<JsonNode> bounded(Stream<List<JsonNode>> lists, int max) {
        return lists.flatMap(List::stream).distinct().limit(max).toList();
    }

    /** The first of each, then the second of each. */
    private static List<JsonNode> taking(List<List<JsonNode>> lists, int max) {
        Set<JsonNode> taken = new LinkedHashSet<>();
        int longest = lists.stream().mapToInt(List::size).max().orElse(0);
        for (int i = 0; i < longest; i++) {
            for (List<JsonNode> list : lists) {
                if (i < list.size() && taken.size() < max) {
                    taken.add(list.get(i));
                }
            }
        }
        return List.copyOf(taken);
    }

    private static Stream<JsonNode> schemas(Facts facts, List<JsonNode> guides) {
        return Stream.concat(facts.parts().stream(), guides.stream());
    }

    /** What the schemas list themselves. */
    private static List<JsonNode> listed(Facts facts, List<JsonNode> guides, Collection<Kind> kinds) {
        List<JsonNode> listed = new ArrayList<>();
        schemas(facts, guides).forEach(schema -> {
            for (String keyword : List.of("enum", "examples")) {
                schema.path(keyword).forEach(listed::add);
            }
            for (String keyword : List.of("const", "default")) {
                if (schema.has(keyword)) {
                    listed.add(schema.get(keyword));
                }
            }
        });
        return listed.stream().filter(value -> kinds.contains(Kind.of(value))).toList();
    }

    private static List<JsonNode> numbers(Facts facts, List<JsonNode> guides, boolean whole) {
        Set<BigDecimal> around = new TreeSet<>(List.of(BigDecimal.ZERO, BigDecimal.ONE, BigDecimal.valueOf(-1)));
        List<BigDecimal> steps = new ArrayList<>();
        schemas(facts, guides).forEach(schema -> {
            for (String keyword : List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")) {
                if (schema.path(keyword).isNumber()) {
                    around.add(schema.get(keyword).decimalValue());
                }
            }
            if (schema.path("multipleOf").isNumber()) {
                steps.add(schema.get("multipleOf").decimalValue());
            }
        });
        Set<BigDecimal> found = new LinkedHashSet<>();
        for (BigDecimal number : around) {
            for (BigDecimal step : steps) {
                BigDecimal multiple = number.divideToIntegralValue(step).multiply(step);
                found.addAll(List.of(multiple, multiple.add(step), multiple.subtract(step)));
            }
            if (whole) {
                BigDecimal floor = number.setScale(0, RoundingMode.FLOOR);
                found.addAll(List.of(
                        floor, floor.add(BigDecimal.ONE), floor.subtract(BigDecimal.ONE), floor.add(BigDecimal.TEN)));
            } else {
                BigDecimal half = new BigDecimal("0.5");
                BigDecimal little = new BigDecimal("0.001");
                found.addAll(List.of(
                        number.add(half), number.subtract(half), number.add(little), number.subtract(little), number));
            }
        }
        return found.stream()
                .filter(number -> whole == (number.stripTrailingZeros().scale() <= 0))
                .<JsonNode>map(DecimalNode::valueOf)
                .toList();
    }

    private static Set<Long> counts(Facts facts, List<JsonNode> guides, List<String> keywords, long most) {
        Set<Long> counts = new LinkedHashSet<>(List.of(0L, 1L));
        schemas(facts, guides).forEach(schema -> {
            for (String keyword : keywords) {
                if (schema.path(keyword).isNumber()) {
                    long count = Facts.count(schema, keyword, 0);
                    counts.addAll(List.of(count, count - 1, count + 1));
                }
            }
        });
        counts.removeIf(count -> count < 0 || count > most);
        return counts;
    }

    private static List<JsonNode> texts(Facts facts, List<JsonNode> guides) {
        Set<String> bases = new LinkedHashSet<>(List.of("a", "A b-1_c"));
        boolean patterned = facts.parts().stream().anyMatch(part -> part.has("pattern"));
        schemas(facts, guides).forEach(schema -> {
            if (schema.path("pattern").isTextual()) {
                bases.addAll(PatternSample.of(schema.get("pattern").textValue()));
            }
            bases.addAll(FORMATS.getOrDefault(schema.path("format").asText(), List.of()));
        });
        Set<String> texts = new LinkedHashSet<>();
        listed(facts, guides, Set.of(Kind.STRING)).forEach(value -> texts.add(value.textValue()));
        for (long length : counts(facts, guides, List.of("minLength", "maxLength"), patterned ? 2_000 : MAX_TEXT)) {
            for (String base : bases) {
                texts.add(ofLength(base, (int) length));
            }
        }
        texts.addAll(bases);
        return texts.stream().<JsonNode>map(TextNode::valueOf).toList();
    }

    private static String ofLength(String base, int length) {
        if (base.length() >= length) {
            return base.substring(0, length);
        }
        return base
                + String.valueOf(base.isEmpty() ? 'a' : base.charAt(base.length() - 1))
                        .repeat(length - base.length());
    }

    private List<JsonNode> arrays(Facts facts, List<JsonNode> guides, int depth) {
        List<List<JsonNode>> items = new ArrayList<>();
        int told = Math.max(
                facts.prefix(),
                guides.stream()
                        .mapToInt(guide -> guide.path("prefixItems").size())
                        .max()
                        .orElse(0));
        for (int i = 0; i <= told; i++) {
            int index = i;
            List<JsonNode> inside = new ArrayList<>();
            guides.forEach(guide -> {
                inside.addAll(Facts.itemSchemas(guide, index));
                if (guide.has("contains")) {
                    inside.add(guide.get("contains"));
                }
            });
            items.add(of(facts.item(i), inside, depth + 1, MAX_INSIDE));
        }
        List<JsonNode> contained = new ArrayList<>();
        schemas(facts, guides).forEach(schema -> {
            if (schema.has("contains")) {
                contained.addAll(
                        of(Facts.of(facts.document(), List.of(schema.get("contains"))), List.of(), depth + 1, 2));
            }
        });
        Set<JsonNode> arrays = new LinkedHashSet<>();
        Set<Long> counts =
                counts(facts, guides, List.of("minItems", "maxItems", "minContains", "maxContains"), MAX_ITEMS);
        counts.addAll(List.of(2L, (long) told, told + 1L));
        if (depth > FULL_DEPTH) {
            counts.retainAll(List.of(facts.leastItems(), 0L, 1L));
        }
        for (long count : counts) {
            for (int variant = 0; variant < MAX_INSIDE; variant++) {
                ArrayNode array = filled(items, (int) count, variant);
                if (array != null) {
                    arrays.add(array);
                    for (JsonNode item : contained) {
                        ArrayNode with = array.deepCopy();
                        if (!with.isEmpty()) {
                            with.set(with.size() - 1, item);
                        }
                        arrays.add(with.deepCopy());
                        for (int i = 0; i < with.size(); i++) {
                            with.set(i, item);
                        }
                        arrays.add(with);
                    }
                }
            }
        }
        listed(facts, guides, Set.of(Kind.ARRAY)).forEach(arrays::add);
        return List.copyOf(arrays);
    }

    /** Variant 0 repeats the first item, variant 1 takes them in turn, others begin further on. */
    private static @Nullable ArrayNode filled(List<List<JsonNode>> items, int count, int variant) {
        ArrayNode array = JSON.arrayNode();
        for (int i = 0; i < count; i++) {
            List<JsonNode> possible = items.get(Math.min(i, items.size() - 1));
            if (possible.isEmpty()) {
                return null;
            }
            array.add(possible.get((variant == 0 ? 0 : variant == 1 ? i : variant - 1) % possible.size()));
        }
        return array;
    }

    private List<JsonNode> objects(Facts facts, List<JsonNode> guides, int depth) {
        Set<String> optional = new LinkedHashSet<>(facts.names());
        guides.forEach(guide -> {
            guide.path("properties").fieldNames().forEachRemaining(optional::add);
            guide.path("required").forEach(name -> optional.add(name.asText()));
            guide.path("dependentRequired").properties().forEach(dependent -> optional.add(dependent.getKey()));
            guide.path("dependentSchemas").fieldNames().forEachRemaining(optional::add);
        });
        Set<String> required = facts.required();
        optional.removeAll(required);
        ObjectNode base = JSON.objectNode();
        List<JsonNode> objects = new ArrayList<>();
        for (String name : required) {
            List<JsonNode> values = inside(facts, guides, name, depth);
            if (values.isEmpty()) {
                return List.of();
            }
            base.set(name, values.get(0));
        }
        long least = facts.least("minProperties");
        objects.add(base);
        if (depth > FULL_DEPTH) {
            return least > base.size()
                    ? List.of(ofSize(facts, base, base, (int) Math.min(least, MAX_ITEMS), depth))
                    : objects;
        }
        ObjectNode all = base.deepCopy();
        for (String name : optional) {
            List<JsonNode> values = inside(facts, guides, name, depth);
            for (JsonNode value : values) {
                ObjectNode with = base.deepCopy();
                with.set(name, value);
                objects.add(with);
            }
            if (!values.isEmpty()) {
                all.set(name, values.get(0));
            }
        }
        objects.add(all);
        for (String name : required) {
            for (JsonNode value : inside(facts, guides, name, depth)) {
                ObjectNode with = base.deepCopy();
                with.set(name, value);
                objects.add(with);
            }
        }
        for (long count : counts(facts, guides, List.of("minProperties", "maxProperties"), MAX_ITEMS)) {
            objects.add(ofSize(facts, all, base, (int) count, depth));
        }
        names(facts, guides).forEach(name -> {
            for (JsonNode value : inside(facts, guides, name, depth)) {
                ObjectNode with = base.deepCopy();
                with.set(name, value);
                objects.add(with);
            }
        });
        listed(facts, guides, Set.of(Kind.OBJECT)).forEach(objects::add);
        if (least > base.size()) {
            objects.add(0, ofSize(facts, all, base, (int) Math.min(least, MAX_ITEMS), depth));
        }
        return objects.stream().distinct().toList();
    }

    private List<JsonNode> inside(Facts facts, List<JsonNode> guides, String name, int depth) {
        List<JsonNode> inside = new ArrayList<>();
        guides.forEach(guide -> inside.addAll(Facts.propertySchemas(guide, name)));
        return of(facts.property(name), inside, depth + 1, MAX_INSIDE);
    }

    /** Names that an object might have beside those that are spoken of. */
    private Set<String> names(Facts facts, List<JsonNode> guides) {
        Set<String> names = new LinkedHashSet<>();
        Stream.concat(facts.patterns().stream(), guides.stream().flatMap(guide -> Facts.patterns(guide).stream()))
                .forEach(pattern -> names.addAll(PatternSample.of(pattern)));
        List<JsonNode> ofNames = guides.stream()
                .filter(guide -> guide.has("propertyNames"))
                .map(guide -> guide.get("propertyNames"))
                .toList();
        Facts known = facts.nameFacts();
        if (known.values() != null || !ofNames.isEmpty() || known.parts().size() > 1) {
            of(known, ofNames, MAX_DEPTH - 1, 20).forEach(name -> names.add(name.asText()));
        }
        names.addAll(List.of("x", "other"));
        return names;
    }

    private ObjectNode ofSize(Facts facts, ObjectNode all, ObjectNode base, int size, int depth) {
        ObjectNode object = base.deepCopy();
        all.properties().forEach(property -> {
            if (object.size() < size) {
                object.set(property.getKey(), property.getValue());
            }
        });
        for (int i = 0; object.size() < size && i < MAX_ITEMS; i++) {
            String name = "x" + i;
            List<JsonNode> values = of(facts.property(name), List.of(), depth + 1, 1);
            if (values.isEmpty()) {
                return object;
            }
            object.set(name, values.get(0));
        }
        return object;
    }

    // Around a value -----------------------------------------------------------------------------------------------

    /** Values of the place around another, which have it in them. */
    static List<JsonNode> around(Facts facts, Place.Step step, JsonNode value) {
        return new Samples().having(facts, step, value);
    }

    private List<JsonNode> having(Facts facts, Place.Step step, JsonNode value) {
        List<JsonNode> bases = of(facts, List.of(), 1, 12);
        Set<JsonNode> around = new LinkedHashSet<>();
        for (JsonNode base : bases) {
            if (base instanceof ObjectNode object) {
                for (String name : namesFor(facts, step)) {
                    ObjectNode with = object.deepCopy();
                    with.set(name, value);
                    around.add(with);
                }
            } else if (base instanceof ArrayNode array && step instanceof Place.Item item) {
                ArrayNode with = array.deepCopy();
                while (with.size() <= item.index()) {
                    List<JsonNode> possible = of(facts.item(with.size()), List.of(), 2, 1);
                    if (possible.isEmpty()) {
                        break;
                    }
                    with.add(possible.get(0));
                }
                if (with.size() > item.index()) {
                    with.set(item.index(), value);
                    around.add(with);
                } else if (with.size() == item.index()) {
                    around.add(with.add(value));
                }
            }
        }
        return List.copyOf(around);
    }

    private List<String> namesFor(Facts facts, Place.Step step) {
        if (step instanceof Place.Property property) {
            return List.of(property.name());
        }
        if (!(step instanceof Place.OtherProperty other)) {
            return List.of();
        }
        Set<String> names = new LinkedHashSet<>();
        other.matched().forEach(pattern -> names.addAll(PatternSample.of(pattern)));
        names.addAll(names(facts, List.of()));
        names.addAll(List.of("another", "1", "x-1", "Z_z"));
        return names.stream()
                .filter(name -> !other.named().contains(name)
                        && other.allPatterns().stream()
                                .allMatch(pattern -> Patterns.find(pattern, name)
                                        == other.matched().contains(pattern)))
                .limit(2)
                .toList();
    }
}
