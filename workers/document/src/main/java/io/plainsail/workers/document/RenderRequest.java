package io.plainsail.workers.document;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Locale;
import java.util.Optional;

/**
 * A job's input, with its defaults filled in.
 *
 * @param template Mustache over Markdown or HTML
 * @param markdown whether the template's text is Markdown, else HTML
 * @param data an object
 * @param output what to deliver
 * @param pageSize a page size name of CSS
 * @param landscape the longer side is the width
 * @param title of the document, if the caller names one
 * @param header at the top of each page of a PDF; {@code {page}} and {@code {pages}} count
 * @param footer at the bottom, in place of the count that stands there otherwise
 */
record RenderRequest(
        String template,
        boolean markdown,
        JsonNode data,
        Output output,
        String pageSize,
        boolean landscape,
        Optional<String> title,
        Optional<String> header,
        Optional<String> footer) {

    /** What a document can be delivered as. */
    enum Output {
        PDF,
        HTML,
        TEXT
    }

    boolean pdf() {
        return output == Output.PDF;
    }

    /** Reads an input that meets the contract's schema. */
    static RenderRequest of(JsonNode input) {
        return new RenderRequest(
                input.path("template").asText(),
                input.path("templateFormat").asText().equals("markdown"),
                input.has("data") ? input.path("data") : JsonNodeFactory.instance.objectNode(),
                Output.valueOf(input.path("output").asText("pdf").toUpperCase(Locale.ROOT)),
                input.path("pageSize").asText("A4"),
                input.path("landscape").asBoolean(false),
                text(input, "title"),
                text(input, "header"),
                text(input, "footer"));
    }

    private static Optional<String> text(JsonNode input, String field) {
        return Optional.ofNullable(input.get(field)).map(JsonNode::textValue);
    }
}
