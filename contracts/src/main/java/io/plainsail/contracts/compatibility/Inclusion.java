package io.plainsail.contracts.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Violation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Proves that every value that meets a schema of one document, the narrow one, meets a schema of another, the wide one.
 *
 * <p>INVARIANT: where no gap is given, it is proven. What of the narrow schema is not understood is left out, which makes more
 * values possible; what of the wide one is not understood is a gap. Not thread-safe.
 */
final class Inclusion {
    private static final int MAX_STEPS = 20_000;
    private static final int MAX_GAPS = 200;
    private static final int MAX_DEPTH = 64;

    private final SchemaDocument narrow;
    private final SchemaDocument wide;

    /** What is being proven, with the depth at which it was begun: the same again, deeper inside, is proven with it. */
    private final Map<Question, Integer> open = new HashMap<>();

    private int steps;

    Inclusion(SchemaDocument narrow, SchemaDocument wide) {
        this(narrow, wide, MAX_STEPS);
    }

    private Inclusion(SchemaDocument narrow, SchemaDocument wide, int steps) {
        this.narrow = narrow;
        this.wide = wide;
        this.steps = steps;
    }

    /** The same schemas, by identity. */
    private record Question(List<Identity> narrow, List<Identity> wide) {
        static Question of(Facts facts, List<JsonNode> schemas) {
            return new Question(Identity.of(facts.roots()), Identity.of(schemas));
        }
    }

    private record Identity(JsonNode node) {
        static List<Identity> of(List<JsonNode> nodes) {
            return nodes.stream().map(Identity::new).toList();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Identity identity && identity.node == node;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(node);
        }
    }

    SchemaDocument narrow() {
        return narrow;
    }

    SchemaDocument wide() {
        return wide;
    }

    /** What of the whole schemas could not be proven. */
    List<Gap> gaps() {
        return prove(Facts.of(narrow, List.of(narrow.root())), List.of(wide.root()), Place.WHOLE);
    }

    /** For questions in the other direction. */
    Inclusion reversed() {
        return new Inclusion(wide, narrow, Math.max(0, steps / 4));
    }

    boolean holds(Facts facts, JsonNode schema, Place place) {
        return prove(facts, List.of(schema), place).isEmpty();
    }

    /** What keeps the value that is known so far from being sure to meet all of these schemas of the wide document. */
    List<Gap> prove(Facts facts, List<JsonNode> schemas, Place place) {
        if (facts.impossible()) {
            return List.of();
        }
        if (--steps < 0) {
            return gap(place, facts, "$comment", "the schemas are too large to be compared to the end", schemas);
        }
        if (place.depth() > MAX_DEPTH) {
            return gap(place, facts, "$ref", "the schemas nest too deeply to be compared to the end", schemas);
        }
        Question question = Question.of(facts, schemas);
        Integer begun = open.get(question);
        if (begun != null) {
            return begun < place.depth()
                    ? List.of()
                    : gap(place, facts, "$ref", "the schema refers to itself without end", schemas);
        }
        open.put(question, place.depth());
        try {
            return facts.values() == null
                    ? byKeyword(facts, schemas, place)
                    : oneByOne(facts, facts.values(), schemas, place);
        } catch (Patterns.UnreadableException e) {
            return gap(place, facts, "pattern", String.valueOf(e.getMessage()), schemas);
        } finally {
            open.remove(question);
        }
    }

    /** There are only so many values: each is tried. */
    private List<Gap> oneByOne(Facts facts, List<JsonNode> values, List<JsonNode> schemas, Place place) {
        if (schemas.isEmpty()) {
            return List.of();
        }
        List<Gap> gaps = new ArrayList<>();
        for (JsonNode value : values) {
            steps -= 5;
            if (steps < 0) {
                return gap(place, facts, "enum", "the schemas are too large to be compared to the end", schemas);
            }
            Optional<Violation> broken = wide.violation(schemas, value);
            if (broken.isPresent() && narrow.accepts(facts.roots(), value)) {
                String shown = value.toString();
                gaps.add(new Gap(
                        place,
                        facts,
                        broken.get().rule(),
                        (shown.length() <= 100 ? shown : shown.substring(0, 100) + "…") + " is not allowed there",
                        List.of(),
                        List.of(value),
                        false));
            }
        }
        return gaps;
    }

    private List<Gap> byKeyword(Facts facts, List<JsonNode> schemas, Place place) {
        Facts wanted = Facts.of(wide, schemas);
        if (schemas.stream().anyMatch(schema -> schema.isBoolean() && !schema.booleanValue()) || saysNever(wanted)) {
            return choosing(facts, schemas, place, gap(place, facts, "false", "nothing is allowed there", schemas));
        }
        List<Gap> gaps = new ArrayList<>();
        for (JsonNode part : wanted.parts()) {
            boolean said = facts.parts().stream().anyMatch(own -> SchemaDocument.same(narrow, own, wide, part));
            if (said) {
                continue;
            }
            for (Map.Entry<String, JsonNode> keyword : part.properties()) {
                List<Gap> found = KeywordRules.of(keyword.getKey())
                        .prove(new KeywordRules.Case(this, facts, part, keyword.getKey(), keyword.getValue(), place));
                if (!found.isEmpty()) {
                    found = choosing(facts, part, keyword.getKey(), place, found);
                }
                gaps.addAll(found);
                if (gaps.size() > MAX_GAPS) {
                    return gaps;
                }
            }
        }
        return gaps;
    }

    /** A schema false behind a reference or allOf. */
    private static boolean saysNever(Facts wanted) {
        return wanted.parts().stream().anyMatch(part -> {
            for (JsonNode one : part.path("allOf")) {
                if (one.isBoolean() && !one.booleanValue()) {
                    return true;
                }
            }
            JsonNode reference = part.path("$ref");
            JsonNode target = reference.isTextual() ? wanted.document().resolve(reference.textValue()) : null;
            return target != null && target.isBoolean() && !target.booleanValue();
        });
    }

    /** Proves a keyword for each of the alternatives that there are, if it holds for each; else as it was found. */
    private List<Gap> choosing(Facts facts, JsonNode part, String keyword, Place place, List<Gap> found) {
        List<Gap> nearest = found;
        for (Facts.Choice choice : facts.choices()) {
            List<Gap> left = new ArrayList<>();
            for (List<JsonNode> chosen : choice.cases()) {
                Facts one = facts.deciding(choice, chosen);
                left.addAll(proveKeyword(one, part, keyword, place));
            }
            if (left.isEmpty()) {
                return left;
            }
            nearest = left;
        }
        if (facts.kinds().size() > 1 && KeywordRules.isCombination(keyword)) {
            List<Gap> left = new ArrayList<>();
            for (Kind kind : facts.kinds()) {
                left.addAll(proveKeyword(facts.ofKind(kind), part, keyword, place));
            }
            return left;
        }
        return nearest;
    }

    private List<Gap> proveKeyword(Facts facts, JsonNode part, String keyword, Place place) {
        if (facts.impossible()) {
            return List.of();
        }
        if (--steps < 0) {
            return gap(place, facts, keyword, "the schemas are too large to be compared to the end", List.of(part));
        }
        List<JsonNode> values = facts.values();
        if (values != null) {
            return oneByOne(facts, values, List.of(part), place);
        }
        if (facts.parts().stream().anyMatch(own -> SchemaDocument.same(narrow, own, wide, part))) {
            return List.of();
        }
        List<Gap> found = KeywordRules.of(keyword)
                .prove(new KeywordRules.Case(this, facts, part, keyword, part.get(keyword), place));
        return found.isEmpty() ? found : choosing(facts, part, keyword, place, found);
    }

    /** The same for a value that must not be: it may be that none of the alternatives can be. */
    private List<Gap> choosing(Facts facts, List<JsonNode> schemas, Place place, List<Gap> found) {
        for (Facts.Choice choice : facts.choices()) {
            List<Gap> left = new ArrayList<>();
            for (List<JsonNode> chosen : choice.cases()) {
                left.addAll(prove(facts.deciding(choice, chosen), schemas, place));
            }
            if (left.isEmpty()) {
                return left;
            }
        }
        return found;
    }

    static List<Gap> gap(Place place, Facts facts, String rule, String detail, List<JsonNode> guides) {
        return List.of(new Gap(place, facts, rule, detail, guides, List.of(), false));
    }

    /** Whether no value can be both; false if that is not known. */
    boolean disjoint(Facts one, Facts other, int depth) {
        if (one.impossible() || other.impossible()) {
            return true;
        }
        if (depth > 8 || --steps < 0) {
            return false;
        }
        List<JsonNode> values = one.values();
        if (values != null) {
            return values.stream()
                    .noneMatch(value -> one.document().accepts(one.roots(), value)
                            && other.document().accepts(other.roots(), value));
        }
        if (other.values() != null) {
            return disjoint(other, one, depth + 1);
        }
        boolean apart = true;
        for (Kind kind : one.kinds()) {
            apart &= !other.has(kind) || disjoint(kind, one, other, depth);
        }
        return apart || disjointByChoice(one, other, depth) || disjointByChoice(other, one, depth);
    }

    private boolean disjointByChoice(Facts one, Facts other, int depth) {
        for (Facts.Choice choice : one.choices()) {
            if (choice.cases().stream().allMatch(chosen -> disjoint(one.deciding(choice, chosen), other, depth + 1))) {
                return true;
            }
        }
        return false;
    }

    private boolean disjoint(Kind kind, Facts one, Facts other, int depth) {
        return switch (kind) {
            case INTEGER, FRACTION -> isBelow(one.upper(), other.lower()) || isBelow(other.upper(), one.lower());
            case STRING ->
                one.most("maxLength") < other.least("minLength") || other.most("maxLength") < one.least("minLength");
            case ARRAY -> one.mostItems() < other.leastItems() || other.mostItems() < one.leastItems();
            case OBJECT -> {
                var names = one.required();
                names.addAll(other.required());
                yield one.most("maxProperties") < other.required().size()
                        || other.most("maxProperties") < one.required().size()
                        || names.stream()
                                .anyMatch(name -> disjoint(one.property(name), other.property(name), depth + 1));
            }
            case NULL, BOOLEAN -> false;
        };
    }

    private static boolean isBelow(Facts.@Nullable Bound upper, Facts.@Nullable Bound lower) {
        if (upper == null || lower == null) {
            return false;
        }
        int order = upper.value().compareTo(lower.value());
        return order < 0 || (order == 0 && (upper.exclusive() || lower.exclusive()));
    }
}
