package io.plainsail.workers.document;

import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;

/** The codes this worker fails with, and how its messages are cut to size. */
final class Refusal {
    /** The template is not well-formed, or uses a name that the data does not hold. */
    static final String TEMPLATE = "template";
    /** A character that cannot stand in a document, or that no font has. */
    static final String UNSUPPORTED_CHARACTER = "unsupported-character";
    /** Something that would have to be fetched. */
    static final String EXTERNAL_RESOURCE = "external-resource";
    /** A data URI that is no image of a supported kind. */
    static final String IMAGE = "image";
    /** A style rule that is not supported. */
    static final String STYLE = "style";

    /** Styles that the renderer cannot lay out. */
    static final String LAYOUT = "layout";

    private static final int QUOTED = 120;

    private Refusal() {}

    static JobFailedException of(String code, String message) {
        return new JobFailedException(ErrorCategory.INVALID_INPUT, code, message);
    }

    /** {@code limit-exceeded}; the code names the bound, the message the bound and the value. */
    static JobFailedException limit(String bound, String message) {
        return new JobFailedException(ErrorCategory.LIMIT_EXCEEDED, bound, message);
    }

    /** The heap has no room for the document, which took most of it. */
    static JobFailedException memory() {
        long heap = Runtime.getRuntime().maxMemory() >> 20;
        return limit("memory", "the document takes more memory than the worker has, a heap of " + heap + " MiB");
    }

    /** Text of the caller's for a message: one line, cut, control characters shown as code points. */
    static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        text.codePoints().limit(QUOTED).forEach(c -> {
            if (Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE) {
                out.append(c == '\n' ? " " : codePoint(c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.append(text.codePointCount(0, text.length()) > QUOTED ? "…\"" : "\"")
                .toString();
    }

    /** {@code U+00E9}. */
    static String codePoint(int c) {
        return String.format("U+%04X", c);
    }
}
