package io.plainsail.workers.document;

import io.plainsail.worker.JobFailedException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;

/**
 * Writes a document without markup, for mails and terminals: blocks with a blank line between them, lists with their
 * marks, tables as columns, links with their address behind, images as what stands in for them. Lines are as long as they
 * are; styles do nothing.
 */
final class PlainText {
    static final String MEDIA_TYPE = "text/plain; charset=utf-8";

    private static final Set<String> BLOCKS = Set.of(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "caption",
            "center",
            "dd",
            "details",
            "div",
            "dl",
            "dt",
            "figcaption",
            "figure",
            "footer",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "nav",
            "ol",
            "p",
            "pre",
            "section",
            "summary",
            "table",
            "ul");
    private static final Pattern BLANKS = Pattern.compile("[ \\t\\r\\n\\f]+");
    private static final String RULE = "-".repeat(40);

    private final long maxBytes;
    private long bytes;

    private PlainText(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * @return UTF-8, with a newline at the end
     * @throws JobFailedException if the text is larger than {@code maxBytes}
     */
    static byte[] of(SafeDocument document, long maxBytes) throws JobFailedException {
        List<String> lines = new PlainText(maxBytes).lines(document.html().body());
        return (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /** A block's lines; blocks in it are set apart by a blank line, those of a list are not. */
    private List<String> lines(Element block) throws JobFailedException {
        RenderStoppedException.ifInterrupted();
        List<String> lines = new ArrayList<>();
        StringBuilder running = new StringBuilder();
        boolean close = block.normalName().equals("ul") || block.normalName().equals("ol");
        int number = start(block);
        for (Node child : block.childNodes()) {
            if (child instanceof Element element && isBlock(element)) {
                add(lines, paragraph(running), close);
                running.setLength(0);
                String mark = "";
                if (element.normalName().equals("li")) {
                    mark = block.normalName().equals("ol") ? number++ + ". " : "- ";
                }
                add(lines, marked(mark, lines(element.normalName(), element)), close);
            } else {
                inline(child, running);
            }
        }
        add(lines, paragraph(running), close);
        return lines;
    }

    private List<String> lines(String name, Element block) throws JobFailedException {
        return switch (name) {
            case "pre" -> counted(block.wholeText().stripTrailing().lines().toList());
            case "hr" -> counted(List.of(RULE));
            case "table" -> table(block);
            case "blockquote" -> prefixed("> ", "> ", lines(block));
            case "dd" -> prefixed("    ", "    ", lines(block));
            case "h1" -> underlined('=', lines(block));
            case "h2" -> underlined('-', lines(block));
            default -> lines(block);
        };
    }

    private static int start(Element list) {
        try {
            return Integer.parseInt(list.attr("start"));
        } catch (NumberFormatException e) {
            return 1;
        }
    }

    /** Text that runs on, as in a paragraph. */
    private void inline(Node node, StringBuilder into) throws JobFailedException {
        if (node instanceof TextNode text) {
            into.append(BLANKS.matcher(text.getWholeText()).replaceAll(" "));
            return;
        }
        if (!(node instanceof Element element)) {
            return;
        }
        switch (element.normalName()) {
            case "br" -> into.append('\n');
            case "img" -> into.append(element.attr("alt").isBlank() ? "" : "[" + element.attr("alt") + "]");
            case "style", "title" -> {
                // Not part of the text.
            }
            default -> {
                for (Node child : element.childNodes()) {
                    if (child instanceof Element inner && isBlock(inner)) {
                        into.append('\n')
                                .append(String.join("\n", lines(inner.normalName(), inner)))
                                .append('\n');
                    } else {
                        inline(child, into);
                    }
                }
                String to = element.attr("href");
                if (element.normalName().equals("a")
                        && !to.isEmpty()
                        && !to.startsWith("#")
                        && !to.equals(element.text())) {
                    into.append(" (").append(to).append(')');
                }
            }
        }
    }

    private List<String> paragraph(StringBuilder running) throws JobFailedException {
        return counted(running.toString()
                .lines()
                .map(line -> line.strip().replaceAll(" {2,}", " "))
                .dropWhile(String::isEmpty)
                .toList());
    }

    private List<String> table(Element table) throws JobFailedException {
        List<List<String>> rows = new ArrayList<>();
        List<Integer> widths = new ArrayList<>();
        int head = 0;
        for (Element row : table.select("tr")) {
            if (row.closest("table") != table) {
                continue;
            }
            List<String> cells = new ArrayList<>();
            for (Element cell : row.children()) {
                String text = BLANKS.matcher(String.join(" ", lines(cell)))
                        .replaceAll(" ")
                        .strip();
                int column = cells.size();
                cells.add(text);
                if (column == widths.size()) {
                    widths.add(0);
                }
                widths.set(column, Math.max(widths.get(column), length(text)));
            }
            if (row.parent() != null && row.parent().normalName().equals("thead")) {
                head = rows.size() + 1;
            }
            rows.add(cells);
        }
        List<String> lines = new ArrayList<>();
        Element caption = table.selectFirst("> caption");
        if (caption != null) {
            lines.addAll(lines(caption));
        }
        for (int i = 0; i < rows.size(); i++) {
            lines.add(row(rows.get(i), widths));
            if (i + 1 == head) {
                check(widths.stream().mapToLong(width -> width + 2L).sum());
                lines.add(String.join(
                        "  ", widths.stream().map(width -> "-".repeat(width)).toList()));
            }
        }
        return lines;
    }

    private String row(List<String> cells, List<Integer> widths) throws JobFailedException {
        long length = 0;
        for (int i = 0; i < cells.size(); i++) {
            length += cells.get(i).length() + 2L + (i + 1 < cells.size() ? widths.get(i) - length(cells.get(i)) : 0);
        }
        check(length);
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            line.append(i == 0 ? "" : "  ").append(cells.get(i));
            if (i + 1 < cells.size()) {
                line.append(" ".repeat(widths.get(i) - length(cells.get(i))));
            }
        }
        return line.toString().stripTrailing();
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    private static boolean isBlock(Element element) {
        return BLOCKS.contains(element.normalName());
    }

    private static void add(List<String> lines, List<String> more, boolean close) {
        if (more.isEmpty()) {
            return;
        }
        if (!lines.isEmpty() && !close) {
            lines.add("");
        }
        lines.addAll(more);
    }

    private List<String> marked(String mark, List<String> lines) throws JobFailedException {
        return mark.isEmpty() ? lines : prefixed(mark, " ".repeat(mark.length()), lines);
    }

    private List<String> prefixed(String first, String others, List<String> lines) throws JobFailedException {
        check((long) lines.size() * others.length());
        List<String> prefixed = new ArrayList<>(lines.size());
        for (String line : lines) {
            prefixed.add(((prefixed.isEmpty() ? first : others) + line).stripTrailing());
        }
        return prefixed;
    }

    private List<String> underlined(char with, List<String> lines) throws JobFailedException {
        List<String> underlined = new ArrayList<>(lines);
        int longest = lines.stream().mapToInt(PlainText::length).max().orElse(0);
        if (longest > 0) {
            check(longest);
            underlined.add(Character.toString(with).repeat(longest));
        }
        return underlined;
    }

    private List<String> counted(List<String> lines) throws JobFailedException {
        long more = 0;
        for (String line : lines) {
            more += line.length() + 1L;
        }
        check(more);
        return lines;
    }

    /** So much more text is made; prefixes and blanks count each time, so what is counted is never too little. */
    private void check(long more) throws JobFailedException {
        bytes += more;
        if (bytes > maxBytes) {
            throw Refusal.limit("output-bytes", "the text has more than " + maxBytes + " bytes");
        }
    }
}
