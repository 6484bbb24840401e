package io.plainsail.workers.document;

import io.plainsail.worker.JobFailedException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;

/**
 * Makes long texts fit for the renderer.
 *
 * <ul>
 *   <li>A long text is cut at white space into several nodes. The renderer's time for a paragraph grows with the square
 *       of the length of a node, so a megabyte of prose is laid out in seconds this way, and in minutes as one node.
 *   <li>In table cells long words are marked as breakable. Were all words breakable there, the renderer would squeeze
 *       narrow columns until "Quantity" breaks.
 * </ul>
 */
final class LongText {
    /** Class of the spans around long words; the print style sheet lets them break. */
    static final String LONG_WORD = "plainsail-long-word";

    private static final int PART = 2_000;
    private static final Pattern WORD = Pattern.compile("\\S{30,}");

    private final RenderLimits limits;

    LongText(RenderLimits limits) {
        this.limits = limits;
    }

    /**
     * @throws JobFailedException if a word is longer than the bound
     */
    void fit(Document document) throws JobFailedException {
        fit(document.body(), false);
    }

    private void fit(Element element, boolean cell) throws JobFailedException {
        for (Node child : List.copyOf(element.childNodes())) {
            if (child instanceof TextNode text) {
                fit(text, cell);
            } else if (child instanceof Element inner) {
                fit(inner, cell || inner.nameIs("td") || inner.nameIs("th"));
            }
        }
    }

    private void fit(TextNode text, boolean cell) throws JobFailedException {
        String whole = text.getWholeText();
        if (whole.length() < 30) {
            return;
        }
        TextNode rest = text;
        int done = 0;
        Matcher words = WORD.matcher(whole);
        while (words.find()) {
            check(words);
            if (cell) {
                TextNode word = words.start() == done ? rest : rest.splitText(words.start() - done);
                if (words.end() < whole.length()) {
                    rest = word.splitText(words.end() - words.start());
                }
                word.wrap("<span class=" + LONG_WORD + "></span>");
                done = words.end();
            }
        }
        if (!cell) {
            cut(text, whole);
        }
    }

    private void check(Matcher word) throws JobFailedException {
        if (word.end() - word.start() > limits.wordLength()) {
            throw Refusal.limit(
                    "word-length",
                    "the word " + Refusal.quoted(word.group()) + " has " + (word.end() - word.start())
                            + " characters: may have " + limits.wordLength());
        }
    }

    private static void cut(TextNode text, String whole) {
        TextNode rest = text;
        int start = 0;
        for (int i = PART; i < whole.length() - 1; i++) {
            if (i - start >= PART && Character.isWhitespace(whole.charAt(i))) {
                rest = rest.splitText(i + 1 - start);
                start = i + 1;
            }
        }
    }
}
