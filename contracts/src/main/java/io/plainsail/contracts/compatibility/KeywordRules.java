package io.plainsail.contracts.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * For every keyword of JSON Schema 2020-12 how it is proven that a value keeps it: one table. A keyword that is not in it is
 * never proven, unless the narrow schema says the very same.
 */
final class KeywordRules {
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
        table.put("anyOf", CombinationRules::anyOf);
        table.put("oneOf", CombinationRules::oneOf);
        table.put("not", CombinationRules::not);
        table.put("if", CombinationRules::condition);
        table.put("then", NOTHING_TO_PROVE);
        table.put("else", NOTHING_TO_PROVE);
        // Numbers.
        table.put(
                "minimum",
                at -> ScalarRules.number(at, ScalarRules.isAbove(at.facts().lower(), at.value(), false)));
        table.put(
                "exclusiveMinimum",
                at -> ScalarRules.number(at, ScalarRules.isAbove(at.facts().lower(), at.value(), true)));
        table.put(
                "maximum",
                at -> ScalarRules.number(at, ScalarRules.isBelow(at.facts().upper(), at.value(), false)));
        table.put(
                "exclusiveMaximum",
                at -> ScalarRules.number(at, ScalarRules.isBelow(at.facts().upper(), at.value(), true)));
        table.put(
                "multipleOf",
                at -> ScalarRules.number(
                        at, ScalarRules.isMultiple(at.facts(), at.value().decimalValue())));
        // Strings. Formats are asserted.
        table.put(
                "minLength", at -> ScalarRules.least(at, Kind.STRING, at.facts().least("minLength")));
        table.put(
                "maxLength", at -> ScalarRules.most(at, Kind.STRING, at.facts().most("maxLength")));
        table.put(
                "pattern",
                at -> ScalarRules.text(at, Patterns.isAlwaysFound(at.value().asText())));
        table.put("format", at -> ScalarRules.text(at, false));
        // Arrays.
        table.put("minItems", at -> ScalarRules.least(at, Kind.ARRAY, at.facts().leastItems()));
        table.put("maxItems", at -> ScalarRules.most(at, Kind.ARRAY, at.facts().mostItems()));
        table.put("uniqueItems", ArrayRules::unique);
        table.put("prefixItems", ArrayRules::items);
        table.put("items", ArrayRules::items);
        table.put("unevaluatedItems", ArrayRules::unevaluatedItems);
        table.put("contains", ArrayRules::contains);
        table.put("minContains", NOTHING_TO_PROVE);
        table.put("maxContains", NOTHING_TO_PROVE);
        // Objects.
        table.put("required", ObjectRules::required);
        table.put("dependentRequired", ObjectRules::dependentRequired);
        table.put("dependentSchemas", ObjectRules::dependentSchemas);
        table.put(
                "minProperties",
                at -> ScalarRules.least(
                        at,
                        Kind.OBJECT,
                        Math.max(
                                at.facts().least("minProperties"),
                                at.facts().required().size())));
        table.put("maxProperties", at -> ScalarRules.most(at, Kind.OBJECT, ObjectRules.mostProperties(at.facts())));
        table.put("propertyNames", ObjectRules::propertyNames);
        table.put("properties", ObjectRules::properties);
        table.put("patternProperties", ObjectRules::properties);
        table.put("additionalProperties", ObjectRules::properties);
        table.put("unevaluatedProperties", ObjectRules::unevaluatedProperties);
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

    static String shown(Object value) {
        String text = String.valueOf(value);
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }

    private static List<Gap> unknown(Case at) {
        return saysTheSame(at) ? List.of() : at.gap("the keyword is not one whose meaning is known");
    }

    /** Whether the narrow schema has the keyword with the same value. Only for those that stand for themselves. */
    static boolean saysTheSame(Case at) {
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

    static boolean saysEverything(JsonNode schema) {
        return (schema.isBoolean() && schema.booleanValue()) || (schema.isObject() && schema.isEmpty());
    }
}
