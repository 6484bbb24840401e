package io.plainsail.workers.document;

import io.plainsail.worker.JobFailedException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jsoup.nodes.DataNode;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/** Makes one HTML page that needs nothing beside it, and whose content policy would let it load nothing. */
final class HtmlPage {
    static final String MEDIA_TYPE = "text/html; charset=utf-8";
    private static final String CONTENT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

    private HtmlPage() {}

    /**
     * @throws JobFailedException if the page is larger than {@code maxBytes}
     */
    static byte[] render(SafeDocument document, RenderRequest request, long maxBytes) throws JobFailedException {
        Document page = document.html().clone();
        for (Element img : page.select("img")) {
            document.images()
                    .find(img.attr("src"))
                    .ifPresent(image -> img.attr(
                            "src",
                            "data:" + image.mediaType() + ";base64,"
                                    + Base64.getEncoder().encodeToString(image.content())));
        }
        Element head = page.head();
        head.prependElement("style")
                .appendChild(new DataNode(StyleSheets.screen(request.pageSize(), request.landscape())));
        head.prependElement("meta").attr("name", "viewport").attr("content", "width=device-width, initial-scale=1");
        head.prependElement("meta")
                .attr("http-equiv", "Content-Security-Policy")
                .attr("content", CONTENT_POLICY);
        head.prependElement("meta").attr("charset", "utf-8");
        byte[] bytes = ("<!doctype html>\n" + page.outerHtml() + "\n").getBytes(StandardCharsets.UTF_8);
        if (bytes.length > maxBytes) {
            throw Refusal.limit("output-bytes", "the page has " + bytes.length + " bytes: may have " + maxBytes);
        }
        return bytes;
    }
}
