package io.plainsail.workers.document;

import com.openhtmltopdf.css.constants.IdentValue;
import com.openhtmltopdf.pdfboxout.PDFontSupplier;
import com.openhtmltopdf.pdfboxout.PdfBoxFontResolver;
import com.openhtmltopdf.pdfboxout.PdfBoxFontResolver.FontGroup;
import java.io.Closeable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.fontbox.ttf.CmapLookup;
import org.apache.fontbox.ttf.TTFParser;
import org.apache.fontbox.ttf.TrueTypeFont;
import org.apache.pdfbox.io.RandomAccessReadBuffer;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.font.PDType0Font;
import org.jspecify.annotations.Nullable;

/**
 * The fonts of a PDF, always embedded (as subsets), never looked up on the machine: Liberation Sans, Serif and Mono, and
 * DejaVu Sans for what they lack. The files come with the artifacts {@code openpdf-fonts-extra} and {@code
 * jasperreports-fonts}. For one document; close it when that is saved. Not thread-safe.
 */
final class DocumentFonts implements Closeable {
    private static final String LIBERATION = "/liberation/";
    private static final String DEJAVU = "/net/sf/jasperreports/fonts/dejavu/";

    private static final List<Family> FAMILIES = List.of(
            new Family(
                    List.of("Liberation Sans", "sans-serif", "Arial", "Helvetica"),
                    true,
                    faces(LIBERATION + "LiberationSans", "-Regular", "-Bold", "-Italic", "-BoldItalic")),
            new Family(
                    List.of("Liberation Serif", "serif", "Times New Roman", "Times"),
                    false,
                    faces(LIBERATION + "LiberationSerif", "-Regular", "-Bold", "-Italic", "-BoldItalic")),
            new Family(
                    List.of("Liberation Mono", "monospace", "Courier New", "Courier"),
                    false,
                    faces(LIBERATION + "LiberationMono", "-Regular", "-Bold", "-Italic", "-BoldItalic")),
            new Family(
                    List.of("DejaVu Sans"),
                    true,
                    faces(DEJAVU + "DejaVuSans", "", "-Bold", "-Oblique", "-BoldOblique")));

    private final PDDocument document;
    private final List<TrueTypeFont> open = new ArrayList<>();

    DocumentFonts(PDDocument document) {
        this.document = document;
    }

    /**
     * @param names the CSS names it answers to
     * @param fallback whether it helps out for characters that other fonts lack
     * @param faces regular, bold, italic, bold italic
     */
    private record Family(List<String> names, boolean fallback, List<Face> faces) {}

    private record Face(String path, int weight, IdentValue style) {}

    private static List<Face> faces(String prefix, String regular, String bold, String italic, String boldItalic) {
        return List.of(
                new Face(prefix + regular + ".ttf", 400, IdentValue.NORMAL),
                new Face(prefix + bold + ".ttf", 700, IdentValue.NORMAL),
                new Face(prefix + italic + ".ttf", 400, IdentValue.ITALIC),
                new Face(prefix + boldItalic + ".ttf", 700, IdentValue.ITALIC));
    }

    /** Makes the fonts known to a renderer; one is read when the document first uses it. */
    void register(PdfBoxFontResolver resolver) {
        for (Family family : FAMILIES) {
            for (Face face : family.faces()) {
                PDFontSupplier font = new LazyFont(face.path());
                for (String name : family.names()) {
                    resolver.addFont(font, name, face.weight(), face.style(), true, FontGroup.MAIN);
                }
                if (family.fallback()) {
                    resolver.addFont(
                            font,
                            family.names().get(0),
                            face.weight(),
                            face.style(),
                            true,
                            FontGroup.PRE_BUILT_IN_FALLBACK);
                }
            }
        }
    }

    /** Whether a character can be printed, whatever the font family, weight and style around it. */
    static boolean cover(int codePoint) {
        return Coverage.SANS.getGlyphId(codePoint) != 0 || Coverage.FALLBACK.getGlyphId(codePoint) != 0;
    }

    @Override
    public void close() throws IOException {
        for (TrueTypeFont font : open) {
            font.close();
        }
    }

    private static TrueTypeFont read(String path) throws IOException {
        try (InputStream in = DocumentFonts.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new FileNotFoundException("no font " + path + " on the class path");
            }
            TrueTypeFont font = new TTFParser().parse(new RandomAccessReadBuffer(in.readAllBytes()));
            // Left to right scripts need no glyph substitution here, and reading its tables takes most of the time.
            font.setEnableGsub(false);
            return font;
        }
    }

    /** The character tables of two fonts that every text may fall back to, read at the first PDF. */
    private static final class Coverage {
        private static final CmapLookup SANS = table(LIBERATION + "LiberationSans-Regular.ttf");
        private static final CmapLookup FALLBACK = table(DEJAVU + "DejaVuSans.ttf");

        private static CmapLookup table(String path) {
            try (TrueTypeFont font = read(path)) {
                return font.getUnicodeCmapLookup();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** One font of the document, read once. */
    private final class LazyFont extends PDFontSupplier {
        private final String path;
        private @Nullable PDFont font;

        LazyFont(String path) {
            super(null);
            this.path = path;
        }

        @Override
        public PDFont supply() {
            PDFont loaded = font;
            if (loaded == null) {
                try {
                    TrueTypeFont read = read(path);
                    open.add(read);
                    loaded = PDType0Font.load(document, read, true);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                font = loaded;
            }
            return loaded;
        }
    }
}
