package io.plainsail.workers.document;

import static java.util.Objects.requireNonNull;

import io.plainsail.worker.JobFailedException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;

/** Documents at the edge of one bound or of several, run by hand to see what each needs; README.md has the command. */
final class LargestDocuments {
    /** Nearly 40 million pixels. */
    private static final int SIDE = 6_300;

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
        ALL.put("rgb", () -> FakeJob.html(image(BufferedImage.TYPE_INT_RGB, "png", SIDE)));
        ALL.put("alpha", () -> FakeJob.html(image(BufferedImage.TYPE_INT_ARGB, "png", SIDE)));
        ALL.put("jpeg", () -> FakeJob.html(image(BufferedImage.TYPE_INT_RGB, "jpeg", SIDE)));
        ALL.put("gif", () -> FakeJob.html(image(BufferedImage.TYPE_BYTE_INDEXED, "gif", SIDE)));
        ALL.put("markdown", () -> FakeJob.markdown("*a* [b] ".repeat(480_000)));
        ALL.put("brackets", () -> FakeJob.markdown("[".repeat(3_900_000)));
        ALL.put("tags", () -> FakeJob.html("{{#n}}{{#n}}<b>{{/n}}{{/n}}").data("{'n':[" + "0,".repeat(899) + "0]}"));
        ALL.put(
                "narrow",
                () -> FakeJob.html(
                        "<style>p{width:1px;font-size:1px}</style>" + "<p>a b c d e f g h</p>".repeat(3_900)));
        ALL.put(
                "mixed",
                () -> FakeJob.html("<table>" + row("x").repeat(5_000) + "</table>"
                        + image(BufferedImage.TYPE_INT_RGB, "png", SIDE)));
        ALL.put(
                "cells",
                () -> FakeJob.markdown("|".repeat(1_000) + "\n" + "|-".repeat(1_000) + "|\n" + "|a\n".repeat(990)));
        ALL.put("data", () -> FakeJob.html("x").data("{'a':[" + "[],".repeat(1_390_000) + "0]}"));
        ALL.put("html", () -> FakeJob.html(("<div>" + row("x").repeat(990) + "</div>").repeat(10))
                .with("output", "html"));
    }

    private LargestDocuments() {}

    static FakeJob named(String name) {
        return requireNonNull(ALL.get(name)).get();
    }

    static String row(String cell) {
        return "<tr>" + ("<td>" + cell + "</td>").repeat(5) + "</tr>";
    }

    private static String words(int length) {
        return "Lorem ipsum dolor sit amet ".repeat(length / 27 + 1).substring(0, length);
    }

    static String image(int type, String format, int side) {
        BufferedImage image = new BufferedImage(side, side, type);
        for (int y = 0; y < image.getHeight(); y += 50) {
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
        return "<img src='" + Pictures.data(format, out.toByteArray()) + "'>";
    }

    /** Lets Linux count anew: what made the document is not what renders it. */
    private static void forgetMostMemory() throws IOException {
        System.gc();
        Files.writeString(Path.of("/proc/self/clear_refs"), "5");
    }

    /** What Linux counted as this process's, at most. */
    private static String mostMemory() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM"))
                .collect(Collectors.joining());
    }

    public static void main(String[] names) throws IOException {
        DocumentRenderHandler handler = new DocumentRenderHandler(Rendered.CONTRACT);
        for (String name : names.length == 0 ? ALL.keySet().toArray(new String[0]) : names) {
            FakeJob job = named(name);
            forgetMostMemory();
            long start = System.nanoTime();
            String how;
            try {
                how = "rendered " + handler.handle(job).output();
            } catch (JobFailedException e) {
                how = e.category() + " " + e.code() + ": " + e.getMessage();
            } catch (InterruptedException e) {
                how = e.toString();
            }
            System.out.printf(
                    "%s: %s, %d ms, CPU of the process %s, %s%n",
                    name,
                    how,
                    (System.nanoTime() - start) / 1_000_000,
                    ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO),
                    mostMemory());
        }
    }
}
