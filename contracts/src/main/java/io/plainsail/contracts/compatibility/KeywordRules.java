package io.plainsail.contracts.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * For every keyword of JSON Schema 2020-12 how it is proven that a value keeps it: one table. A keyword that is not in it is
 * never proven, unless the narrow schema says the very same.
 */
final class KeywordRules {
    /** So many patterns of property names are told apart; there are two to the power of them kinds of names. */
    private static final int MAX_PATTERNS = 4;

    /** Proves one keyword of a part of the wide schema. */
    @FunctionalInterface
    interface Rule {
        List<Gap> prove(Case at);
    }

    /**
     * @param facts of the value, by the narrow schema
     * @param part of the wide schema, with the keyword and those beside it
     */
    record Case(Inclusion inclusion, Facts facts, JsonNode part, String keyword, JsonNode value, Place place) {

        List<Gap> gap(String detail) {
            return gap(detail, place);
        }

        List<Gap> gap(String detail, Place where) {
            return Inclusion.gap(where, facts, keyword, detail, List.of(part));
        }

        List<Gap> gap(String detail, List<JsonNode> guides) {
            return Inclusion.gap(place, facts, keyword, detail, guides);
        }
    }

    private static final Rule NOTHING_TO_PROVE = at -> List.of();
    private static final Map<String, Rule> TABLE = table();

    private static final Set<String> COMBINATIONS = Set.of("anyOf", "oneOf", "not", "if");

    private KeywordRules() {}

    private static Map<String, Rule> table() {
        Map<String, Rule> table = new LinkedHashMap<>();
        // Any value.
        table.put("type", KeywordRules::type);
        table.put("enum", at -> at.gap("only listed values are allowed: " + shown(at.value())));
        table.put("const", at -> at.gap("only " + shown(at.value()) + " is allowed"));
        // References and combinations. References and allOf are followed where schemas are read.
        table.put("$ref", KeywordRules::reference);
        table.put("allOf", NOTHING_TO_PROVE);
        table.put("anyOf", KeywordRules::anyOf);
        table.put("oneOf", KeywordRules::oneOf);
        table.put("not", KeywordRules::not);
        table.put("if", KeywordRules::condition);
        table.put("then", NOTHING_TO_PROVE);
        table.put("else", NOTHING_TO_PROVE);
        // Numbers.
        table.put("minimum", at -> number(at, isAbove(at.facts().lower(), at.value(), false)));
        table.put("exclusiveMinimum", at -> number(at, isAbove(at.facts().lower(), at.value(), true)));
        table.put("maximum", at -> number(at, isBelow(at.facts().upper(), at.value(), false)));
        table.put("exclusiveMaximum", at -> number(at, isBelow(at.facts().upper(), at.value(), true)));
        table.put(
                "multipleOf", at -> number(at, isMultiple(at.facts(), at.value().decimalValue())));
        // Strings. Formats are asserted.
        table.put("minLength", at -> least(at, Kind.STRING, at.facts().least("minLength")));
        table.put("maxLength", at -> most(at, Kind.STRING, at.facts().most("maxLength")));
        table.put("pattern", at -> text(at, Patterns.isAlwaysFound(at.value().asText())));
        table.put("format", at -> text(at, false));
        // Arrays.
        table.put("minItems", at -> least(at, Kind.ARRAY, at.facts().leastItems()));
        table.put("maxItems", at -> most(at, Kind.ARRAY, at.facts().mostItems()));
        table.put("uniqueItems", KeywordRules::unique);
        table.put("prefixItems", KeywordRules::items);
        table.put("items", KeywordRules::items);
        table.put("unevaluatedItems", KeywordRules::unevaluatedItems);
        table.put("contains", KeywordRules::contains);
        table.put("minContains", NOTHING_TO_PROVE);
        table.put("maxContains", NOTHING_TO_PROVE);
        // Objects.
        table.put("required", KeywordRules::required);
        table.put("dependentRequired", KeywordRules::dependentRequired);
        table.put("dependentSchemas", KeywordRules::dependentSchemas);
        table.put(
                "minProperties",
                at -> least(
                        at,
                        Kind.OBJECT,
                        Math.max(
                                at.facts().least("minProperties"),
                                at.facts().required().size())));
        table.put("maxProperties", at -> most(at, Kind.OBJECT, mostProperties(at.facts())));
        table.put("propertyNames", KeywordRules::propertyNames);
        table.put("properties", KeywordRules::properties);
        table.put("patternProperties", KeywordRules::properties);
        table.put("additionalProperties", KeywordRules::properties);
        table.put("unevaluatedProperties", KeywordRules::unevaluatedProperties);
        // Annotations, which assert nothing.
        for (String annotation : List.of(
                "$schema",
                "$id",
                "$anchor",
                "$comment",
                "$defs",
                "$vocabulary",
                "title",
                "description",
                "default",
                "examples",
                "deprecated",
                "readOnly",
                "writeOnly",
                "contentEncoding",
                "contentMediaType",
                "contentSchema")) {
            table.put(annotation, NOTHING_TO_PROVE);
        }
        return table;
    }

    static Rule of(String keyword) {
        return TABLE.getOrDefault(keyword, KeywordRules::unknown);
    }

    /** Whether it may help to look at each kind of value for itself. */
    static boolean isCombination(String keyword) {
        return COMBINATIONS.contains(keyword);
    }

    static Set<String> known() {
        return TABLE.keySet();
    }

    private static String shown(Object value) {
        String text = String.valueOf(value);
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }

    private static List<Gap> unknown(Case at) {
        return saysTheSame(at) ? List.of() : at.gap("the keyword is not one whose meaning is known");
    }

    /** Whether the narrow schema has the keyword with the same value. Only for those that stand for themselves. */
    private static boolean saysTheSame(Case at) {
        return at.facts().parts().stream()
                .anyMatch(own -> own.has(at.keyword())
                        && SchemaDocument.same(
                                at.inclusion().narrow(),
                                own.get(at.keyword()),
                                at.inclusion().wide(),
                                at.value()));
    }

    private static List<Gap> type(Case at) {
        Set<Kind> allowed = Kind.ofType(at.value());
        List<String> refused = at.facts().kinds().stream()
                .filter(kind -> !allowed.contains(kind))
                .map(kind -> kind.name().toLowerCase(java.util.Locale.ROOT))
                .toList();
        return refused.isEmpty()
                ? List.of()
                : at.gap("must be " + shown(at.value()) + ", and may be " + String.join(" or ", refused));
    }

    private static List<Gap> reference(Case at) {
        boolean followed = at.value().isTextual()
                && at.inclusion().wide().resolve(at.value().textValue()) != null;
        return followed ? List.of() : at.gap("the reference " + shown(at.value()) + " is not followed");
    }

    // Numbers and strings ------------------------------------------------------------------------------------------

    private static List<Gap> number(Case at, boolean holds) {
        return holds || !at.facts().hasAny(Kind.NUMBERS)
                ? List.of()
                : at.gap(at.keyword() + " is " + shown(at.value()) + ", which is not sure to be kept");
    }

    private static boolean isAbove(Facts.@Nullable Bound lower, JsonNode minimum, boolean exclusive) {
        if (lower == null) {
            return false;
        }
        int order = lower.value().compareTo(minimum.decimalValue());
        return order > 0 || (order == 0 && (!exclusive || lower.exclusive()));
    }

    private static boolean isBelow(Facts.@Nullable Bound upper, JsonNode maximum, boolean exclusive) {
        if (upper == null) {
            return false;
        }
        int order = upper.value().compareTo(maximum.decimalValue());
        return order < 0 || (order == 0 && (!exclusive || upper.exclusive()));
    }

    private static boolean isMultiple(Facts facts, BigDecimal of) {
        boolean wholeIsEnough =
                !facts.has(Kind.FRACTION) && BigDecimal.ONE.remainder(of).signum() == 0;
        return wholeIsEnough
                || facts.parts().stream()
                        .anyMatch(own -> own.path("multipleOf").isNumber()
                                && own.get("multipleOf")
                                                .decimalValue()
                                                .remainder(of)
                                                .signum()
                                        == 0);
    }

    private static List<Gap> least(Case at, Kind kind, long least) {
        return !at.facts().has(kind) || least >= Facts.count(at.part(), at.keyword(), 0)
                ? List.of()
                : at.gap(at.keyword() + " is " + shown(at.value()) + ", and may be " + least);
    }

    private static List<Gap> most(Case at, Kind kind, long most) {
        return !at.facts().has(kind) || most <= Facts.count(at.part(), at.keyword(), Long.MAX_VALUE)
                ? List.of()
                : at.gap(at.keyword() + " is " + shown(at.value()) + ", and may be "
                        + (most == Long.MAX_VALUE ? "more" : most));
    }

    private static List<Gap> text(Case at, boolean holds) {
        return holds || !at.facts().has(Kind.STRING) || saysTheSame(at)
                ? List.of()
                : at.gap(at.keyword() + " is " + shown(at.value()) + ", which is not sure to be kept");
    }

    // Combinations -------------------------------------------------------------------------------------------------

    private static List<JsonNode> branches(JsonNode value) {
        List<JsonNode> branches = new ArrayList<>();
        value.forEach(branches::add);
        return branches;
    }

    private static List<Gap> anyOf(Case at) {
        List<JsonNode> branches = branches(at.value());
        return branches.stream().anyMatch(branch -> at.inclusion().holds(at.facts(), branch, at.place()))
                        || saysTheSame(at)
                ? List.of()
                : at.gap("none of the alternatives is sure to fit", branches);
    }

    private static List<Gap> oneOf(Case at) {
        if (saysTheSame(at)) {
            return List.of();
        }
        List<JsonNode> branches = branches(at.value());
        Inclusion inclusion = at.inclusion();
        for (JsonNode branch : branches) {
            boolean alone = branches.stream()
                    .allMatch(other -> other == branch
                            || inclusion.disjoint(at.facts(), Facts.of(inclusion.wide(), List.of(other)), 0));
            if (alone && inclusion.holds(at.facts(), branch, at.place())) {
                return List.of();
            }
        }
        return at.gap("it is not sure that exactly one of the alternatives fits", branches);
    }

    private static List<Gap> not(Case at) {
        Inclusion inclusion = at.inclusion();
        Facts forbidden = Facts.of(inclusion.wide(), List.of(at.value()));
        if (saysTheSame(at) || inclusion.disjoint(at.facts(), forbidden, 0)) {
            return List.of();
        }
        for (JsonNode own : at.facts().parts()) {
            if (own.has("not") && inclusion.reversed().holds(forbidden, own.get("not"), Place.WHOLE)) {
                return List.of();
            }
        }
        return at.gap("something is forbidden there that is not sure to be left out", List.of(at.value()));
    }

    private static List<Gap> condition(Case at) {
        JsonNode then = at.part().get("then");
        JsonNode otherwise = at.part().get("else");
        Inclusion inclusion = at.inclusion();
        Facts condition = Facts.of(inclusion.wide(), List.of(at.value()));
        boolean thenHolds = then == null
                || inclusion.holds(at.facts(), then, at.place())
                || inclusion.disjoint(at.facts(), condition, 0);
        boolean elseHolds = otherwise == null
                || inclusion.holds(at.facts(), otherwise, at.place())
                || inclusion.holds(at.facts(), at.value(), at.place());
        if (thenHolds && elseHolds) {
            return List.of();
        }
        for (JsonNode own : at.facts().parts()) {
            boolean sameCondition = own.has("if")
                    && SchemaDocument.same(inclusion.narrow(), own.get("if"), inclusion.wide(), at.value());
            if (sameCondition) {
                List<JsonNode> fulfilled = new ArrayList<>(List.of(own.get("if")));
                if (own.has("then")) {
                    fulfilled.add(own.get("then"));
                }
                Facts met = at.facts().and(fulfilled);
                Facts unmet = own.has("else") ? at.facts().and(own.get("else")) : at.facts();
                if ((then == null || inclusion.holds(met, then, at.place()))
                        && (otherwise == null || inclusion.holds(unmet, otherwise, at.place()))) {
                    return List.of();
                }
            }
        }
        List<JsonNode> guides = new ArrayList<>(List.of(at.value()));
        if (then != null) {
            guides.add(then);
        }
        if (otherwise != null) {
            guides.add(otherwise);
        }
        return at.gap("what holds on a condition is not sure to be kept", guides);
    }

    // Arrays -------------------------------------------------------------------------------------------------------

    private static List<Gap> unique(Case at) {
        boolean holds = !at.value().asBoolean()
                || !at.facts().has(Kind.ARRAY)
                || at.facts().mostItems() <= 1
                || at.facts().parts().stream()
                        .anyMatch(own -> own.path("uniqueItems").asBoolean());
        return holds ? List.of() : at.gap("no two items may be equal, and they may be");
    }

    private static List<Gap> items(Case at) {
        boolean later = at.keyword().equals("items") && at.part().has("prefixItems");
        if (later || !at.facts().has(Kind.ARRAY)) {
            return List.of();
        }
        Facts facts = at.facts();
        int prefix = Math.max(facts.prefix(), at.part().path("prefixItems").size());
        long most = facts.mostItems();
        List<Gap> gaps = new ArrayList<>();
        for (int i = 0; i <= prefix && i < most; i++) {
            List<JsonNode> wanted = Facts.itemSchemas(at.part(), i);
            if (!wanted.isEmpty()) {
                gaps.addAll(at.inclusion()
                        .prove(facts.item(i), wanted, at.place().to(facts, new Place.Item(i, i == prefix))));
            }
        }
        return gaps;
    }

    private static List<Gap> unevaluatedItems(Case at) {
        if (!at.facts().has(Kind.ARRAY) || saysEverything(at.value())) {
            return List.of();
        }
        boolean likeItems = !Facts.evaluatesInPlace(at.part()) && !at.part().has("contains");
        if (!likeItems) {
            return at.gap("what is left unevaluated depends on too much to be compared");
        }
        boolean done = at.part().has("items") || at.part().has("prefixItems");
        return done ? List.of() : items(at);
    }

    private static boolean saysEverything(JsonNode schema) {
        return (schema.isBoolean() && schema.booleanValue()) || (schema.isObject() && schema.isEmpty());
    }

    private static List<Gap> contains(Case at) {
        Facts facts = at.facts();
        if (!facts.has(Kind.ARRAY)) {
            return List.of();
        }
        long least = Facts.count(at.part(), "minContains", 1);
        long most = Facts.count(at.part(), "maxContains", Long.MAX_VALUE);
        boolean enough = least == 0 || (facts.least("minItems") >= least && everyItem(at));
        boolean fewEnough = facts.mostItems() <= most;
        for (JsonNode own : facts.parts()) {
            if (!own.has("contains")) {
                continue;
            }
            Facts contained = Facts.of(at.inclusion().narrow(), List.of(own.get("contains")));
            enough |= Facts.count(own, "minContains", 1) >= least
                    && at.inclusion().holds(contained, at.value(), at.place().to(facts, new Place.Item(0, true)));
            Facts wanted = Facts.of(at.inclusion().wide(), List.of(at.value()));
            fewEnough |= Facts.count(own, "maxContains", Long.MAX_VALUE) <= most
                    && at.inclusion().reversed().holds(wanted, own.get("contains"), Place.WHOLE);
        }
        return enough && fewEnough ? List.of() : at.gap("items of a kind may be too few or too many");
    }

    private static boolean everyItem(Case at) {
        for (int i = 0; i <= at.facts().prefix(); i++) {
            Place place = at.place().to(at.facts(), new Place.Item(i, true));
            if (!at.inclusion().holds(at.facts().item(i), at.value(), place)) {
                return false;
            }
        }
        return true;
    }

    // Objects ------------------------------------------------------------------------------------------------------

    private static List<Gap> required(Case at) {
        if (!at.facts().has(Kind.OBJECT)) {
            return List.of();
        }
        Set<String> there = at.facts().required();
        List<Gap> gaps = new ArrayList<>();
        at.value().forEach(name -> {
            if (!there.contains(name.asText())) {
                gaps.addAll(at.gap(shown(name) + " is required, and may be missing"));
            }
        });
        return gaps;
    }

    private static List<Gap> dependentRequired(Case at) {
        Facts facts = at.facts();
        if (!facts.has(Kind.OBJECT)) {
            return List.of();
        }
        List<Gap> gaps = new ArrayList<>();
        at.value().properties().forEach(dependent -> {
            String trigger = dependent.getKey();
            if (facts.property(trigger).impossible()) {
                return;
            }
            Set<String> there = new TreeSet<>(facts.required());
            there.add(trigger);
            there = facts.withDependents(there);
            for (JsonNode name : dependent.getValue()) {
                if (!there.contains(name.asText())) {
                    gaps.addAll(at.gap(shown(name) + " is required where there is " + shown(trigger)));
                }
            }
        });
        return gaps;
    }

    private static List<Gap> dependentSchemas(Case at) {
        Facts facts = at.facts();
        if (!facts.has(Kind.OBJECT)) {
            return List.of();
        }
        List<Gap> gaps = new ArrayList<>();
        at.value().properties().forEach(dependent -> {
            String trigger = dependent.getKey();
            if (facts.property(trigger).impossible()) {
                return;
            }
            List<JsonNode> more = new ArrayList<>();
            facts.parts().forEach(own -> {
                JsonNode same = own.path("dependentSchemas").get(trigger);
                if (same != null) {
                    more.add(same);
                }
            });
            Facts with = facts.ofKind(Kind.OBJECT).and(more);
            gaps.addAll(at.inclusion().prove(with, List.of(dependent.getValue()), at.place()).stream()
                    .map(gap -> new Gap(
                            gap.place(),
                            gap.facts(),
                            gap.rule(),
                            gap.detail() + ", where there is " + shown(trigger),
                            List.of(at.part(), dependent.getValue()),
                            gap.values(),
                            gap.open()))
                    .toList());
        });
        return gaps;
    }

    private static long mostProperties(Facts facts) {
        long most = facts.most("maxProperties");
        Set<String> only = facts.onlyNames();
        if (only != null) {
            most = Math.min(most, only.size());
        }
        boolean closed =
                facts.patterns().isEmpty() && facts.otherProperty(Set.of()).impossible();
        if (closed) {
            most = Math.min(
                    most,
                    facts.names().stream()
                            .filter(name -> !facts.property(name).impossible())
                            .count());
        }
        return most;
    }

    private static List<Gap> propertyNames(Case at) {
        Facts facts = at.facts();
        if (!facts.has(Kind.OBJECT)
                || at.inclusion()
                        .holds(facts.nameFacts(), at.value(), at.place().to(facts, new Place.Property("")))) {
            return List.of();
        }
        boolean closed =
                facts.patterns().isEmpty() && facts.otherProperty(Set.of()).impossible();
        if (!closed) {
            return at.gap("names of properties are not sure to be allowed");
        }
        for (String name : facts.names()) {
            JsonNode asText = com.fasterxml.jackson.databind.node.TextNode.valueOf(name);
            if (!facts.property(name).impossible() && !at.inclusion().wide().accepts(List.of(at.value()), asText)) {
                return at.gap("the name " + shown(asText) + " is not allowed");
            }
        }
        return List.of();
    }

    private static List<Gap> unevaluatedProperties(Case at) {
        if (!at.facts().has(Kind.OBJECT)
                || saysEverything(at.value())
                || at.part().has("additionalProperties")) {
            return List.of();
        }
        return Facts.evaluatesInPlace(at.part())
                ? at.gap("what is left unevaluated depends on too much to be compared")
                : properties(at);
    }

    /** All properties of an object at once, by the first of the keywords that speak of them. */
    private static List<Gap> properties(Case at) {
        for (String keyword :
                List.of("properties", "patternProperties", "additionalProperties", "unevaluatedProperties")) {
            if (at.part().has(keyword)) {
                if (!keyword.equals(at.keyword())) {
                    return List.of();
                }
                break;
            }
        }
        Facts facts = at.facts();
        if (!facts.has(Kind.OBJECT) || facts.most("maxProperties") == 0) {
            return List.of();
        }
        Set<String> names = new LinkedHashSet<>(facts.names());
        at.part().path("properties").fieldNames().forEachRemaining(names::add);
        Set<String> only = facts.onlyNames();
        if (only != null) {
            names.addAll(only);
        }
        List<Gap> gaps = new ArrayList<>();
        for (String name : names) {
            List<JsonNode> wanted = Facts.propertySchemas(at.part(), name);
            Facts known = facts.property(name);
            if (!wanted.isEmpty() && (only == null || only.contains(name))) {
                boolean open =
                        !facts.declares(name) && at.part().path("properties").has(name);
                at.inclusion()
                        .prove(known, wanted, at.place().to(facts, new Place.Property(name)))
                        .forEach(gap -> gaps.add(open ? gap.opened() : gap));
            }
        }
        if (only == null) {
            gaps.addAll(otherProperties(at, names));
        }
        return gaps;
    }

    private static List<Gap> otherProperties(Case at, Set<String> named) {
        Facts facts = at.facts();
        Set<String> patterns = new LinkedHashSet<>(facts.patterns());
        patterns.addAll(Facts.patterns(at.part()));
        List<String> listed = List.copyOf(patterns);
        if (listed.size() > MAX_PATTERNS) {
            return at.gap("there are too many patterns of names to be compared");
        }
        Map<Integer, List<Gap>> gaps = new TreeMap<>();
        for (int subset = 0; subset < 1 << listed.size(); subset++) {
            Set<String> matched = new LinkedHashSet<>();
            for (int i = 0; i < listed.size(); i++) {
                if ((subset & 1 << i) != 0) {
                    matched.add(listed.get(i));
                }
            }
            List<JsonNode> wanted = Facts.otherSchemas(at.part(), matched);
            Facts known = facts.otherProperty(matched);
            if (!wanted.isEmpty()) {
                Place place = at.place().to(facts, new Place.OtherProperty(matched, patterns, named));
                gaps.put(subset, at.inclusion().prove(known, wanted, place));
            }
        }
        return gaps.values().stream().flatMap(List::stream).toList();
    }
}
