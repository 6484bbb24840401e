package io.plainsail.contracts.compatibility;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where in a payload.
 *
 * @param parent the object or array around it; null for the whole payload
 * @param within what is known of that; null for the whole payload
 * @param step the way from it
 */
record Place(@Nullable Place parent, @Nullable Facts within, Step step, int depth) {
    static final Place WHOLE = new Place(null, null, new Item(0, false), 0);

    /** From an object or array to what is in it. */
    sealed interface Step {}

    record Property(String name) implements Step {}

    /** Properties that nobody names, and that match just these patterns of all. */
    record OtherProperty(Set<String> matched, Set<String> allPatterns, Set<String> named) implements Step {}

    /**
     * @param andLater whether later ones too
     */
    record Item(int index, boolean andLater) implements Step {}

    Place to(Facts within, Step step) {
        return new Place(this, within, step, depth + 1);
    }

    /** JSON pointer; {@code *} for any name or index. */
    String pointer() {
        if (parent == null) {
            return "";
        }
        return parent.pointer() + "/" + segment();
    }

    private String segment() {
        if (step instanceof Property property) {
            return escaped(property.name());
        }
        return step instanceof Item item && !item.andLater() ? Integer.toString(item.index()) : "*";
    }

    static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }
}
