package io.plainsail.workers.document;

import org.jsoup.nodes.Document;

/**
 * A document in which nothing is left that runs or loads. Images are handles of {@code images}.
 *
 * @param html html, head with title and the template's own style sheets, body
 * @param title of the document
 * @param images what its handles stand for
 * @param styles what its style sheets may print
 */
record SafeDocument(Document html, String title, EmbeddedImages images, StyleCheck styles) {}
