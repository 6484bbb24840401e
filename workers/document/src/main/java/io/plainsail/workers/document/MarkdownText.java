package io.plainsail.workers.document;

import io.plainsail.worker.JobFailedException;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.util.List;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.parser.InlineParserContext;
import org.commonmark.parser.Parser;
import org.commonmark.parser.beta.LinkInfo;
import org.commonmark.parser.beta.LinkResult;
import org.commonmark.parser.beta.Scanner;
import org.commonmark.renderer.html.HtmlRenderer;
import org.jspecify.annotations.Nullable;

/** Turns Markdown (CommonMark with GFM tables) to HTML. HTML in it is passed on: the sanitizer comes after. */
final class MarkdownText {
    private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());
    private static final HtmlRenderer RENDERER =
            HtmlRenderer.builder().extensions(EXTENSIONS).build();

    /** A table's bars have a bound of their own. */
    private static final String MARKS = "\n\r[]*_`!<&\\";

    private final RenderLimits limits;
    private final Parser parser;

    MarkdownText(RenderLimits limits) {
        this.limits = limits;
        this.parser = Parser.builder()
                .extensions(EXTENSIONS)
                .maxOpenBlockParsers(limits.depth())
                .maxInlineNesting(limits.depth())
                .linkProcessor(MarkdownText::leaveAsItIs)
                .build();
    }

    /**
     * @throws JobFailedException if the Markdown has more marks, or the HTML or a table in it is larger than the bound
     */
    String toHtml(String markdown) throws JobFailedException {
        if (markdown.chars()
                        .filter(c -> MARKS.indexOf(c) >= 0)
                        .limit(limits.markdownMarks() + 1L)
                        .count()
                > limits.markdownMarks()) {
            throw Refusal.limit(
                    "markdown-marks",
                    "the Markdown has more than " + limits.markdownMarks()
                            + " lines and characters that mean something in it");
        }
        try (Reader lines = new InterruptibleReader(markdown)) {
            StringBuilder html = new StringBuilder(markdown.length() + 1024);
            RENDERER.render(parser.parseReader(lines), new BoundedAppendable(html, limits.expandedBytes()));
            return html.toString();
        } catch (IllegalArgumentException e) {
            // The table extension's own bound, which it reports in no other way.
            throw Refusal.limit("table-cells", "a Markdown table is too large: " + e.getMessage());
        } catch (IOException e) {
            throw new IllegalStateException("text in memory cannot be read", e);
        }
    }

    /** Looks at the interrupt for every link; the parser's time grows with the square of their number. */
    private static @Nullable LinkResult leaveAsItIs(LinkInfo link, Scanner scanner, InlineParserContext context) {
        RenderStoppedException.ifInterrupted();
        return LinkResult.none();
    }

    /** Looks at the interrupt with every block that the parser takes. */
    private static final class InterruptibleReader extends StringReader {
        InterruptibleReader(String text) {
            super(text);
        }

        @Override
        public int read(char[] into, int offset, int length) throws IOException {
            RenderStoppedException.ifInterrupted();
            return super.read(into, offset, length);
        }
    }

    private record BoundedAppendable(StringBuilder text, int max) implements Appendable {
        @Override
        public Appendable append(CharSequence part) {
            return append(part, 0, part.length());
        }

        @Override
        public Appendable append(CharSequence part, int start, int end) {
            RenderStoppedException.ifInterrupted();
            if (text.length() + (end - start) > max) {
                throw RenderStoppedException.with(Refusal.limit(
                        "expanded-bytes", "the Markdown grows past " + max + " bytes when it is turned to HTML"));
            }
            text.append(part, start, end);
            return this;
        }

        @Override
        public Appendable append(char c) {
            return append(String.valueOf(c));
        }
    }
}
