/**
 * Job type {@code document.render}: a template and its data become a PDF or an HTML page.
 *
 * <p>In the order of the flow: {@link io.plainsail.workers.document.DocumentRenderHandler} reads the request, {@code
 * TemplateExpansion} fills in the data, {@code MarkdownText} turns Markdown to HTML, {@code HtmlSanitizer} keeps what a
 * document needs and refuses what would fetch, {@code PdfPrinter} or {@code HtmlPage} makes the file.
 */
@NullMarked
package io.plainsail.workers.document;

import org.jspecify.annotations.NullMarked;
