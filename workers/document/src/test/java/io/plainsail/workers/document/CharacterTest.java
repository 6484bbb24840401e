package io.plainsail.workers.document;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.json.StrictJson;
import io.plainsail.worker.JobFailedException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CharacterTest {
    static Stream<Arguments> refusedInAPdf() {
        return Stream.of(
                Arguments.of(FakeJob.markdown("a\nb 🚀"), "U+1F680 (ROCKET) in template line 2 is in none"),
                Arguments.of(FakeJob.markdown("{{#a}}{{b}}{{/a}}").data("{'a':[{'b':'x'},{'b':'漢'}]}"), "U+6F22"),
                Arguments.of(
                        FakeJob.markdown("{{#a}}{{b}}{{/a}}").data("{'a':[{'b':'x'},{'b':'漢'}]}"), "in /data/a/1/b"),
                Arguments.of(FakeJob.html("<td>Preis &#x20BF0;</td>"), "U+20BF0"),
                Arguments.of(FakeJob.html("<p>start &#x1F680;</p>"), "in p near \"start"),
                Arguments.of(FakeJob.markdown("x").with("title", "a 🚀"), "in /title"),
                Arguments.of(FakeJob.html("<style>p:before{content:'\\1F680'}</style><p>x"), "a style sheet"),
                Arguments.of(
                        FakeJob.html("<style>p:before{content:attr(title)}</style><p title='&#x1F680;'>x"), "p title"),
                Arguments.of(
                        FakeJob.markdown("שלום"),
                        "U+05E9 (HEBREW LETTER SHIN) in template line 1 is written from right"),
                Arguments.of(
                        FakeJob.markdown("{{a}}").data("{'a':'مرحبا'}"), "in /data/a is written from right to left"),
                Arguments.of(FakeJob.markdown("हिन्दी"), "U+0939"));
    }

    @ParameterizedTest
    @MethodSource("refusedInAPdf")
    void characterThatCannotBePrintedIsNamedWithItsPlace(FakeJob job, String said) {
        JobFailedException refused = Rendered.refusal(job);
        assertThat(refused.code()).isEqualTo("unsupported-character");
        assertThat(refused).hasMessageContaining(said);
    }

    @Test
    void browserPrintsThemAll() {
        assertThat(Rendered.of(FakeJob.markdown("漢 😀 שלום مرحبا").with("output", "html"))
                        .html())
                .contains("漢 😀 שלום مرحبا");
    }

    static Stream<Arguments> noText() {
        return Stream.of(
                Arguments.of(FakeJob.markdown("a\n\0"), "U+0000 (NULL) in template line 2"),
                Arguments.of(FakeJob.markdown("a\u0007"), "U+0007"),
                Arguments.of(FakeJob.markdown("a\u0085b"), "U+0085"),
                Arguments.of(FakeJob.markdown("a\ud800b"), "U+D800"),
                Arguments.of(FakeJob.markdown("a\udc00"), "U+DC00"),
                Arguments.of(FakeJob.markdown("a\uffff"), "U+FFFF"),
                Arguments.of(FakeJob.html("<p>&#x1;</p>"), "U+0001"),
                Arguments.of(FakeJob.markdown("x").with("title", "a\u0000"), "/title"),
                Arguments.of(
                        FakeJob.markdown("x")
                                .data(StrictJson.mapper()
                                        .createObjectNode()
                                        .set(
                                                "a/b",
                                                StrictJson.mapper()
                                                        .createArrayNode()
                                                        .add("\ud83d"))),
                        "U+D83D (HIGH SURROGATES D83D) in /data/a~1b/0"));
    }

    @ParameterizedTest
    @MethodSource("noText")
    void whatIsNoTextIsRefusedForBothOutputs(FakeJob job, String said) {
        for (String output : new String[] {"pdf", "html"}) {
            JobFailedException refused = Rendered.refusal(job.with("output", output));
            assertThat(refused.code()).isEqualTo("unsupported-character");
            assertThat(refused).hasMessageContaining(said).hasMessageContaining("is no text");
        }
    }

    @Test
    void coverageHoldsForEveryStyle() throws Exception {
        String text = "Ω ∑ → ✓ ♥ Ա ა ə ẞ ₴";
        assertThat(Rendered.of(FakeJob.html("<p>" + text + "<p><b>" + text + "</b><p><i>" + text + "</i><p><b><i>"
                                + text + "</i></b><p><code>" + text + "</code><p style='font-family:serif'>" + text))
                        .text()
                        .lines()
                        .filter(line -> line.contains("∑")))
                .hasSize(6)
                .allMatch(line -> line.strip().equals(text));
    }

    @Test
    void headerAndFooterAreLookedAtToo() {
        assertThat(Rendered.refusal(FakeJob.markdown("x").with("header", "漢")))
                .hasMessageContaining("U+6F22")
                .hasMessageContaining("/header");
        assertThat(Rendered.refusal(FakeJob.markdown("x").with("footer", "a\u0001")))
                .hasMessageContaining("/footer");
    }
}
