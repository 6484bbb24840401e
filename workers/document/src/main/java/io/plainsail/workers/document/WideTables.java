package io.plainsail.workers.document;

import com.openhtmltopdf.newtable.TableBox;
import com.openhtmltopdf.render.Box;
import org.w3c.dom.Element;

/** Finds tables that a layout could not fit on the page: a PDF has no scroll bar, what stands out is cut off. */
final class WideTables {
    /** Class for which the print style sheet lets any word break. */
    private static final String SQUEEZED = "plainsail-squeezed";
    /** A pixel, in the renderer's unit: borders are rounded. */
    private static final int TOLERANCE = 20;

    private WideTables() {}

    /**
     * Marks every table that ends right of the page's content, for another layout.
     *
     * @return whether there was one
     */
    static boolean squeeze(Box root) {
        return squeeze(root, root.getAbsX() + root.getWidth() + TOLERANCE);
    }

    private static boolean squeeze(Box box, int edge) {
        boolean found = false;
        Element element = box.getElement();
        if (element != null && box instanceof TableBox && box.getAbsX() + box.getWidth() > edge) {
            element.setAttribute("class", element.getAttribute("class") + " " + SQUEEZED);
            found = true;
        }
        for (int i = 0; i < box.getChildCount(); i++) {
            found |= squeeze(box.getChild(i), edge);
        }
        return found;
    }
}
