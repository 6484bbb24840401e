package io.plainsail.contracts.compatibility;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Looks for values that meet the one schema and break the other.
 *
 * <p>INVARIANT: what it finds has been checked with both schemas as a whole. Not thread-safe.
 */
final class Counterexample {
    private static final int MAX_TRIED = 6_000;
    private static final int MAX_TRIED_A_GAP = 800;

    /** In bytes tried: long values take long. */
    private static final long MAX_BYTES = 20_000_000;

    private final SchemaDocument narrow;
    private final SchemaDocument wide;
    private final List<JsonNode> known;
    private int tried;
    private long bytes;

    /**
     * @param known values that are likely to meet the narrow schema
     */
    Counterexample(SchemaDocument narrow, SchemaDocument wide, List<JsonNode> known) {
        this.narrow = narrow;
        this.wide = wide;
        this.known = known;
    }

    /** One of the likely values, if any. */
    Optional<JsonNode> anywhere() {
        List<JsonNode> values = new ArrayList<>(known);
        try {
            values.addAll(Samples.of(Facts.of(narrow, List.of(narrow.root())), List.of(wide.root())));
        } catch (Patterns.UnreadableException e) {
            // Then only the known ones.
        }
        return values.stream().filter(this::breaks).findFirst();
    }

    Optional<JsonNode> of(Gap gap) {
        int end = Math.min(MAX_TRIED, tried + MAX_TRIED_A_GAP);
        try {
            for (JsonNode value : candidates(gap)) {
                for (JsonNode whole : around(gap.place(), value)) {
                    if (tried >= end || bytes > MAX_BYTES) {
                        return Optional.empty();
                    }
                    if (breaks(whole)) {
                        return Optional.of(whole);
                    }
                }
            }
        } catch (Patterns.UnreadableException e) {
            // No value can be made then.
        }
        return Optional.empty();
    }

    private boolean breaks(JsonNode value) {
        tried++;
        bytes += value.toString().length();
        return narrow.accepts(value) && !wide.accepts(value);
    }

    private List<JsonNode> candidates(Gap gap) {
        if (!gap.values().isEmpty()) {
            return gap.values();
        }
        Set<JsonNode> values = new LinkedHashSet<>(Samples.of(gap.facts(), gap.guides()));
        for (JsonNode guide : gap.guides()) {
            List<JsonNode> guided = Samples.of(Facts.of(wide, List.of(guide)), List.of());
            values.addAll(guided);
            List<JsonNode> own = Samples.of(gap.facts(), List.of());
            for (JsonNode value : guided.subList(0, Math.min(8, guided.size()))) {
                own.stream().limit(4).forEach(base -> overlaid(base, value).ifPresent(values::add));
            }
        }
        // What can be read at a glance first.
        return values.stream()
                .sorted(Comparator.comparingInt(value -> value.toString().length()))
                .toList();
    }

    private static Optional<JsonNode> overlaid(JsonNode base, JsonNode value) {
        if (base instanceof ObjectNode under && value instanceof ObjectNode over) {
            return Optional.of(under.deepCopy().setAll(over));
        }
        return Optional.empty();
    }

    private List<JsonNode> around(Place place, JsonNode value) {
        Facts within = place.within();
        Place parent = place.parent();
        if (within == null || parent == null) {
            return List.of(value);
        }
        return Samples.around(within, place.step(), value).stream()
                .limit(6)
                .flatMap(whole -> around(parent, whole).stream())
                .limit(12)
                .toList();
    }
}
