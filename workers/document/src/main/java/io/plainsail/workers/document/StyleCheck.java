package io.plainsail.workers.document;

import io.plainsail.worker.JobFailedException;
import java.util.Locale;
import java.util.Set;

/**
 * Reads a template's own CSS token by token (CSS Syntax Level 3, section 4) and refuses what would load something or is
 * not known to be harmless: at-rules and functions are on a list of allowed ones. Escapes are resolved first, so {@code
 * u\72l(} is seen for what it is. For one document, not thread-safe.
 */
final class StyleCheck {
    private static final Set<String> AT_RULES = Set.of(
            "charset",
            "media",
            "page",
            "supports",
            "top-left-corner",
            "top-left",
            "top-center",
            "top-right",
            "top-right-corner",
            "right-top",
            "right-middle",
            "right-bottom",
            "bottom-right-corner",
            "bottom-right",
            "bottom-center",
            "bottom-left",
            "bottom-left-corner",
            "left-bottom",
            "left-middle",
            "left-top");

    private static final Set<String> FUNCTIONS = Set.of(
            // values
            "attr",
            "calc",
            "cmyk",
            "counter",
            "counters",
            "element",
            "hsl",
            "hsla",
            "linear-gradient",
            "matrix",
            "rgb",
            "rgba",
            "rotate",
            "running",
            "scale",
            "scalex",
            "scaley",
            "skew",
            "skewx",
            "skewy",
            "target-counter",
            "translate",
            "translatex",
            "translatey",
            // selectors
            "is",
            "lang",
            "not",
            "nth-child",
            "nth-last-child",
            "nth-last-of-type",
            "nth-of-type",
            "where",
            // media queries
            "and",
            "or");

    /** Functions that take an address. */
    private static final Set<String> LOADING = Set.of(
            "url",
            "src",
            "image",
            "image-set",
            "-webkit-image-set",
            "cross-fade",
            "-webkit-cross-fade",
            "format",
            "local");

    /** Columns inside columns take the renderer a time that doubles with each; spans are attributes with a bound. */
    private static final Set<String> UNSUPPORTED =
            Set.of("column-count", "columns", "-fs-table-cell-colspan", "-fs-table-cell-rowspan");

    private static final int END = -1;

    private String css = "";
    private int at;

    private final StringBuilder printed = new StringBuilder();
    private boolean printsAttributes;
    private boolean changesCase;

    /**
     * @param where named in the message, such as {@code a style element}
     * @throws JobFailedException {@code external-resource} or {@code style}
     */
    void check(String text, String where) throws JobFailedException {
        css = text;
        at = 0;
        while (at < css.length()) {
            int c = css.charAt(at);
            if (c == '/' && peek(1) == '*') {
                int end = css.indexOf("*/", at + 2);
                at = end < 0 ? css.length() : end + 2;
            } else if (c == '"' || c == '\'') {
                printed.append(string()).append(' ');
            } else if (c == '@') {
                at++;
                atRule(name().toLowerCase(Locale.ROOT), where);
            } else if (startsName(c)) {
                boolean selector = at > 0 && ".#".indexOf(css.charAt(at - 1)) >= 0;
                word(name().toLowerCase(Locale.ROOT), selector, where);
            } else {
                at++;
            }
        }
    }

    /** The text of all strings seen: what {@code content} may print. */
    String printed() {
        return printed.toString();
    }

    /** Whether {@code content} may print attributes of elements. */
    boolean printsAttributes() {
        return printsAttributes;
    }

    /** Whether text may be printed in another case than it is written. */
    boolean changesCase() {
        return changesCase;
    }

    private void atRule(String name, String where) throws JobFailedException {
        if (name.equals("import") || name.equals("namespace") || name.equals("font-face")) {
            throw external("@" + name + address(), where);
        }
        if (!AT_RULES.contains(name)) {
            throw Refusal.of(Refusal.STYLE, "@" + Refusal.quoted(name) + " in " + where + " is not supported");
        }
    }

    private void word(String name, boolean selector, String where) throws JobFailedException {
        if (peek(0) == '(') {
            at++;
            if (LOADING.contains(name)) {
                throw external(name + "(" + address() + ")", where);
            }
            if (!FUNCTIONS.contains(name)) {
                throw Refusal.of(
                        Refusal.STYLE, "the function " + Refusal.quoted(name) + " in " + where + " is not supported");
            }
            printsAttributes |= name.equals("attr");
        } else if (UNSUPPORTED.contains(name) && !selector) {
            throw Refusal.of(Refusal.STYLE, name + " in " + where + " is not supported");
        } else {
            changesCase |= name.equals("text-transform") || name.equals("font-variant");
        }
    }

    private static JobFailedException external(String what, String where) {
        return Refusal.of(
                Refusal.EXTERNAL_RESOURCE,
                Refusal.quoted(what) + " in " + where
                        + " would load something: nothing is fetched, and images stand in img elements as data URIs");
    }

    /** What follows as an address, for the message. */
    private String address() {
        int end = at;
        while (end < css.length() && end < at + 200 && ";){}".indexOf(css.charAt(end)) < 0) {
            end++;
        }
        return css.substring(at, end);
    }

    private String string() {
        char quote = css.charAt(at++);
        StringBuilder text = new StringBuilder();
        while (at < css.length() && css.charAt(at) != quote && css.charAt(at) != '\n') {
            if (css.charAt(at) == '\\') {
                escape(text);
            } else {
                text.append(css.charAt(at++));
            }
        }
        at++;
        return text.toString();
    }

    private boolean startsName(int c) {
        return (isNameCharacter(c) && !(c >= '0' && c <= '9')) || (c == '\\' && peek(1) != '\n' && peek(1) != END);
    }

    private String name() {
        StringBuilder name = new StringBuilder();
        while (at < css.length()) {
            char c = css.charAt(at);
            if (isNameCharacter(c)) {
                name.append(c);
                at++;
            } else if (c == '\\' && peek(1) != '\n' && peek(1) != END) {
                escape(name);
            } else {
                break;
            }
        }
        return name.toString();
    }

    /** Reads a backslash and what it stands for. */
    private void escape(StringBuilder into) {
        at++;
        int digits = 0;
        int value = 0;
        while (digits < 6 && Character.digit(peek(digits), 16) >= 0) {
            value = value * 16 + Character.digit(peek(digits), 16);
            digits++;
        }
        at += digits;
        if (digits == 0) {
            if (at < css.length()) {
                into.append(css.charAt(at++));
            }
            return;
        }
        if (peek(0) == ' ' || peek(0) == '\n' || peek(0) == '\t') {
            at++;
        }
        into.appendCodePoint(Character.isValidCodePoint(value) && value != 0 ? value : 0xFFFD);
    }

    private int peek(int ahead) {
        return at + ahead < css.length() ? css.charAt(at + ahead) : END;
    }

    private static boolean isNameCharacter(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '_'
                || c >= 0x80;
    }
}
