package io.plainsail.contracts.wire;

/** Makes text from handlers fit to be stored and shown: every store and every JSON writer takes what comes out. */
public final class WireText {
    private static final char REPLACEMENT = '\ufffd';

    private WireText() {}

    /** The text with NUL and lone surrogates replaced, cut to at most {@code max} characters. */
    public static String storable(String text, int max) {
        String cut = text;
        if (text.length() > max) {
            int end = Character.isHighSurrogate(text.charAt(max - 2)) ? max - 2 : max - 1;
            cut = text.substring(0, end) + "…";
        }
        StringBuilder clean = null;
        for (int i = 0; i < cut.length(); i++) {
            char c = cut.charAt(i);
            boolean paired =
                    Character.isHighSurrogate(c) && i + 1 < cut.length() && Character.isLowSurrogate(cut.charAt(i + 1));
            if (paired) {
                i++;
            } else if (c == 0 || Character.isSurrogate(c)) {
                clean = clean == null ? new StringBuilder(cut) : clean;
                clean.setCharAt(i, REPLACEMENT);
            }
        }
        return clean == null ? cut : clean.toString();
    }
}
