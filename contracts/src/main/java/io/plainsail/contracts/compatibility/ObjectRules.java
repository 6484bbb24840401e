package io.plainsail.contracts.compatibility;

import static io.plainsail.contracts.compatibility.KeywordRules.saysEverything;
import static io.plainsail.contracts.compatibility.KeywordRules.shown;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The keywords of {@link KeywordRules} for objects. */
final class ObjectRules {
    /** So many patterns of property names are told apart; there are two to the power of them kinds of names. */
    private static final int MAX_PATTERNS = 4;

    private ObjectRules() {}

    static List<Gap> required(KeywordRules.Case at) {
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

    static List<Gap> dependentRequired(KeywordRules.Case at) {
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

    static List<Gap> dependentSchemas(KeywordRules.Case at) {
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

    static long mostProperties(Facts facts) {
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

    static List<Gap> propertyNames(KeywordRules.Case at) {
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

    static List<Gap> unevaluatedProperties(KeywordRules.Case at) {
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
    static List<Gap> properties(KeywordRules.Case at) {
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

    private static List<Gap> otherProperties(KeywordRules.Case at, Set<String> named) {
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
