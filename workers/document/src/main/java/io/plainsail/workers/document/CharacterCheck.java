package io.plainsail.workers.document;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.worker.JobFailedException;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.jsoup.nodes.Attribute;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.TextNode;

/**
 * Refuses characters that would come out as something else: controls, halves of surrogate pairs and noncharacters
 * anywhere, and for a PDF those that no font has or whose script is not written from left to right.
 */
final class CharacterCheck {
    private final RenderRequest request;

    CharacterCheck(RenderRequest request) {
        this.request = request;
    }

    /**
     * Looks at template, data, title, header and footer as they came.
     *
     * @throws JobFailedException {@code unsupported-character}, naming the character and the place
     */
    void requirePlainInput() throws JobFailedException {
        Optional<Found> found = find(CharacterCheck::isNoText);
        if (found.isPresent()) {
            throw refused(found.get(), "is no text: remove it");
        }
    }

    /**
     * Looks at the finished document. For a PDF its text is brought into the composed form (NFC), in which most accented
     * letters are one character that fonts have.
     *
     * @param pdf whether every character needs a glyph
     * @throws JobFailedException {@code unsupported-character}, naming the character and the place
     */
    void requirePrintable(SafeDocument document, boolean pdf) throws JobFailedException {
        boolean anyCase = document.styles().changesCase();
        boolean attributes = document.styles().printsAttributes();
        check(document.title(), pdf, false, "the title");
        check(request.header().orElse(""), pdf, false, "the header");
        check(request.footer().orElse(""), pdf, false, "the footer");
        check(document.styles().printed(), pdf, anyCase, "a style sheet");
        for (Element element : document.html().body().getAllElements()) {
            for (TextNode text : element.textNodes()) {
                String written = text.getWholeText();
                String printed = pdf ? Normalizer.normalize(written, Normalizer.Form.NFC) : written;
                text.text(printed);
                check(printed, pdf, anyCase, element.normalName());
            }
            if (attributes) {
                for (Attribute attribute : element.attributes()) {
                    check(attribute.getValue(), pdf, anyCase, element.normalName() + " " + attribute.getKey());
                }
            }
        }
    }

    private void check(String text, boolean pdf, boolean anyCase, String where) throws JobFailedException {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (c < 0x20 || c > 0x7e) {
                if (isNoText(c)) {
                    throw refused(origin(c, where, text, i), "is no text: remove it");
                }
                if (pdf && isRightToLeft(c)) {
                    throw refused(
                            origin(c, where, text, i), "is written from right to left, which a PDF cannot be yet");
                }
                if (pdf && !(canPrint(c) && (!anyCase || inBothCases(c)))) {
                    throw refused(origin(c, where, text, i), "is in none of the fonts");
                }
            }
            i += Character.charCount(c);
        }
    }

    private static boolean canPrint(int c) {
        return Character.isWhitespace(c)
                || Character.isSpaceChar(c)
                || Character.getType(c) == Character.FORMAT
                || DocumentFonts.cover(c);
    }

    private static boolean inBothCases(int c) {
        String text = Character.toString(c);
        return text.toUpperCase(Locale.ROOT).codePoints().allMatch(CharacterCheck::canPrint)
                && text.toLowerCase(Locale.ROOT).codePoints().allMatch(CharacterCheck::canPrint);
    }

    private static boolean isRightToLeft(int c) {
        byte direction = Character.getDirectionality(c);
        return direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT
                || direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC
                || direction == Character.DIRECTIONALITY_ARABIC_NUMBER;
    }

    private static boolean isNoText(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL -> c != '\n' && c != '\r' && c != '\t';
            case Character.SURROGATE -> true;
            default -> (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
        };
    }

    /**
     * @param codePoint the character
     * @param where for people
     */
    private record Found(int codePoint, String where) {}

    private static JobFailedException refused(Found found, String why) {
        String name = Character.getName(found.codePoint());
        return Refusal.of(
                Refusal.UNSUPPORTED_CHARACTER,
                Refusal.codePoint(found.codePoint()) + (name == null ? "" : " (" + name + ")") + " in " + found.where()
                        + " " + why);
    }

    /** Where a character of the document came from: the place in the input if it stands there as such. */
    private Found origin(int codePoint, String element, String text, int at) {
        return find(c -> c == codePoint)
                .orElseGet(() -> new Found(
                        codePoint,
                        element + " near "
                                + Refusal.quoted(text.substring(Math.max(0, at - 20), Math.min(text.length(), at + 20))
                                        .strip())));
    }

    private Optional<Found> find(IntPredicate wanted) {
        return inTemplate(wanted)
                .or(() -> inData(request.data(), "/data", wanted))
                .or(() -> in(request.title().orElse(""), wanted).map(c -> new Found(c, "/title")))
                .or(() -> in(request.header().orElse(""), wanted).map(c -> new Found(c, "/header")))
                .or(() -> in(request.footer().orElse(""), wanted).map(c -> new Found(c, "/footer")));
    }

    private Optional<Found> inTemplate(IntPredicate wanted) {
        String template = request.template();
        int line = 1;
        for (int i = 0; i < template.length(); ) {
            int c = template.codePointAt(i);
            if (wanted.test(c)) {
                return Optional.of(new Found(c, "template line " + line));
            }
            if (c == '\n') {
                line++;
            }
            i += Character.charCount(c);
        }
        return Optional.empty();
    }

    private static Optional<Found> inData(JsonNode node, String pointer, IntPredicate wanted) {
        if (node.isTextual()) {
            return in(node.textValue(), wanted).map(c -> new Found(c, pointer));
        }
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            Optional<Found> found = inData(node.path(i), pointer + "/" + i, wanted);
            if (found.isPresent()) {
                return found;
            }
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            Optional<Found> found = inData(
                    field.getValue(),
                    pointer + "/" + field.getKey().replace("~", "~0").replace("/", "~1"),
                    wanted);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private static Optional<Integer> in(String text, IntPredicate wanted) {
        return text.codePoints().filter(wanted).boxed().findFirst();
    }
}
