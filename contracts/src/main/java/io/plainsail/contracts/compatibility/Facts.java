package io.plainsail.contracts.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is known of every value that meets some schemas of one document at once. Knowing less than there is to know is
 * allowed: what is left out only makes more values possible.
 *
 * @param roots the schemas
 * @param decided alternatives of which one was chosen; it is among the roots
 * @param parts the schemas that hold for the value itself, references and {@code allOf} followed; only objects
 * @param impossible whether no value meets them; false if that is not known
 * @param kinds no value is of another kind
 * @param values no value is another one than these; null if there may be any number
 */
record Facts(
        SchemaDocument document,
        List<JsonNode> roots,
        Set<JsonNode> decided,
        List<JsonNode> parts,
        boolean impossible,
        EnumSet<Kind> kinds,
        @Nullable List<JsonNode> values) {

    private static final List<String> IN_PLACE =
            List.of("$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "dependentSchemas", "not");

    private static final int MAX_DECIDED = 12;

    /** A bound of numbers. */
    record Bound(BigDecimal value, boolean exclusive) {}

    /** Alternatives: every value meets all schemas of at least one case. */
    record Choice(JsonNode marker, List<List<JsonNode>> cases) {}

    static Facts of(SchemaDocument document, List<JsonNode> schemas) {
        return of(document, schemas, Set.of());
    }

    private static Facts of(SchemaDocument document, List<JsonNode> schemas, Set<JsonNode> decided) {
        Collecting all = new Collecting(document);
        schemas.forEach(all::add);
        all.addDependents();
        boolean none = all.impossible || all.kinds.isEmpty() || (all.values != null && all.values.isEmpty());
        return new Facts(document, List.copyOf(schemas), decided, all.parts, none, all.kinds, all.values);
    }

    /** These and one more schema of the same document. */
    Facts and(JsonNode schema) {
        return and(List.of(schema));
    }

    Facts and(List<JsonNode> schemas) {
        List<JsonNode> more = new ArrayList<>(roots);
        more.addAll(schemas);
        return of(document, more, decided);
    }

    Facts deciding(Choice choice, List<JsonNode> chosen) {
        Set<JsonNode> known = Collections.newSetFromMap(new IdentityHashMap<>());
        known.addAll(decided);
        known.add(choice.marker());
        List<JsonNode> more = new ArrayList<>(roots);
        more.addAll(chosen);
        return of(document, more, known);
    }

    Facts ofKind(Kind kind) {
        Facts typed = and(kind.schema());
        EnumSet<Kind> only = EnumSet.of(kind);
        return new Facts(document, typed.roots, decided, typed.parts, typed.impossible, only, typed.values);
    }

    private static final class Collecting {
        private final SchemaDocument document;
        private final Set<JsonNode> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        private final List<JsonNode> parts = new ArrayList<>();
        private final EnumSet<Kind> kinds = EnumSet.allOf(Kind.class);
        private boolean impossible;
        private @Nullable List<JsonNode> values;

        Collecting(SchemaDocument document) {
            this.document = document;
        }

        void add(JsonNode schema) {
            if (schema.isBoolean()) {
                impossible |= !schema.booleanValue();
                return;
            }
            if (!schema.isObject() || !seen.add(schema)) {
                return;
            }
            parts.add(schema);
            if (schema.path("$ref").isTextual()) {
                JsonNode target = document.resolve(schema.get("$ref").textValue());
                if (target != null) {
                    add(target);
                }
            }
            schema.path("allOf").forEach(this::add);
            if (schema.has("type")) {
                kinds.retainAll(Kind.ofType(schema.get("type")));
            }
            if (schema.has("const")) {
                oneOf(List.of(schema.get("const")));
            }
            if (schema.path("enum").isArray()) {
                List<JsonNode> listed = new ArrayList<>();
                schema.get("enum").forEach(listed::add);
                oneOf(listed);
            }
            if (values == null && EnumSet.of(Kind.NULL, Kind.BOOLEAN).containsAll(kinds)) {
                values = List.of(NullNode.instance, BooleanNode.FALSE, BooleanNode.TRUE);
            }
            List<JsonNode> possible = values;
            if (possible != null) {
                values = possible.stream()
                        .filter(value -> kinds.contains(Kind.of(value)))
                        .toList();
                EnumSet<Kind> left = EnumSet.noneOf(Kind.class);
                values.forEach(value -> left.add(Kind.of(value)));
                kinds.retainAll(left);
            }
        }

        private void oneOf(List<JsonNode> listed) {
            List<JsonNode> before = values;
            values = before == null
                    ? listed
                    : before.stream()
                            .filter(value -> listed.stream().anyMatch(other -> isEqual(value, other)))
                            .toList();
        }

        /** What holds because a property that it depends on is always there. */
        void addDependents() {
            if (!kinds.equals(EnumSet.of(Kind.OBJECT))) {
                return;
            }
            for (int before = -1; before != parts.size(); ) {
                before = parts.size();
                Set<String> there = requiredBy(parts);
                for (JsonNode part : List.copyOf(parts)) {
                    part.path("dependentSchemas").properties().forEach(dependent -> {
                        if (there.contains(dependent.getKey())) {
                            add(dependent.getValue());
                        }
                    });
                }
            }
        }
    }

    /** As JSON Schema compares values: 1 is 1.0. */
    static boolean isEqual(JsonNode one, JsonNode other) {
        return one.equals(Order.NUMBERS, other);
    }

    private static final class Order {
        private static final java.util.Comparator<JsonNode> NUMBERS = (one, other) -> one.isNumber() && other.isNumber()
                ? one.decimalValue().compareTo(other.decimalValue())
                : one.equals(other) ? 0 : 1;
    }

    boolean hasAny(Set<Kind> wanted) {
        return kinds.stream().anyMatch(wanted::contains);
    }

    boolean has(Kind kind) {
        return kinds.contains(kind);
    }

    /** Those that are not decided yet; none if so many are that the others are better left open. */
    List<Choice> choices() {
        List<Choice> found = new ArrayList<>();
        if (decided.size() >= MAX_DECIDED) {
            return found;
        }
        for (JsonNode part : parts) {
            for (String keyword : List.of("anyOf", "oneOf")) {
                JsonNode branches = part.get(keyword);
                if (branches != null && branches.isArray() && !decided.contains(branches)) {
                    List<List<JsonNode>> cases = new ArrayList<>();
                    branches.forEach(branch -> cases.add(List.of(branch)));
                    found.add(new Choice(branches, cases));
                }
            }
            JsonNode condition = part.get("if");
            if (condition != null && !decided.contains(condition)) {
                List<JsonNode> fulfilled = new ArrayList<>(List.of(condition));
                if (part.has("then")) {
                    fulfilled.add(part.get("then"));
                }
                found.add(new Choice(
                        condition, List.of(fulfilled, part.has("else") ? List.of(part.get("else")) : List.of())));
            }
        }
        return found;
    }

    // Numbers and lengths ----------------------------------------------------------------------------------------

    @Nullable
    Bound lower() {
        return bound("minimum", "exclusiveMinimum", 1, RoundingMode.CEILING);
    }

    @Nullable
    Bound upper() {
        return bound("maximum", "exclusiveMaximum", -1, RoundingMode.FLOOR);
    }

    private @Nullable Bound bound(String inclusive, String exclusive, int sign, RoundingMode inwards) {
        Bound tightest = null;
        for (JsonNode part : parts) {
            for (String keyword : List.of(inclusive, exclusive)) {
                JsonNode given = part.get(keyword);
                if (given == null || !given.isNumber()) {
                    continue;
                }
                Bound bound = new Bound(given.decimalValue(), keyword.equals(exclusive));
                if (!has(Kind.FRACTION)) {
                    BigDecimal whole = bound.value().setScale(0, inwards);
                    boolean step = bound.exclusive() && whole.compareTo(bound.value()) == 0;
                    bound = new Bound(step ? whole.add(BigDecimal.valueOf(sign)) : whole, false);
                }
                int order = tightest == null ? 1 : sign * bound.value().compareTo(tightest.value());
                if (order > 0 || (order == 0 && bound.exclusive())) {
                    tightest = bound;
                }
            }
        }
        return tightest;
    }

    long least(String keyword) {
        return parts.stream().mapToLong(part -> count(part, keyword, 0)).max().orElse(0);
    }

    long most(String keyword) {
        return parts.stream()
                .mapToLong(part -> count(part, keyword, Long.MAX_VALUE))
                .min()
                .orElse(Long.MAX_VALUE);
    }

    static long count(JsonNode part, String keyword, long otherwise) {
        JsonNode given = part.get(keyword);
        if (given == null || !given.isNumber()) {
            return otherwise;
        }
        BigDecimal value = given.decimalValue();
        return value.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) >= 0 ? Long.MAX_VALUE : value.longValue();
    }

    // Objects ----------------------------------------------------------------------------------------------------

    /** Names of properties that an object that meets these always has. */
    Set<String> required() {
        return requiredBy(parts);
    }

    private static Set<String> requiredBy(List<JsonNode> parts) {
        Set<String> names = new TreeSet<>();
        parts.forEach(part -> part.path("required").forEach(name -> names.add(name.asText())));
        return dependents(parts, names);
    }

    /** These names and those that have to be there because they are. */
    Set<String> withDependents(Set<String> names) {
        return dependents(parts, names);
    }

    private static Set<String> dependents(List<JsonNode> parts, Set<String> names) {
        Set<String> all = new TreeSet<>(names);
        for (int before = -1; before != all.size(); ) {
            before = all.size();
            for (JsonNode part : parts) {
                part.path("dependentRequired").properties().forEach(dependent -> {
                    if (all.contains(dependent.getKey())) {
                        dependent.getValue().forEach(name -> all.add(name.asText()));
                    }
                });
            }
        }
        return all;
    }

    /** Names that the schemas speak of. */
    Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        parts.forEach(part -> part.path("properties").fieldNames().forEachRemaining(names::add));
        names.addAll(required());
        return names;
    }

    Set<String> patterns() {
        Set<String> patterns = new LinkedHashSet<>();
        parts.forEach(part -> patterns.addAll(patterns(part)));
        return patterns;
    }

    static Set<String> patterns(JsonNode part) {
        Set<String> patterns = new LinkedHashSet<>();
        part.path("patternProperties").fieldNames().forEachRemaining(patterns::add);
        return patterns;
    }

    Facts property(String name) {
        List<JsonNode> schemas = new ArrayList<>();
        parts.forEach(part -> schemas.addAll(propertySchemas(part, name)));
        return of(document, schemas);
    }

    /** Whether any of the schemas says something of this very name. */
    boolean declares(String name) {
        return parts.stream()
                .anyMatch(part -> part.path("properties").has(name)
                        || patterns(part).stream().anyMatch(pattern -> Patterns.find(pattern, name)));
    }

    /** Of properties that nobody names, and that match just these of all patterns. */
    Facts otherProperty(Set<String> matched) {
        List<JsonNode> schemas = new ArrayList<>();
        parts.forEach(part -> schemas.addAll(otherSchemas(part, matched)));
        return of(document, schemas);
    }

    static List<JsonNode> propertySchemas(JsonNode part, String name) {
        List<JsonNode> schemas = new ArrayList<>();
        JsonNode own = part.path("properties").get(name);
        if (own != null) {
            schemas.add(own);
        }
        part.path("patternProperties").properties().forEach(pattern -> {
            if (Patterns.find(pattern.getKey(), name)) {
                schemas.add(pattern.getValue());
            }
        });
        return schemas.isEmpty() ? additional(part) : schemas;
    }

    static List<JsonNode> otherSchemas(JsonNode part, Set<String> matched) {
        List<JsonNode> schemas = new ArrayList<>();
        part.path("patternProperties").properties().forEach(pattern -> {
            if (matched.contains(pattern.getKey())) {
                schemas.add(pattern.getValue());
            }
        });
        return schemas.isEmpty() ? additional(part) : schemas;
    }

    private static List<JsonNode> additional(JsonNode part) {
        JsonNode additional = part.get("additionalProperties");
        if (additional == null && !evaluatesInPlace(part)) {
            additional = part.get("unevaluatedProperties");
        }
        return additional == null ? List.of() : List.of(additional);
    }

    /** Whether what is unevaluated depends on more than the keywords beside it. */
    static boolean evaluatesInPlace(JsonNode part) {
        return IN_PLACE.stream().anyMatch(part::has);
    }

    /** The only names that properties may have; null if there may be any number. */
    @Nullable
    Set<String> onlyNames() {
        List<JsonNode> listed = nameFacts().values();
        if (listed == null) {
            return null;
        }
        Set<String> names = new LinkedHashSet<>();
        listed.forEach(name -> names.add(name.asText()));
        return names;
    }

    Facts nameFacts() {
        List<JsonNode> schemas = new ArrayList<>();
        schemas.add(Kind.STRING.schema());
        parts.forEach(part -> {
            if (part.has("propertyNames")) {
                schemas.add(part.get("propertyNames"));
            }
        });
        return of(document, schemas);
    }

    // Arrays -----------------------------------------------------------------------------------------------------

    int prefix() {
        return parts.stream()
                .mapToInt(part -> part.path("prefixItems").size())
                .max()
                .orElse(0);
    }

    Facts item(int index) {
        List<JsonNode> schemas = new ArrayList<>();
        parts.forEach(part -> schemas.addAll(itemSchemas(part, index)));
        return of(document, schemas);
    }

    static List<JsonNode> itemSchemas(JsonNode part, int index) {
        JsonNode own = part.path("prefixItems").get(index);
        if (own != null) {
            return List.of(own);
        }
        JsonNode items = part.get("items");
        if (items == null && !evaluatesInPlace(part) && !part.has("contains")) {
            items = part.get("unevaluatedItems");
        }
        return items == null ? List.of() : List.of(items);
    }

    long leastItems() {
        long least = least("minItems");
        for (JsonNode part : parts) {
            if (part.has("contains")) {
                least = Math.max(least, count(part, "minContains", 1));
            }
        }
        return least;
    }

    long mostItems() {
        long most = most("maxItems");
        for (int i = 0; i <= prefix() && i < most; i++) {
            if (item(i).impossible()) {
                return i;
            }
        }
        return most;
    }
}
