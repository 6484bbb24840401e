package io.plainsail.contracts.compatibility;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Regular expressions of schemas, found anywhere in a text unless they are anchored. */
final class Patterns {
    private static final int MAX_KEPT = 1_000;
    private static final Map<String, Pattern> COMPILED = new ConcurrentHashMap<>();

    private Patterns() {}

    /** Thrown for a pattern that is not understood here. */
    static final class UnreadableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnreadableException(String pattern, PatternSyntaxException cause) {
            super("the pattern \"" + pattern + "\" is not understood", cause);
        }
    }

    static boolean find(String pattern, String text) {
        if (COMPILED.size() > MAX_KEPT) {
            COMPILED.clear();
        }
        return COMPILED.computeIfAbsent(pattern, Patterns::compile)
                .matcher(text)
                .find();
    }

    /** Whether the pattern is found in every text. */
    static boolean isAlwaysFound(String pattern) {
        return pattern.isEmpty() || pattern.equals(".*") || pattern.equals("^") || pattern.equals("^.*");
    }

    private static Pattern compile(String pattern) {
        try {
            return Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw new UnreadableException(pattern, e);
        }
    }
}
