package io.plainsail.workers.document;

import com.samskivert.mustache.Mustache;

/**
 * Makes a value plain text in the language around it: whatever a customer's name holds, it can add no markup. Characters
 * that mean something become numeric character references, which HTML and CommonMark both read as the character itself
 * (CommonMark 0.31, section 2.5: a reference never stands for structure).
 */
enum ValueEscaper implements Mustache.Escaper {
    HTML("&<>\"'`=", "") {
        @Override
        int blockMarker(String text) {
            return -1;
        }
    },
    /** Inside a code span or block CommonMark shows references as they stand: use a triple mustache there. */
    MARKDOWN("&<>\"'\\`*_{}[]|!\n\r\t", " -+=#~:.)(") {
        /** The dot or parenthesis that would make the value's first line an item of an ordered list. */
        @Override
        int blockMarker(String text) {
            int at = 0;
            while (at < text.length() && at < 9 && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                at++;
            }
            return at > 0 ? at : -1;
        }
    };

    private final String always;
    private final String asFirst;

    ValueEscaper(String always, String asFirst) {
        this.always = always;
        this.asFirst = asFirst;
    }

    abstract int blockMarker(String text);

    @Override
    public String escape(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        int marker = blockMarker(text);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean structure = always.indexOf(c) >= 0
                    || (i == 0 && asFirst.indexOf(c) >= 0)
                    || (i == marker && (c == '.' || c == ')'));
            if (structure) {
                out.append("&#").append((int) c).append(';');
            } else {
                out.append(c);
            }
        }
        return out.toString();
    }
}
