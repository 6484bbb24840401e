package io.plainsail.workers.document;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PlainTextTest {
    private static String textOf(FakeJob job) {
        Rendered rendered = Rendered.of(job.with("output", "text"));
        assertThat(rendered.mediaType()).isEqualTo("text/plain; charset=utf-8");
        assertThat(rendered.output().has("pages")).isFalse();
        return new String(rendered.content(), StandardCharsets.UTF_8);
    }

    @Test
    void markdownIsWrittenAsPeopleWouldWriteIt() {
        assertThat(textOf(FakeJob.markdown("""
                        # Überblick 漢字

                        Some *slanted*
                        and **heavy** text, [a page](https://example.com/x), `code`.

                        ## Steps

                        3. first
                        4. second
                           - inner
                           - more

                        > quoted
                        > on

                        | Name | Amount |
                        |:-----|-------:|
                        | Łódź | 12 |
                        | A    | 3 |

                            indented  code

                        ---
                        end
                        """))).isEqualTo("""
                        Überblick 漢字
                        ============

                        Some slanted and heavy text, a page (https://example.com/x), code.

                        Steps
                        -----

                        3. first
                        4. second

                           - inner
                           - more

                        > quoted on

                        Name  Amount
                        ----  ------
                        Łódź  12
                        A     3

                        indented  code

                        ----------------------------------------

                        end
                        """);
    }

    @Test
    void htmlKeepsItsWordsAndLosesItsMarkup() {
        assertThat(textOf(FakeJob.html("<style>p{color:red}</style><title>T</title><h1>A</h1><p>one<br>two  three"
                        + "<p><b>bold <div>block</div> after</b><p><img alt='a picture' src='" + Pictures.data("png")
                        + "'><p>&lt;script&gt; <a href='#x'>here</a> <a href='https://e.org/'>https://e.org/</a>"
                        + "</p><a href='https://e.org/y'><div>all of it</div></a>")))
                .isEqualTo("""
                        A
                        =

                        one
                        two three

                        bold

                        block

                        after

                        [a picture]

                        <script> here https://e.org/

                        all of it
                        (https://e.org/y)
                        """);
    }

    @Test
    void anEmptyDocumentIsAnEmptyLine() {
        assertThat(textOf(FakeJob.html("<p></p>"))).isEqualTo("\n");
    }

    @Test
    void columnsThatWouldBeMostlyBlanksHaveABound() {
        String wide = "<table><tr><td>" + "x".repeat(200_000) + "<td>y" + "<tr><td>a<td>b".repeat(400) + "</table>";
        assertThat(Rendered.limit(FakeJob.html(wide).with("output", "text")).code())
                .isEqualTo("output-bytes");
        assertThat(textOf(FakeJob.html("<table><tr>" + "<td>x".repeat(20_000) + "</table>")))
                .hasSizeGreaterThan(50_000);
    }
}
