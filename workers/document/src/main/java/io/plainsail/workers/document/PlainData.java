package io.plainsail.workers.document;

import com.fasterxml.jackson.databind.JsonNode;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The template's data as maps, lists, strings, numbers and booleans, and how Mustache looks into them: by key only,
 * never by reflection. Also counts the passes through sections. For one expansion, not thread-safe.
 */
final class PlainData implements Mustache.Collector, Mustache.Formatter {
    private static final int MAX_DEPTH = 100;
    /** Beyond this many places a decimal is written with an exponent: 1E+999999999 must not become a gigabyte. */
    private static final int MAX_PLACES = 100;

    private final int maxRounds;
    private int rounds;
    private String lastName = "";

    PlainData(int maxRounds) {
        this.maxRounds = maxRounds;
    }

    /** The value with nothing but plain Java types in it. */
    static @Nullable Object of(JsonNode node) {
        return of(node, 0);
    }

    private static @Nullable Object of(JsonNode node, int depth) {
        if (depth > MAX_DEPTH) {
            throw RenderStoppedException.with(
                    Refusal.limit("depth", "data nests deeper than " + MAX_DEPTH + " objects and arrays"));
        }
        if (node.isObject()) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            node.properties().forEach(field -> map.put(field.getKey(), of(field.getValue(), depth + 1)));
            return map;
        }
        if (node.isArray()) {
            List<@Nullable Object> list = new ArrayList<>(node.size());
            node.forEach(element -> list.add(of(element, depth + 1)));
            return list;
        }
        if (node.isTextual()) {
            return node.textValue();
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        return node.isNumber() ? node.numberValue() : null;
    }

    /** How a value is written: decimals with the digits they were sent with, objects and lists not at all. */
    @Override
    public String format(Object value) {
        if (value instanceof BigDecimal decimal) {
            return Math.abs(decimal.scale()) <= MAX_PLACES ? decimal.toPlainString() : decimal.toString();
        }
        if (value instanceof Map || value instanceof List) {
            throw new IllegalArgumentException("{{" + lastName + "}} is an "
                    + (value instanceof Map ? "object" : "array") + ", which cannot be written as text");
        }
        return String.valueOf(value);
    }

    @Override
    public @Nullable Iterator<?> toIterator(Object value) {
        if (!(value instanceof List<?> list)) {
            return null;
        }
        Iterator<?> elements = list.iterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return elements.hasNext();
            }

            @Override
            public @Nullable Object next() {
                countRound();
                return elements.next();
            }
        };
    }

    private void countRound() {
        if (++rounds > maxRounds) {
            throw RenderStoppedException.with(Refusal.limit(
                    "section-rounds",
                    "the template's sections are passed more than " + maxRounds + " times: loop over less data"));
        }
        if (rounds % 1024 == 0) {
            RenderStoppedException.ifInterrupted();
        }
    }

    @Override
    public Mustache.@Nullable VariableFetcher createFetcher(Object context, String name) {
        if (!(context instanceof Map)) {
            return null;
        }
        return (at, key) -> {
            lastName = key;
            Map<?, ?> map = (Map<?, ?>) at;
            Object value = map.get(key);
            return value != null || map.containsKey(key) ? value : Template.NO_FETCHER_FOUND;
        };
    }

    @Override
    public <K, V> Map<K, V> createFetcherCache() {
        return new HashMap<>();
    }
}
