package io.plainsail.workers.document;

import com.openhtmltopdf.extend.FSStream;
import com.openhtmltopdf.extend.FSStreamFactory;
import com.openhtmltopdf.extend.impl.FSDefaultCacheStore;
import com.openhtmltopdf.layout.SharedContext;
import com.openhtmltopdf.outputdevice.helper.ExternalResourceControlPriority;
import com.openhtmltopdf.outputdevice.helper.ExternalResourceType;
import com.openhtmltopdf.pdfboxout.PdfBoxRenderer;
import com.openhtmltopdf.pdfboxout.PdfRendererBuilder;
import com.openhtmltopdf.util.Diagnostic;
import com.openhtmltopdf.util.LogMessageId;
import com.openhtmltopdf.util.XRLog;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.logging.Level;
import javax.imageio.ImageIO;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.common.PDRectangle;
import org.jsoup.helper.W3CDom;
import org.jsoup.nodes.DataNode;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/**
 * Prints a sanitized document as a tagged PDF (PDF/UA structure) with all fonts embedded. The same document always gives
 * the same bytes: it carries no time and no random id.
 *
 * <ol>
 *   <li>The document gets its style sheets and becomes a W3C DOM; no XML or HTML parser of the renderer's ever runs.
 *   <li>The renderer can open one scheme, the handles of {@link EmbeddedImages}: every other address is refused by the
 *       access control, before and after resolving, by the resolver and by the stream factories.
 *   <li>Layout, then the page bound, then painting. The interrupt is looked at for every element styled, every text
 *       broken into lines, every page painted and every part saved.
 *   <li>Saving into memory up to the output bound.
 * </ol>
 *
 * Thread-safe; everything that belongs to a document is made for it.
 */
final class PdfPrinter {
    static final String MEDIA_TYPE = "application/pdf";

    private static final int WARNINGS_TOLD = 20;
    private static final FSDefaultCacheStore FONT_METRICS = new FSDefaultCacheStore();

    static {
        // The renderer reads images through ImageIO, whose default is to put each into a temporary file first.
        ImageIO.setUseCache(false);
        // Its diagnostics go to the job's log through a consumer; its logger would print them as well.
        XRLog.setLoggerImpl(new SilentLogger());
    }

    private final RenderLimits limits;
    private final long maxBytes;

    PdfPrinter(RenderLimits limits, long maxBytes) {
        this.limits = limits;
        this.maxBytes = maxBytes;
    }

    /**
     * @param content the file
     * @param pages in it
     */
    record Printed(byte[] content, int pages) {}

    /**
     * @param log told what the renderer warns of
     * @throws JobFailedException naming the bound that was hit, or an image that cannot be decoded
     */
    Printed print(SafeDocument document, RenderRequest request, Consumer<String> log) throws JobFailedException {
        org.w3c.dom.Document dom = dom(document, request);
        Optional<Printed> printed = print(dom, document.images(), log, false);
        if (printed.isEmpty()) {
            printed = print(dom, document.images(), log, true);
        }
        return printed.orElseThrow();
    }

    /**
     * @param anyWidth print tables that are wider than the page, cut off at its edge
     * @return empty if there were some and they were not to be printed: their words are now marked as breakable
     */
    private Optional<Printed> print(
            org.w3c.dom.Document dom, EmbeddedImages images, Consumer<String> log, boolean anyWidth)
            throws JobFailedException {
        Diagnostics diagnostics = new Diagnostics();
        try (PDDocument pdf = new PDDocument();
                DocumentFonts fonts = new DocumentFonts(pdf)) {
            PdfRendererBuilder builder = new PdfRendererBuilder()
                    .usePDDocument(pdf)
                    .withW3cDocument(dom, null)
                    .withProducer("Plainsail")
                    .usePdfUaAccessibility(true)
                    .useReplacementText("\uFFFD")
                    .useCacheStore(PdfRendererBuilder.CacheStore.PDF_FONT_METRICS, FONT_METRICS)
                    .useNamespaceHandler(new InterruptibleStyles())
                    .usePageSupplier((doc, width, height, page, shadow) -> newPage(doc, width, height))
                    .withDiagnosticConsumer(diagnostics);
            confine(builder, images);
            try (PdfBoxRenderer renderer = builder.buildPdfRenderer()) {
                fonts.register(renderer.getFontResolver());
                SharedContext shared = renderer.getSharedContext();
                BoundedPageStyles.install(renderer, limits);
                shared.setLineBreaker(new InterruptibleBreaker(shared.getLineBreaker()));
                shared.setCharacterBreaker(new InterruptibleBreaker(shared.getCharacterBreaker()));
                renderer.layout();
                if (WideTables.squeeze(renderer.getRootBox())) {
                    if (!anyWidth) {
                        return Optional.empty();
                    }
                    log.accept("layout: a table is wider than the page, what is right of the edge is cut off");
                }
                checkPages(renderer.getRootBox().getLayer().getPages().size());
                renderer.createPDFWithoutClosing();
            }
            diagnostics.failOnLostImage();
            diagnostics.tell(log);
            return Optional.of(new Printed(save(pdf), pdf.getNumberOfPages()));
        } catch (RenderStoppedException e) {
            throw e;
        } catch (RuntimeException e) {
            throw refusedByRenderer(e);
        } catch (StackOverflowError e) {
            throw Refusal.limit("depth", "the document nests too deep to be laid out");
        } catch (IOException e) {
            throw new IllegalStateException("a PDF in memory cannot be written", e);
        }
    }

    private org.w3c.dom.Document dom(SafeDocument document, RenderRequest request) throws JobFailedException {
        Document html = document.html().clone();
        new LongText(limits).fit(html);
        html.head().prependElement("style").appendChild(new DataNode(StyleSheets.print(request)));
        html.head().appendElement("meta").attr("name", "subject").attr("content", document.title());
        Element root = html.child(0);
        if (!root.hasAttr("lang")) {
            // BCP 47 for "undetermined"; the renderer would claim American English.
            root.attr("lang", "und");
        }
        return new W3CDom().namespaceAware(false).fromJsoup(html);
    }

    /** Some combinations of styles are more than the renderer can take; another attempt would end the same way. */
    private static JobFailedException refusedByRenderer(RuntimeException e) {
        if (("" + e.getMessage()).contains("Check your document margin definition")) {
            return Refusal.of(Refusal.STYLE, "the margins of @page leave no room on the page");
        }
        return new JobFailedException(
                ErrorCategory.INVALID_INPUT,
                Refusal.LAYOUT,
                "the document cannot be laid out ("
                        + e.getClass().getSimpleName()
                        + "): look in its styles for an unusual position or display, such as list-item on what is no li",
                e);
    }

    private static void confine(PdfRendererBuilder builder, EmbeddedImages images) {
        BiPredicate<String, ExternalResourceType> onlyImages = (uri, type) ->
                type == ExternalResourceType.IMAGE_RASTER && images.find(uri).isPresent();
        builder.useExternalResourceAccessControl(onlyImages, ExternalResourceControlPriority.RUN_BEFORE_RESOLVING_URI);
        builder.useExternalResourceAccessControl(onlyImages, ExternalResourceControlPriority.RUN_AFTER_RESOLVING_URI);
        builder.useUriResolver((base, uri) -> images.find(uri).isPresent() ? uri : null);
        FSStreamFactory nothing = uri -> new BytesStream(new byte[0]);
        builder.useProtocolsStreamImplementation(
                nothing, "http", "https", "data", "classpath", "file", "jar", "ftp", "jrt", "jmod", "mailto");
        builder.useProtocolsStreamImplementation(
                uri -> new BytesStream(
                        images.find(uri).map(EmbeddedImages.Image::printable).orElse(new byte[0])),
                EmbeddedImages.SCHEME);
    }

    private PDPage newPage(PDDocument document, float width, float height) {
        RenderStoppedException.ifInterrupted();
        try {
            checkPages(document.getNumberOfPages() + 1);
        } catch (JobFailedException e) {
            throw RenderStoppedException.with(e);
        }
        PDPage page = new PDPage(new PDRectangle(width, height));
        document.addPage(page);
        return page;
    }

    private void checkPages(int pages) throws JobFailedException {
        if (pages > limits.pages()) {
            throw Refusal.limit("pages", "the document has " + pages + " pages or more: may have " + limits.pages());
        }
    }

    private byte[] save(PDDocument pdf) throws IOException {
        pdf.getDocumentInformation().getCOSObject().removeItem(COSName.CREATION_DATE);
        pdf.setDocumentId(0L);
        BoundedBytes out = new BoundedBytes(maxBytes);
        pdf.save(out);
        return out.toByteArray();
    }

    /** What the renderer has to say about the document. */
    private static final class Diagnostics implements Consumer<Diagnostic> {
        private final Set<String> warnings = new LinkedHashSet<>();
        private int more;
        private boolean lostImage;

        /** Must not throw: the renderer remembers some failures for the life of the process. */
        @Override
        public void accept(Diagnostic diagnostic) {
            if (diagnostic.getLevel().intValue() < Level.WARNING.intValue()) {
                return;
            }
            lostImage |= diagnostic.getLogMessageId()
                    == LogMessageId.LogMessageId1Param.EXCEPTION_CANT_READ_IMAGE_FILE_FOR_URI;
            if (warnings.size() < WARNINGS_TOLD) {
                warnings.add(diagnostic.getFormattedMessage());
            } else {
                more++;
            }
        }

        void failOnLostImage() throws JobFailedException {
            if (lostImage) {
                throw Refusal.of(Refusal.IMAGE, "an image has a good header but cannot be decoded");
            }
        }

        void tell(Consumer<String> log) {
            warnings.forEach(warning -> log.accept("layout: " + warning));
            if (more > 0) {
                log.accept("layout: " + more + " more warnings");
            }
        }
    }

    private record BytesStream(byte[] content) implements FSStream {
        @Override
        public InputStream getStream() {
            return new ByteArrayInputStream(content);
        }

        @Override
        public Reader getReader() {
            return new InputStreamReader(getStream(), StandardCharsets.UTF_8);
        }
    }

    private static final class BoundedBytes extends OutputStream {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(64 * 1024);
        private final long max;

        BoundedBytes(long max) {
            this.max = max;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) {
            RenderStoppedException.ifInterrupted();
            if (bytes.size() + (long) length > max) {
                throw RenderStoppedException.with(
                        Refusal.limit("output-bytes", "the PDF has more than " + max + " bytes"));
            }
            bytes.write(from, offset, length);
        }

        byte[] toByteArray() {
            return bytes.toByteArray();
        }
    }
}
