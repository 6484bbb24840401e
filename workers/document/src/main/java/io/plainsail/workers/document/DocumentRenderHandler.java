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
import java.util.Optional;

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
 * Pure: no file is written, nothing is fetched, and one input gives the same bytes every time. Thread-safe: documents share
 * the heap by {@link LargeDocuments}, and one for which it has no room fails its own job alone.
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
            RenderRequest request = RenderRequest.of(job.input());
            Optional<Outcome> outcome = renderIfItFits(request, job, false);
            if (outcome.isPresent()) {
                return outcome.get();
            }
            job.log("The worker's memory was full: the document is rendered once more when no large one is");
            return renderIfItFits(request, job, true).orElseThrow();
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

    /**
     * @param large whether it goes as a large document from the start
     * @return empty if there was no memory for it, and it went as a small one
     */
    private Optional<Outcome> renderIfItFits(RenderRequest request, JobContext job, boolean large)
            throws JobFailedException {
        try (LargeDocuments.Passage passage = LargeDocuments.OF_THIS_PROCESS.enter(large)) {
            try {
                return Optional.of(render(request, job, passage));
            } catch (RenderStoppedException e) {
                if (!passage.wasStopped()) {
                    throw e;
                }
                if (passage.isLarge() || job.interrupted()) {
                    throw Refusal.memory();
                }
                return Optional.empty();
            }
        }
    }

    private Outcome render(RenderRequest request, JobContext job, LargeDocuments.Passage passage)
            throws JobFailedException {
        CharacterCheck characters = new CharacterCheck(request);
        characters.requirePlainInput();
        String expanded = new TemplateExpansion(limits).expand(request);
        passage.has(expanded);
        String html = request.markdown() ? new MarkdownText(limits).toHtml(expanded) : expanded;
        passage.has(html);
        SafeDocument document = new HtmlSanitizer(limits).sanitize(html, request.title(), job::log);
        passage.hasPixels(document.images().pixels());
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
