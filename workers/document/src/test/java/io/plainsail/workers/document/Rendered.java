package io.plainsail.workers.document;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.graphics.PDXObject;
import org.apache.pdfbox.pdmodel.graphics.image.PDImageXObject;
import org.apache.pdfbox.text.PDFTextStripper;

/**
 * What the handler made of a job.
 *
 * @param output the small JSON
 * @param mediaType of the file
 * @param content the file
 */
record Rendered(JsonNode output, String mediaType, byte[] content) {
    static final Contract CONTRACT = DocumentRenderHandler.contract();

    static Rendered of(FakeJob job) {
        return of(job, RenderLimits.DEFAULT);
    }

    static Rendered of(FakeJob job, RenderLimits limits) {
        try {
            Outcome outcome = new DocumentRenderHandler(CONTRACT, limits).handle(job);
            Outcome.Bytes file = (Outcome.Bytes) requireNonNull(outcome.file());
            return new Rendered(outcome.output(), file.mediaType(), file.content());
        } catch (JobFailedException e) {
            throw new AssertionError(e.category() + " " + e.code() + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The failure of a job that must fail, with its category. */
    static JobFailedException failure(FakeJob job, RenderLimits limits, ErrorCategory category) {
        try {
            Outcome outcome = new DocumentRenderHandler(CONTRACT, limits).handle(job);
            throw new AssertionError("rendered: " + outcome.output());
        } catch (JobFailedException e) {
            if (e.category() != category) {
                throw new AssertionError("expected " + category + ", was " + e.category() + ": " + e.getMessage(), e);
            }
            return e;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    static JobFailedException refusal(FakeJob job) {
        return failure(job, RenderLimits.DEFAULT, ErrorCategory.INVALID_INPUT);
    }

    static JobFailedException limit(FakeJob job) {
        return failure(job, RenderLimits.DEFAULT, ErrorCategory.LIMIT_EXCEEDED);
    }

    PDDocument pdf() throws IOException {
        return Loader.loadPDF(content);
    }

    String text() throws IOException {
        try (PDDocument pdf = pdf()) {
            PDFTextStripper stripper = new PDFTextStripper();
            stripper.setSortByPosition(true);
            return stripper.getText(pdf);
        }
    }

    String html() {
        return new String(content, StandardCharsets.UTF_8);
    }

    static List<PDFont> fonts(PDPage page) throws IOException {
        List<PDFont> fonts = new ArrayList<>();
        for (COSName name : page.getResources().getFontNames()) {
            fonts.add(page.getResources().getFont(name));
        }
        return fonts;
    }

    static List<PDImageXObject> images(PDPage page) throws IOException {
        List<PDImageXObject> images = new ArrayList<>();
        for (COSName name : page.getResources().getXObjectNames()) {
            PDXObject object = page.getResources().getXObject(name);
            if (object instanceof PDImageXObject image) {
                images.add(image);
            }
        }
        return images;
    }
}
