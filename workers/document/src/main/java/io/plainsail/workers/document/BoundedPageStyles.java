package io.plainsail.workers.document;

import com.openhtmltopdf.context.StyleReference;
import com.openhtmltopdf.css.newmatch.PageInfo;
import com.openhtmltopdf.extend.UserAgentCallback;
import com.openhtmltopdf.extend.UserInterface;
import com.openhtmltopdf.layout.SharedContext;
import com.openhtmltopdf.pdfboxout.PdfBoxRenderer;
import org.w3c.dom.Element;

/**
 * The document's styles, counting the pages that the layout makes: a box a million inches high asks for all of them at
 * once. Pages are made and dropped again while boxes are kept together, so the count here may run ahead of the pages of
 * the finished layout; {@link PdfPrinter} checks those exactly.
 */
final class BoundedPageStyles extends StyleReference {
    private static final int DROPPED_FOR_EACH_KEPT = 4;

    private final RenderLimits limits;
    private long made;

    private BoundedPageStyles(UserAgentCallback userAgent, RenderLimits limits) {
        super(userAgent);
        this.limits = limits;
    }

    /** Takes the place of the renderer's own styles; to be called before its layout. */
    static void install(PdfBoxRenderer renderer, RenderLimits limits) {
        SharedContext shared = renderer.getSharedContext();
        BoundedPageStyles styles = new BoundedPageStyles(shared.getUserAgentCallback(), limits);
        styles.setDocumentContext(shared, shared.getNamespaceHandler(), renderer.getDocument(), new Paper());
        shared.setCss(styles);
    }

    @Override
    public PageInfo getPageStyle(String pageName, String pseudoPage) {
        RenderStoppedException.ifInterrupted();
        if (++made > (long) limits.pages() * DROPPED_FOR_EACH_KEPT + 100) {
            throw RenderStoppedException.with(Refusal.limit(
                    "pages", "the layout needs many more than the " + limits.pages() + " pages it may have"));
        }
        return super.getPageStyle(pageName, pseudoPage);
    }

    /** Nothing hovers over it. */
    private static final class Paper implements UserInterface {
        @Override
        public boolean isHover(Element element) {
            return false;
        }

        @Override
        public boolean isActive(Element element) {
            return false;
        }

        @Override
        public boolean isFocus(Element element) {
            return false;
        }

        @Override
        public boolean isMarker(Element element) {
            return false;
        }
    }
}
