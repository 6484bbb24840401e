package io.plainsail.workers.document;

import static java.util.Objects.requireNonNull;

import io.plainsail.worker.JobFailedException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import javax.imageio.ImageIO;

/**
 * Documents at the edge of one bound or of several, run by hand to see what heap each needs:
 *
 * <pre>{@code
 * java -Xmx512m -XX:+UseSerialGC -Xss512k -cp … io.plainsail.workers.document.LargestDocuments [NAME…]
 * }</pre>
 */
final class LargestDocuments {
    private static final Map<String, Supplier<FakeJob>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("letter", () -> FakeJob.markdown("# Dear {{name}}").data("{'name':'Ada'}"));
        ALL.put("table", () -> FakeJob.html("<table>" + row("x").repeat(9_900) + "</table>"));
        ALL.put("long-table", () -> FakeJob.html("<table>" + row("{{t}}").repeat(9_900) + "</table>")
                .data("{'t':'" + words(140) + "'}"));
        ALL.put("paragraphs", () -> FakeJob.html(("<div>" + "<p>a b</p>".repeat(19_000) + "</div>").repeat(3)));
        ALL.put("text", () -> FakeJob.html("{{#n}}<p>{{t}}</p>{{/n}}")
                .data("{'t':'" + words(40_000) + "','n':[" + "0,".repeat(199) + "0]}"));
        ALL.put(
                "styled",
                () -> FakeJob.html(("<div>"
                                + "<p style='color:red;padding:1px'>a <b style='display:inline-block'>b</b></p>"
                                        .repeat(14_000)
                                + "</div>")
                        .repeat(2)));
        ALL.put("pages", () -> FakeJob.html("<p style='page-break-before:always'>x</p>".repeat(1_999))
                .with("header", "{page}"));
        ALL.put("rgb", () -> image(BufferedImage.TYPE_INT_RGB, "png"));
        ALL.put("alpha", () -> image(BufferedImage.TYPE_INT_ARGB, "png"));
        ALL.put("jpeg", () -> image(BufferedImage.TYPE_INT_RGB, "jpeg"));
        ALL.put("gif", () -> image(BufferedImage.TYPE_BYTE_INDEXED, "gif"));
        ALL.put("markdown", () -> FakeJob.markdown("*a* [b] ".repeat(480_000)));
        ALL.put("brackets", () -> FakeJob.markdown("[".repeat(3_900_000)));
        ALL.put("tags", () -> FakeJob.html("{{#n}}{{#n}}<b>{{/n}}{{/n}}").data("{'n':[" + "0,".repeat(899) + "0]}"));
        ALL.put(
                "cells",
                () -> FakeJob.markdown("|".repeat(1_000) + "\n" + "|-".repeat(1_000) + "|\n" + "|a\n".repeat(990)));
        ALL.put("data", () -> FakeJob.html("x").data("{'a':[" + "[],".repeat(1_390_000) + "0]}"));
        ALL.put("html", () -> FakeJob.html(("<div>" + row("x").repeat(990) + "</div>").repeat(10))
                .with("output", "html"));
    }

    private LargestDocuments() {}

    private static String row(String cell) {
        return "<tr>" + ("<td>" + cell + "</td>").repeat(5) + "</tr>";
    }

    private static String words(int length) {
        return "Lorem ipsum dolor sit amet ".repeat(length / 27 + 1).substring(0, length);
    }

    private static FakeJob image(int type, String format) {
        BufferedImage image = new BufferedImage(6_300, 6_300, type);
        for (int y = 0; y < image.getHeight(); y += 7) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, 0xff000000 + x * y);
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.setUseCache(false);
            ImageIO.write(image, format, out);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return FakeJob.html("<img src='" + Pictures.data(format, out.toByteArray()) + "'>");
    }

    public static void main(String[] names) {
        DocumentRenderHandler handler = new DocumentRenderHandler(Rendered.CONTRACT);
        for (String name : names.length == 0 ? ALL.keySet().toArray(new String[0]) : names) {
            FakeJob job = requireNonNull(ALL.get(name)).get();
            long start = System.nanoTime();
            String how;
            try {
                how = "rendered " + handler.handle(job).output();
            } catch (JobFailedException e) {
                how = e.category() + " " + e.code() + ": " + e.getMessage();
            } catch (InterruptedException e) {
                how = e.toString();
            }
            System.out.println(name + ": " + how + ", " + (System.nanoTime() - start) / 1_000_000 + " ms");
        }
    }
}
