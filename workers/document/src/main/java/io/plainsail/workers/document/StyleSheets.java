package io.plainsail.workers.document;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The style sheets that this worker brings; a template's own rules come after them and win. */
final class StyleSheets {
    /** Between the placeholders, and between them and what stands around. */
    private static final Pattern COUNTER = Pattern.compile("(?=\\{pages?})|(?<=\\{page})|(?<=\\{pages})");

    private StyleSheets() {}

    /** Text, tables, code, and pages of the wanted size with header and footer; by default the footer counts them. */
    static String print(RenderRequest request) {
        return Holder.DOCUMENT + Holder.PRINT + "@page { size: " + request.pageSize()
                + (request.landscape() ? " landscape" : " portrait") + ";\n"
                + request.header()
                        .map(text -> marginBox("top-right", text, "bottom"))
                        .orElse("")
                + request.footer()
                        .map(text -> marginBox("bottom-right", text, "top"))
                        .orElse("")
                + "}\n";
    }

    /**
     * @param text plain; {@code {page}} and {@code {pages}} count
     * @param side of the box where the text stands
     */
    private static String marginBox(String box, String text, String side) {
        String content = COUNTER.splitAsStream(text)
                .map(part -> switch (part) {
                    case "{page}" -> "counter(page)";
                    case "{pages}" -> "counter(pages)";
                    default -> '"' + escaped(part) + '"';
                })
                .collect(Collectors.joining(" "));
        return "@" + box + " { content: " + content + "; font-family: \"Liberation Sans\", \"DejaVu Sans\";"
                + " font-size: 8pt; color: #627d98; vertical-align: " + side + "; padding-" + side + ": 5mm; }\n";
    }

    /** Nothing in it ends the string, whose end it does not reach: all but letters, digits and blanks is written as a number. */
    private static String escaped(String text) {
        StringBuilder css = new StringBuilder();
        text.codePoints().forEach(c -> {
            if (Character.isLetterOrDigit(c) || c == ' ') {
                css.appendCodePoint(c);
            } else {
                // The blank belongs to the number.
                css.append('\\').append(Integer.toHexString(c)).append(' ');
            }
        });
        return css.toString();
    }

    /** The same text on a screen, and printed from a browser. */
    static String screen(String pageSize, boolean landscape) {
        return Holder.DOCUMENT + Holder.SCREEN + "@page { size: " + pageSize + (landscape ? " landscape" : " portrait")
                + "; margin: 18mm; }\n";
    }

    private static final class Holder {
        private static final String DOCUMENT = read("document.css");
        private static final String PRINT = read("print.css");
        private static final String SCREEN = read("screen.css");

        private static String read(String name) {
            try (InputStream in = StyleSheets.class.getResourceAsStream(name)) {
                if (in == null) {
                    throw new IOException(name + ": no such resource beside " + StyleSheets.class.getName());
                }
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
