package io.plainsail.contracts.compatibility;

import static io.plainsail.contracts.compatibility.KeywordRules.saysEverything;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** The keywords of {@link KeywordRules} for arrays. */
final class ArrayRules {
    private ArrayRules() {}

    static List<Gap> unique(KeywordRules.Case at) {
        boolean holds = !at.value().asBoolean()
                || !at.facts().has(Kind.ARRAY)
                || at.facts().mostItems() <= 1
                || at.facts().parts().stream()
                        .anyMatch(own -> own.path("uniqueItems").asBoolean());
        return holds ? List.of() : at.gap("no two items may be equal, and they may be");
    }

    static List<Gap> items(KeywordRules.Case at) {
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

    static List<Gap> unevaluatedItems(KeywordRules.Case at) {
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

    static List<Gap> contains(KeywordRules.Case at) {
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

    private static boolean everyItem(KeywordRules.Case at) {
        for (int i = 0; i <= at.facts().prefix(); i++) {
            Place place = at.place().to(at.facts(), new Place.Item(i, true));
            if (!at.inclusion().holds(at.facts().item(i), at.value(), place)) {
                return false;
            }
        }
        return true;
    }
}
