package io.plainsail.contracts.compatibility;

import static io.plainsail.contracts.compatibility.KeywordRules.saysTheSame;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** The keywords of {@link KeywordRules} that put schemas together. */
final class CombinationRules {
    private CombinationRules() {}

    private static List<JsonNode> branches(JsonNode value) {
        List<JsonNode> branches = new ArrayList<>();
        value.forEach(branches::add);
        return branches;
    }

    static List<Gap> anyOf(KeywordRules.Case at) {
        List<JsonNode> branches = branches(at.value());
        return branches.stream().anyMatch(branch -> at.inclusion().holds(at.facts(), branch, at.place()))
                        || saysTheSame(at)
                ? List.of()
                : at.gap("none of the alternatives is sure to fit", branches);
    }

    static List<Gap> oneOf(KeywordRules.Case at) {
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

    static List<Gap> not(KeywordRules.Case at) {
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

    static List<Gap> condition(KeywordRules.Case at) {
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
}
