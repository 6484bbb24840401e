package io.plainsail.workers.document;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Optional;

/**
 * A job's input, with its defaults filled in.
 *
 * @param template Mustache over Markdown or HTML
 * @param markdown whether the template's text is Markdown, else HTML
 * @param data an object
 * @param pdf whether to deliver a PDF, else an HTML page
 * @param pageSize a page size name of CSS
 * @param landscape the longer side is the width
 * @param title of the document, if the caller names one
 */
record RenderRequest(
        String template,
        boolean markdown,
        JsonNode data,
        boolean pdf,
        String pageSize,
        boolean landscape,
        Optional<String> title) {

    /** Reads an input that meets the contract's schema. */
    static RenderRequest of(JsonNode input) {
        return new RenderRequest(
                input.path("template").asText(),
                input.path("templateFormat").asText().equals("markdown"),
                input.has("data") ? input.path("data") : JsonNodeFactory.instance.objectNode(),
                input.path("output").asText("pdf").equals("pdf"),
                input.path("pageSize").asText("A4"),
                input.path("landscape").asBoolean(false),
                Optional.ofNullable(input.get("title")).map(JsonNode::textValue));
    }
}
