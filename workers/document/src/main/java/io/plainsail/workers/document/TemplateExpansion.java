package io.plainsail.workers.document;

import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.MustacheException;
import com.samskivert.mustache.Template;
import io.plainsail.worker.JobFailedException;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.Writer;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Fills a Mustache template with data. Strict: a name that the data does not hold is an error, {@code null} prints
 * nothing, and an empty string, {@code false}, {@code null} or an empty list closes a section. There are no partials:
 * a template stands alone.
 */
final class TemplateExpansion {
    private static final Pattern LINE_IN_MESSAGE = Pattern.compile(" (@|on) line (\\d+)");

    private final RenderLimits limits;

    TemplateExpansion(RenderLimits limits) {
        this.limits = limits;
    }

    /**
     * The template's text with every tag replaced.
     *
     * @throws JobFailedException {@code template}, naming the variable and the line; or the bound that was hit
     */
    String expand(RenderRequest request) throws JobFailedException {
        try {
            Template template = compile(request);
            Object data = PlainData.of(request.data());
            BoundedText out = new BoundedText(limits.expandedBytes());
            template.execute(data, out);
            return out.toString();
        } catch (MustacheException.Context e) {
            throw missing(e);
        } catch (RenderStoppedException e) {
            throw e;
        } catch (StackOverflowError e) {
            throw Refusal.limit("depth", "the template's sections nest too deep");
        } catch (RuntimeException e) {
            throw Refusal.of(Refusal.TEMPLATE, "the template cannot be filled in: " + told(e, Optional.empty()));
        }
    }

    private Template compile(RenderRequest request) throws JobFailedException {
        LineCounter source = new LineCounter(request.template());
        Template template;
        try {
            PlainData data = new PlainData(limits.sectionRounds());
            template = Mustache.compiler()
                    .withCollector(data)
                    .withFormatter(data)
                    .withEscaper(request.markdown() ? ValueEscaper.MARKDOWN : ValueEscaper.HTML)
                    .nullValue("")
                    .strictSections(true)
                    .emptyStringIsFalse(true)
                    .compile(source);
        } catch (RuntimeException e) {
            throw Refusal.of(Refusal.TEMPLATE, "the template cannot be read: " + told(e, Optional.of(source.line())));
        }
        template.visit(new NoPartials(request.template()));
        return template;
    }

    private static JobFailedException missing(MustacheException.Context e) {
        Throwable cause = e.getCause();
        if (cause != null) {
            return Refusal.of(
                    Refusal.TEMPLATE,
                    "{{" + e.key + "}} at template line " + e.lineNo + " cannot be filled in: " + cause.getMessage());
        }
        return Refusal.of(
                Refusal.TEMPLATE,
                "{{" + e.key + "}} at template line " + e.lineNo
                        + " has no value: add it to data, as null if it is meant to be empty");
    }

    /** The library's message with the line in our words; some of its parser's errors are bare index errors. */
    private static String told(RuntimeException e, Optional<Integer> line) {
        String message = e instanceof IndexOutOfBoundsException ? "a tag is empty or broken" : "" + e.getMessage();
        String placed = LINE_IN_MESSAGE.matcher(message).replaceAll(" at template line $2");
        return placed.contains("template line") || line.isEmpty() ? placed : placed + " at template line " + line.get();
    }

    /** Refuses tags that would bring in another template. */
    private record NoPartials(String template) implements Mustache.Visitor {
        @Override
        public boolean visitInclude(String name) {
            throw refused('>', name, "partials");
        }

        @Override
        public boolean visitParent(String name) {
            throw refused('<', name, "parent templates");
        }

        @Override
        public boolean visitBlock(String name) {
            throw refused('$', name, "blocks");
        }

        @Override
        public boolean visitSection(String name) {
            return true;
        }

        @Override
        public boolean visitInvertedSection(String name) {
            return true;
        }

        @Override
        public void visitText(String text) {}

        @Override
        public void visitVariable(String name) {}

        private RenderStoppedException refused(char sigil, String name, String what) {
            Pattern tag = Pattern.compile(Pattern.quote("" + sigil) + "\\s*" + Pattern.quote(name));
            int line = 1
                    + (int) tag.splitAsStream(template)
                            .findFirst()
                            .orElse("")
                            .chars()
                            .filter(c -> c == '\n')
                            .count();
            return RenderStoppedException.with(Refusal.of(
                    Refusal.TEMPLATE,
                    "{{" + sigil + name + "}} at template line " + line + ": " + what + " are not supported"));
        }
    }

    /** Knows on which line the parser is. */
    private static final class LineCounter extends Reader {
        private final StringReader text;
        private int line = 1;

        LineCounter(String text) {
            this.text = new StringReader(text);
        }

        int line() {
            return line;
        }

        @Override
        public int read() throws IOException {
            int c = text.read();
            if (c == '\n') {
                line++;
            }
            return c;
        }

        @Override
        public int read(char[] into, int offset, int length) throws IOException {
            int c = length == 0 ? 0 : read();
            if (c < 0 || length == 0) {
                return c;
            }
            into[offset] = (char) c;
            return 1;
        }

        @Override
        public void close() {
            text.close();
        }
    }

    /** Collects text up to a number of bytes in UTF-8. */
    private static final class BoundedText extends Writer {
        private final StringBuilder text = new StringBuilder();
        private final int maxBytes;
        private long bytes;

        BoundedText(int maxBytes) {
            this.maxBytes = maxBytes;
        }

        @Override
        public void write(char[] chars, int offset, int length) {
            append(new String(chars, offset, length));
        }

        @Override
        public Writer append(CharSequence part) {
            RenderStoppedException.ifInterrupted();
            for (int i = 0; i < part.length(); i++) {
                char c = part.charAt(i);
                // A surrogate is half of a character that takes four bytes.
                bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
            }
            if (bytes > maxBytes) {
                throw RenderStoppedException.with(Refusal.limit(
                        "expanded-bytes",
                        "the template grows past " + maxBytes + " bytes when it is filled in: loop over less data"));
            }
            text.append(part);
            return this;
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
