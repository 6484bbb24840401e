package io.plainsail.workers.document;

import static org.assertj.core.api.Assertions.assertThat;

import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;

class HtmlOutputTest {
    @Test
    void pageIsCompleteAndLoadsNothing() {
        Rendered rendered =
                Rendered.of(FakeJob.html("<html lang=de><style>.a{color:red}</style><h1 class=a>Grüße ✓ 😀</h1>"
                                + "<img src='" + Pictures.data("png") + "'>")
                        .with("output", "html"));
        assertThat(rendered.mediaType()).isEqualTo("text/html; charset=utf-8");
        assertThat(rendered.output().has("pages")).isFalse();
        assertThat(rendered.html()).startsWith("<!doctype html>\n<html lang=\"de\">");
        Document page = Jsoup.parse(rendered.html());
        assertThat(page.charset().name()).isEqualTo("UTF-8");
        assertThat(page.title()).isEqualTo("Grüße ✓ 😀");
        assertThat(page.select("head > *").stream().map(e -> e.normalName()))
                .startsWith("meta", "meta", "meta", "style")
                .contains("title");
        assertThat(page.selectFirst("meta[http-equiv]").attr("content")).startsWith("default-src 'none'");
        assertThat(page.select("style").stream().map(e -> e.data()))
                .anyMatch(css -> css.contains("border-collapse"))
                .contains(".a{color:red}");
        assertThat(page.select("img").attr("src")).startsWith("data:image/png;base64,");
        assertThat(page.select("link, script, [src^=http], [href]")).isEmpty();
    }

    @Test
    void whatRunsIsRemovedAndToldInTheLog() {
        FakeJob job = FakeJob.html(
                        "<body onload=x()><script>alert(1)</script><p onclick='x()' style='color:red'>text</p>"
                                + "<iframe src='http://127.0.0.1:1/'></iframe><object data='file:///etc/passwd'>o</object>"
                                + "<embed src=x><form action='http://127.0.0.1:1/'>kept <input value=v></form>"
                                + "<svg onload=x()><image href='http://127.0.0.1:1/'/></svg><video src=x></video>"
                                + "<a href='javascript:x()'>js</a><a href='file:///etc/passwd'>file</a>"
                                + "<a href=' JaVaScript:x()'>js</a><a download=x href='https://example.com/'>ok</a>"
                                + "<meta http-equiv=refresh content='0;url=http://127.0.0.1:1/'><math><mi>m</mi></math>"
                                + "<noscript><img src=x></noscript><template><img src=x></template><marquee>old</marquee>")
                .with("output", "html");
        Document page = Jsoup.parse(Rendered.of(job).html());
        assertThat(page.body().html())
                .doesNotContainIgnoringCase("script")
                .doesNotContain("onload", "onclick", "iframe", "object", "passwd", "form", "input", "svg", "127.0.0.1")
                .contains("<p style=\"color:red\">text</p>", "kept", "old", "<a href=\"https://example.com/\">ok</a>");
        assertThat(page.select("meta[http-equiv=refresh], [download]")).isEmpty();
        assertThat(job.lines()).hasSize(1);
        assertThat(job.lines().get(0))
                .contains("script x 1", "iframe x 1", "onclick x 1", "onload x 1", "object x 1", "svg x 1", "href x 3");
    }

    @Test
    void attributesThatBecomeStylesAreChecked() {
        String page = Rendered.of(FakeJob.html(
                                "<table width='1px;background-image:url(http://127.0.0.1:1/)'><tr><td colspan='99999'>x"
                                        + "<td colspan=2 align='right' bgcolor='red;color:url(x)'>y</table>")
                        .with("output", "html"))
                .html();
        assertThat(page).contains("<td colspan=\"2\" align=\"right\">y</td>").doesNotContain("127.0.0.1", "99999");
    }
}
