package io.plainsail.workers.document;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The style sheets that this worker brings; a template's own rules come after them and win. */
final class StyleSheets {
    private StyleSheets() {}

    /** Text, tables, code, and pages of the wanted size with a footer that counts them. */
    static String print(String pageSize, boolean landscape) {
        return Holder.DOCUMENT + Holder.PRINT + "@page { size: " + pageSize + (landscape ? " landscape" : " portrait")
                + "; }\n";
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
