package io.plainsail.cli;

/**
 * Makes text harmless for a terminal. What jobs log, return and are labelled with is anybody's: an escape sequence in it
 * could hide lines, rename the window or answer for the user.
 */
final class Harmless {
    private Harmless() {}

    /** On one line; what could steer a terminal, or turn the direction of writing, stands as {@code \\u001b} or so. */
    static String line(String text) {
        return escaped(text, false);
    }

    /** As {@link #line}, with its line breaks and tabs as they are. */
    static String lines(String text) {
        return escaped(text, true);
    }

    private static String escaped(String text, boolean breaks) {
        StringBuilder safe = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean harmful = isHarmful(text, i) && !(breaks && (c == '\n' || c == '\t'));
            if (harmful && safe == null) {
                safe = new StringBuilder(text.length() + 16).append(text, 0, i);
            }
            if (safe != null) {
                if (harmful) {
                    safe.append(String.format("\\u%04x", (int) c));
                } else {
                    safe.append(c);
                }
            }
        }
        return safe == null ? text : safe.toString();
    }

    private static boolean isHarmful(String text, int at) {
        char c = text.charAt(at);
        return switch (Character.getType(c)) {
            // The zero-width joiners are part of words and emoji.
            case Character.FORMAT -> c != '\u200c' && c != '\u200d';
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            case Character.SURROGATE ->
                !(Character.isHighSurrogate(c)
                                && at + 1 < text.length()
                                && Character.isLowSurrogate(text.charAt(at + 1)))
                        && !(Character.isLowSurrogate(c) && at > 0 && Character.isHighSurrogate(text.charAt(at - 1)));
            default -> false;
        };
    }
}
