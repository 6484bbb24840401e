package io.plainsail.workers.document;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.worker.JobFailedException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each of these would take memory or time without end, or make a document that is not what was written. */
@Timeout(120)
class HostileInputTest {
    private static final String MANY = "{'a':[" + "0,".repeat(299) + "0]}";

    static Stream<Arguments> overABound() {
        return Stream.of(
                Arguments.of(
                        "expanded-bytes",
                        "8388608 bytes",
                        FakeJob.html("{{#a}}{{#a}}{{#a}}lol lol lol lol{{/a}}{{/a}}{{/a}}")
                                .data(MANY)),
                Arguments.of(
                        "section-rounds",
                        "1000000 times",
                        FakeJob.html("{{#a}}{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}{{/a}}")
                                .data(MANY)),
                Arguments.of(
                        "depth",
                        "too deep",
                        FakeJob.html("{{#a}}".repeat(100_000) + "x" + "{{/a}}".repeat(100_000))
                                .data("{'a':[1]}")),
                Arguments.of("depth", "deeper than 64", FakeJob.html("<div>".repeat(10_000) + "x")),
                Arguments.of("depth", "deeper than 64", FakeJob.html("<b><i>".repeat(5_000) + "<p>x".repeat(1_000))),
                Arguments.of("depth", "deeper than 64", FakeJob.markdown(">".repeat(10_000) + "x")),
                Arguments.of("depth", "deeper than 64", FakeJob.markdown("- ".repeat(5_000) + "x")),
                Arguments.of(
                        "elements", "60000", FakeJob.html(("<div>" + "<p>x</p>".repeat(99) + "</div>").repeat(1_001))),
                Arguments.of("elements", "60000", FakeJob.html("<b>".repeat(1_000_000))),
                Arguments.of("siblings", "20000", FakeJob.html("<br>".repeat(20_001))),
                Arguments.of("markdown-marks", "500000", FakeJob.markdown("[".repeat(3_900_000))),
                Arguments.of("markdown-marks", "500000", FakeJob.markdown("a\n".repeat(1_900_000))),
                Arguments.of(
                        "table-cells",
                        "too large",
                        FakeJob.markdown("|".repeat(20_000) + "\n" + "|-".repeat(20_000) + "|\n" + "|a\n".repeat(100))),
                Arguments.of(
                        "style-bytes", "65536", FakeJob.html("<style>" + "p{color:red}".repeat(6_000) + "</style>")),
                Arguments.of("word-length", "10000", FakeJob.markdown("a".repeat(1_000_000))),
                Arguments.of("word-length", "10000", FakeJob.html("<pre>" + "x".repeat(1_000_000) + "</pre>")),
                Arguments.of("pages", "2000", FakeJob.html("<div style='height:1000000000px'>x</div>")),
                Arguments.of("pages", "2000", FakeJob.html("<div style='margin-top:1000000in'>x</div>")),
                Arguments.of("pages", "2000", FakeJob.html("<div style='position:absolute;top:9999999px'>x</div>")),
                Arguments.of(
                        "pages",
                        "2000",
                        FakeJob.html("<style>@page{size:1px 1px;margin:0}</style>" + "<p>x y z</p>".repeat(999))),
                Arguments.of("pages", "2000", FakeJob.html("<p style='page-break-before:always'>x</p>".repeat(2_001))),
                Arguments.of("image-pixels", "40000000", image(Pictures.png(30_000, 30_000, new byte[10]))),
                Arguments.of("image-pixels", "40000000", twoOf25MillionPixels()));
    }

    @ParameterizedTest
    @MethodSource("overABound")
    void boundIsNamedWithItsValue(String code, String said, FakeJob job) {
        JobFailedException failure = Rendered.limit(job);
        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(code);
        assertThat(failure).hasMessageContaining(said);
    }

    static Stream<Arguments> wrong() {
        byte[] png = Pictures.bytes("png");
        return Stream.of(
                Arguments.of(
                        "image",
                        image("svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>".getBytes(StandardCharsets.UTF_8))),
                Arguments.of("image", image("bmp", Pictures.bytes("bmp"))),
                Arguments.of("image", image(Pictures.bytes("bmp"))),
                Arguments.of("image", image("no image".getBytes(StandardCharsets.UTF_8))),
                Arguments.of("image", image(Arrays.copyOf(png, 20))),
                Arguments.of("image", image(Arrays.copyOf(png, png.length - 20))),
                Arguments.of("image", image(Pictures.png(500, 500, new byte[3]))),
                Arguments.of("image", image("gif", Arrays.copyOf(Pictures.bytes("gif"), 30))),
                Arguments.of("image", FakeJob.html("<img src='data:image/png;base64,***'>")),
                Arguments.of("image", FakeJob.html("<img src='data:image/png,abc'>")),
                Arguments.of("image", FakeJob.html("<img alt=x>")),
                Arguments.of("image", FakeJob.html("<img src='data:application/pdf;base64,AAAA'>")),
                Arguments.of(
                        "image", FakeJob.html("<img src='data:image/png" + ";a".repeat(100_000) + ";base64,AAAA'>")),
                Arguments.of("layout", FakeJob.html("<p style='display:list-item'>x</p>")),
                Arguments.of("style", FakeJob.html("<style>p{columns:2}</style>")),
                Arguments.of("style", FakeJob.html("<p style='column-count:2'>x")),
                Arguments.of("style", FakeJob.html("<p style='width:expression(x)'>x")),
                Arguments.of("style", FakeJob.html("<style>:root{--a:var(--b)}</style>")),
                Arguments.of("style", FakeJob.html("<style>@keyframes x{}</style>")),
                Arguments.of("style", FakeJob.html("<style>td{-fs-table-cell-colspan:99999999}</style>")),
                Arguments.of("style", FakeJob.html("<style>@page{margin:500in}</style><p>x")),
                Arguments.of("style", FakeJob.html("<style>@page{margin:148.5mm 0}</style><p>x")));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void wrongInputIsRefusedWithItsCode(String code, FakeJob job) {
        JobFailedException failure = Rendered.refusal(job);
        assertThat(failure.code()).as(failure.getMessage()).isEqualTo(code);
    }

    @Test
    void classNamesMayBeWordsThatPropertiesAreRefusedFor() {
        assertThat(Rendered.of(FakeJob.html(
                                "<style>.columns:first-child,#columns{color:red}</style><p class=columns>x"))
                        .content())
                .isNotEmpty();
    }

    @Test
    void textInAPngThatInflatesToAGigabyteIsLeftOut() {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.writeBytes("Comment\0\0".getBytes(StandardCharsets.ISO_8859_1));
        text.writeBytes(Pictures.deflated(new byte[200_000_000]));
        byte[] bomb = Pictures.pngWith("zTXt", text.toByteArray());
        assertThat(bomb).hasSizeGreaterThan(100_000);
        assertThat(Rendered.of(image(bomb)).content()).hasSizeLessThan(50_000);
        assertThat(Rendered.of(image(bomb).with("output", "html")).content()).hasSizeLessThan(50_000);
    }

    @Test
    void layoutsThatDoubleWithEachNestedBoxEnd() {
        for (String open : new String[] {
            "<div style='display:inline-block'>",
            "<div style='float:left'>",
            "<div style='position:absolute'>",
            "<div style='page-break-inside:avoid'>",
            "<div style='display:inline-table'>"
        }) {
            Rendered.of(FakeJob.html(open.repeat(58) + "x"));
        }
        Rendered.of(FakeJob.html("<table><tr><td>a</td><td>".repeat(14) + "x"));
    }

    @Test
    void documentJustUnderItsDepthIsLaidOutOnASmallStack() throws InterruptedException {
        Throwable[] thrown = {null};
        Thread thread = new Thread(
                null,
                () -> Rendered.of(FakeJob.html("<span>".repeat(30) + "<div>".repeat(31) + "x")),
                "small-stack",
                512 * 1024);
        thread.setUncaughtExceptionHandler((t, e) -> thrown[0] = e);
        thread.start();
        thread.join();
        assertThat(thrown[0]).isNull();
    }

    @Test
    void outputLargerThanTheBoundIsRefused() throws Exception {
        SafeDocument document =
                new HtmlSanitizer(RenderLimits.DEFAULT).sanitize("<p>x</p>", java.util.Optional.empty(), line -> {});
        RenderRequest request = RenderRequest.of(FakeJob.html("x").input());
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> new PdfPrinter(RenderLimits.DEFAULT, 1_000).print(document, request, line -> {}))
                .isInstanceOfSatisfying(RenderStoppedException.class, e -> assertThat(e.reason())
                        .hasMessageContaining("more than 1000 bytes"));
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> HtmlPage.render(document, request, 1_000))
                .isInstanceOfSatisfying(
                        JobFailedException.class, e -> assertThat(e.code()).isEqualTo("output-bytes"));
    }

    private static FakeJob twoOf25MillionPixels() {
        byte[] rows = new byte[5_000 * (1 + 3 * 5_000)];
        String first = Pictures.data("png", Pictures.png(5_000, 5_000, rows));
        rows[1] = 1;
        return FakeJob.html(
                "<img src='" + first + "'><img src='" + Pictures.data("png", Pictures.png(5_000, 5_000, rows)) + "'>");
    }

    private static FakeJob image(byte[] content) {
        return image("png", content);
    }

    private static FakeJob image(String format, byte[] content) {
        return FakeJob.html("<img src='" + Pictures.data(format, content) + "'>");
    }
}
