package io.plainsail.workers.document;

import com.openhtmltopdf.simple.extend.XhtmlNamespaceHandler;
import org.w3c.dom.Element;

/** Reads elements as the renderer would, and looks at the interrupt for every element that is styled. */
final class InterruptibleStyles extends XhtmlNamespaceHandler {
    @Override
    public String getElementStyling(Element element) {
        RenderStoppedException.ifInterrupted();
        return super.getElementStyling(element);
    }

    @Override
    public String getClass(Element element) {
        RenderStoppedException.ifInterrupted();
        return super.getClass(element);
    }
}
