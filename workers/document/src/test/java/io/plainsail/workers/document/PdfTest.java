package io.plainsail.workers.document;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.font.PDFont;
import org.apache.pdfbox.pdmodel.graphics.image.PDImageXObject;
import org.apache.pdfbox.pdmodel.interactive.action.PDActionURI;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAnnotation;
import org.apache.pdfbox.pdmodel.interactive.annotation.PDAnnotationLink;
import org.apache.pdfbox.text.PDFTextStripper;
import org.apache.pdfbox.text.TextPosition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PdfTest {
    private static final String ALL_KINDS = """
            # Übersicht

            Some *slanted*, some **heavy**, some ***both*** and `code`.

            1. first
            2. second
               - inner

            > quoted

            | Name | Amount |
            |:-----|-------:|
            | Łódź | 12 |
            | Αθήνα | 3 |

                indented code

            Привет, Ελλάδα, Türkçe, čeština, 5 ≤ 6 → done ✓

            <p style="font-family: serif">Serif <b>heavy</b> <i>slanted</i></p>
            """;

    @Test
    void headingsListsTablesAndCodeArePrinted() throws IOException {
        Rendered rendered = Rendered.of(FakeJob.markdown(ALL_KINDS));
        assertThat(rendered.mediaType()).isEqualTo("application/pdf");
        assertThat(rendered.text())
                .contains("Übersicht", "Some slanted, some heavy, some both and code.")
                .containsPattern("1\\.\\s*first")
                .containsPattern("2\\.\\s*second")
                .contains("inner", "quoted", "Łódź 12", "Αθήνα 3", "indented code")
                .contains("Привет, Ελλάδα, Türkçe, čeština, 5 ≤ 6 → done ✓", "Serif heavy slanted")
                .contains("page 1 of 1");
        assertThat(rendered.output().path("pages").asInt()).isEqualTo(1);
        assertThat(rendered.output().path("bytes").asInt()).isEqualTo(rendered.content().length);
    }

    @Test
    void everyFontOnEveryPageIsEmbeddedAndASubset() throws IOException {
        Rendered rendered = Rendered.of(FakeJob.markdown(ALL_KINDS + "\n<p style='page-break-before:always'>two</p>"));
        TreeSet<String> names = new TreeSet<>();
        try (PDDocument pdf = rendered.pdf()) {
            assertThat(pdf.getNumberOfPages()).isEqualTo(2);
            for (PDPage page : pdf.getPages()) {
                List<PDFont> fonts = Rendered.fonts(page);
                assertThat(fonts).isNotEmpty().allSatisfy(font -> {
                    assertThat(font.isEmbedded()).as(font.getName()).isTrue();
                    assertThat(font.getName()).matches("[A-Z]{6}\\+.*");
                    names.add(font.getName().substring(7));
                });
            }
        }
        assertThat(names)
                .contains(
                        "LiberationSans",
                        "LiberationSans-Bold",
                        "LiberationSans-Italic",
                        "LiberationSans-BoldItalic",
                        "LiberationMono",
                        "LiberationSerif",
                        "LiberationSerif-Bold",
                        "LiberationSerif-Italic",
                        "DejaVuSans");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Comic Sans MS", "cursive", "Helvetica", "Times New Roman", "Symbol", "ZapfDingbats"})
    void fontsThatAreNotThereAreReplacedByEmbeddedOnes(String family) throws IOException {
        Rendered rendered = Rendered.of(FakeJob.html("<p style=\"font-family:'" + family + "'\">abc é</p>"));
        assertThat(rendered.text()).contains("abc é");
        try (PDDocument pdf = rendered.pdf()) {
            assertThat(Rendered.fonts(pdf.getPage(0))).allMatch(PDFont::isEmbedded);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpeg", "gif"})
    void imagesInDataUrisAreReallyInThePdf(String format) throws IOException {
        Rendered rendered = Rendered.of(FakeJob.html("<img src='{{logo}}' alt=logo width=60>")
                .data("{'logo':'" + Pictures.data(format) + "'}"));
        try (PDDocument pdf = rendered.pdf()) {
            List<PDImageXObject> images = Rendered.images(pdf.getPage(0));
            assertThat(images).hasSize(1);
            assertThat(images.get(0).getWidth()).isEqualTo(12);
            assertThat(images.get(0).getHeight()).isEqualTo(8);
            int blue = images.get(0).getImage().getRGB(6, 4) & 0xffffff;
            assertThat(blue & 0xff).isBetween(0xa5, 0xb5);
            assertThat(blue >> 16).isBetween(0, 0x16);
        }
    }

    @Test
    void imageInMarkdownIsPrintedAndTheSameImageIsEmbeddedOnce() throws IOException {
        Rendered rendered = Rendered.of(
                FakeJob.markdown("![one]({{logo}}) ![two]({{logo}})").data("{'logo':'" + Pictures.data("png") + "'}"));
        try (PDDocument pdf = rendered.pdf()) {
            assertThat(Rendered.images(pdf.getPage(0)).stream()
                            .map(PDImageXObject::getCOSObject)
                            .collect(Collectors.toSet()))
                    .hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "A3,false,842,1191",
        "A4,false,595,842",
        "A4,true,842,595",
        "A5,false,420,595",
        "Letter,false,612,792",
        "Letter,true,792,612",
        "Legal,false,612,1008"
    })
    void pageHasTheSizeAndOrientationAskedFor(String size, boolean landscape, float width, float height)
            throws IOException {
        Rendered rendered =
                Rendered.of(FakeJob.markdown("x").with("pageSize", size).with("landscape", landscape));
        try (PDDocument pdf = rendered.pdf()) {
            assertThat(pdf.getPage(0).getMediaBox().getWidth()).isCloseTo(width, within());
            assertThat(pdf.getPage(0).getMediaBox().getHeight()).isCloseTo(height, within());
        }
    }

    @Test
    void titleIsTheCallersElseTheTemplatesElseTheFirstHeading() throws IOException {
        assertThat(title(FakeJob.html("<title>Own</title><h1>Head</h1>").with("title", "Caller’s ✓ Łódź")))
                .isEqualTo("Caller’s ✓ Łódź");
        assertThat(title(FakeJob.html("<title>Own {{a}}</title><h1>Head</h1>").data("{'a':'&'}")))
                .isEqualTo("Own &");
        assertThat(title(FakeJob.markdown("text\n\n## Head *line*"))).isEqualTo("Head line");
        assertThat(title(FakeJob.markdown("text"))).isEqualTo("Document");
    }

    @Test
    void pdfIsTaggedAndSaysItsLanguage() throws IOException {
        try (PDDocument pdf =
                Rendered.of(FakeJob.html("<html lang='fr'><p>oui</p></html>")).pdf()) {
            assertThat(pdf.getDocumentCatalog().getLanguage()).isEqualTo("fr");
            assertThat(pdf.getDocumentCatalog().getStructureTreeRoot()).isNotNull();
        }
        try (PDDocument pdf = Rendered.of(FakeJob.markdown("x")).pdf()) {
            assertThat(pdf.getDocumentCatalog().getLanguage()).isEqualTo("und");
        }
    }

    @Test
    void headerRowIsRepeatedAndPagesAreCounted() throws IOException {
        Rendered rendered =
                Rendered.of(FakeJob.markdown("| Header cell | B |\n|--|--|\n" + "| row | x |\n".repeat(120)));
        int pages = rendered.output().path("pages").asInt();
        assertThat(pages).isGreaterThan(2);
        try (PDDocument pdf = rendered.pdf()) {
            for (int page = 1; page <= pages; page++) {
                PDFTextStripper stripper = new PDFTextStripper();
                stripper.setStartPage(page);
                stripper.setEndPage(page);
                assertThat(stripper.getText(pdf)).contains("Header cell", "page " + page + " of " + pages);
            }
        }
    }

    @Test
    void webLinksAreKept() throws IOException {
        Rendered rendered = Rendered.of(FakeJob.markdown("[site](https://example.com/a?b=c)"));
        try (PDDocument pdf = rendered.pdf()) {
            List<PDAnnotation> links = pdf.getPage(0).getAnnotations();
            assertThat(links).hasSize(1);
            PDActionURI action = (PDActionURI) ((PDAnnotationLink) links.get(0)).getAction();
            assertThat(action.getURI()).isEqualTo("https://example.com/a?b=c");
        }
    }

    @Test
    void wideTableIsSqueezedInsteadOfCutOff() throws IOException {
        FakeJob job = FakeJob.markdown(
                "| Column heading ".repeat(16) + "|\n" + "|--".repeat(16) + "|\n" + "| value ".repeat(15) + "| Z |\n");
        List<Float> ends = new ArrayList<>();
        try (PDDocument pdf = Rendered.of(job).pdf()) {
            new PDFTextStripper() {
                @Override
                protected void writeString(String text, List<TextPosition> positions) {
                    positions.stream()
                            .filter(position -> position.getUnicode().equals("Z"))
                            .forEach(position -> ends.add(position.getEndX()));
                }
            }.getText(pdf);
        }
        assertThat(ends).hasSize(1).allMatch(end -> end < 595 - 50);
        assertThat(job.lines()).isEmpty();
    }

    @Test
    void tableThatCannotBeSqueezedIsToldInTheLog() {
        FakeJob job = FakeJob.html("<table><tr>" + "<td style='width:200px'>x</td>".repeat(200) + "</tr></table>");
        Rendered.of(job);
        assertThat(job.lines()).anyMatch(line -> line.contains("wider than the page"));
    }

    @Test
    void longWordIsBrokenNotCutOff() throws IOException {
        String word = "0123456789".repeat(30);
        assertThat(Rendered.of(FakeJob.markdown(word)).text().replaceAll("\\s", ""))
                .contains(word);
        assertThat(Rendered.of(FakeJob.markdown("| a |\n|--|\n| b " + word + " c |"))
                        .text()
                        .replaceAll("\\s", ""))
                .contains("b" + word + "c");
    }

    @Test
    void combiningCharactersAreComposed() throws IOException {
        assertThat(Rendered.of(FakeJob.markdown("Ame\u0301lie O\u0302")).text()).contains("Amélie Ô");
    }

    @Test
    void oneInputGivesTheSameBytesEveryTime() {
        FakeJob job = FakeJob.markdown(ALL_KINDS);
        byte[] first = Rendered.of(job).content();
        assertThat(Rendered.of(job).content()).isEqualTo(first);
    }

    @Test
    void severalThreadsAtOnceGiveTheSameBytes() {
        byte[] alone = Rendered.of(FakeJob.markdown(ALL_KINDS)).content();
        List<byte[]> together = IntStream.range(0, 16)
                .parallel()
                .mapToObj(i -> Rendered.of(FakeJob.markdown(ALL_KINDS)).content())
                .toList();
        assertThat(together).allMatch(content -> Arrays.equals(content, alone));
    }

    private static String title(FakeJob job) throws IOException {
        try (PDDocument pdf = Rendered.of(job).pdf()) {
            return pdf.getDocumentInformation().getTitle();
        }
    }

    private static org.assertj.core.data.Offset<Float> within() {
        return org.assertj.core.data.Offset.offset(1f);
    }

    @Test
    void headerAndFooterStandOnEachPageAndCount() throws IOException {
        FakeJob job = FakeJob.markdown("one\n\n<p style='page-break-before:always'>two</p>")
                .with("header", "ACME \\ \"Ltd.\" </style>; } @page{ Łódź €")
                .with("footer", "{page}/{pages} of {all}");
        try (PDDocument pdf = Rendered.of(job).pdf()) {
            for (int page = 1; page <= 2; page++) {
                PDFTextStripper text = new PDFTextStripper();
                text.setStartPage(page);
                text.setEndPage(page);
                assertThat(text.getText(pdf))
                        .contains("ACME \\ \"Ltd.\" </style>; } @page{ Łódź €", page + "/2 of {all}")
                        .doesNotContain("page " + page);
            }
        }
    }

    @Test
    void anEmptyFooterIsNone() throws IOException {
        assertThat(Rendered.of(FakeJob.markdown("one").with("footer", "")).text())
                .isEqualToIgnoringWhitespace("one");
    }
}
