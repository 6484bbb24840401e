package io.plainsail.workers.document;

import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobHandler;
import io.plainsail.worker.Outcome;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Job type {@code document.render}.
 *
 * <ol>
 *   <li>Input with characters that are no text is refused.
 *   <li>The template is filled in, strictly and up to a bound; a value is text, never markup.
 *   <li>Markdown becomes HTML.
 *   <li>The HTML is built anew from what a document needs. Whatever would be fetched is refused.
 *   <li>The document is printed as PDF, or written as one HTML page or as plain text.
 * </ol>
 *
 * Pure: no file is written, nothing is fetched, and one input gives the same bytes every time. Thread-safe.
 */
public final class DocumentRenderHandler implements JobHandler {
    private final long maxOutputBytes;
    private final RenderLimits limits;

    /** With the default bounds. */
    public DocumentRenderHandler(Contract contract) {
        this(contract, RenderLimits.DEFAULT);
    }

    DocumentRenderHandler(Contract contract, RenderLimits limits) {
        this.maxOutputBytes = contract.maxOutputBytes();
        this.limits = limits;
    }

    /** The contract of version 1, from this module's resources. */
    public static Contract contract() {
        return ContractLoader.fromClassPath(DocumentRenderHandler.class, "document.render", 1);
    }

    /**
     * @throws JobFailedException invalid-input with code {@code template}, {@code unsupported-character}, {@code
     *     external-resource}, {@code image}, {@code style} or {@code layout}; limit-exceeded with the bound as code
     * @throws InterruptedException if the attempt is interrupted
     */
    @Override
    public Outcome handle(JobContext job) throws JobFailedException, InterruptedException {
        try {
            return render(RenderRequest.of(job.input()), job);
        } catch (RenderStoppedException e) {
            if (e.reason() instanceof InterruptedException) {
                Thread.interrupted();
                throw new InterruptedException(e.getMessage());
            }
            if (e.reason() instanceof JobFailedException reason) {
                throw reason;
            }
            throw e;
        }
    }

    private Outcome render(RenderRequest request, JobContext job) throws JobFailedException {
        CharacterCheck characters = new CharacterCheck(request);
        characters.requirePlainInput();
        String expanded = new TemplateExpansion(limits).expand(request);
        String html = request.markdown() ? new MarkdownText(limits).toHtml(expanded) : expanded;
        SafeDocument document = new HtmlSanitizer(limits).sanitize(html, request.title(), job::log);
        characters.requirePrintable(document, request.pdf());
        RenderStoppedException.ifInterrupted();
        if (request.output() == RenderRequest.Output.HTML) {
            return outcome(HtmlPage.MEDIA_TYPE, HtmlPage.render(document, request, maxOutputBytes), Map.of());
        }
        if (request.output() == RenderRequest.Output.TEXT) {
            return outcome(PlainText.MEDIA_TYPE, PlainText.of(document, maxOutputBytes), Map.of());
        }
        job.progress(30, "laying out");
        PdfPrinter.Printed printed = new PdfPrinter(limits, maxOutputBytes).print(document, request, job::log);
        return outcome(PdfPrinter.MEDIA_TYPE, printed.content(), Map.of("pages", printed.pages()));
    }

    private static Outcome outcome(String mediaType, byte[] content, Map<String, Object> more) {
        Map<String, Object> output = new LinkedHashMap<>();
        output.put("mediaType", mediaType);
        output.put("bytes", content.length);
        output.put("sha256", sha256(content));
        output.putAll(more);
        return Outcome.of(output).withFile(new Outcome.Bytes(mediaType, content));
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
