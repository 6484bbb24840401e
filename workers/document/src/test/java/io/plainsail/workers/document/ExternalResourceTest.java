package io.plainsail.workers.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.sun.net.httpserver.HttpServer;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing that a template names is fetched; {@code URL} stands for an address at which a server counts requests. */
class ExternalResourceTest {
    private final AtomicInteger requests = new AtomicInteger();

    @SuppressWarnings("NullAway.Init")
    private HttpServer server;

    @BeforeEach
    void startServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            byte[] image = Pictures.bytes("png");
            exchange.sendResponseHeaders(200, image.length);
            exchange.getResponseBody().write(image);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void nothingWasFetched() {
        server.stop(0);
        assertThat(requests).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<img src='URL/a.png'>",
                "<img src='//127.0.0.1/a.png'>",
                "<img src='a.png'>",
                "<img src='file:///etc/passwd'>",
                "<img src='jar:file:/tmp/x.jar!/a.png'>",
                "<img src='classpath:/logback.xml'>",
                "<img src='ftp://127.0.0.1/a.png'>",
                "<img src='plainsail-image:0'>",
                "<img src='\tURL/a.pdf'>",
                "<img src='x' srcset='URL/a.png 2x'>",
                "<picture><source srcset='URL/a.png'><img src='URL/b.png'></picture>",
                "<table background='URL/a.png'><tr><td>x</table>",
                "<link rel=stylesheet href='URL/a.css'>",
                "<p><link rel='attachment' href='file:///etc/passwd'></p>",
                "<base href='URL/'><p>x</p>",
                "<style>@import 'URL/a.css';</style>",
                "<style>@import url(URL/a.css);</style>",
                "<style>@IMPORT \"URL/a.css\";</style>",
                "<style>@\\69mport 'URL/a.css';</style>",
                "<style>p{background:url(URL/a.png)}</style><p>x",
                "<style>p{background:uRl( 'URL/a.png' )}</style><p>x",
                "<style>p{background:u\\72l(URL/a.png)}</style><p>x",
                "<style>p{background:\\000075 rl(URL/a.png)}</style><p>x",
                "<style>p{background:image-set('URL/a.png' 1x)}</style><p>x",
                "<style>p{content:/**/url(URL/a.png)}</style><p>x",
                "<style>li{list-style-image:url(data:image/png;base64,AAAA)}</style><p>x",
                "<style>@font-face{font-family:x;src:url(URL/a.ttf)}p{font-family:x}</style><p>x",
                "<style>@font-face{font-family:x;src:url(file:///etc/passwd)}p{font-family:x}</style><p>x",
                "<style>@font-face{font-family:x;src:local(x)}</style><p>x",
                "<style>@namespace url(URL/);</style><p>x",
                "<style>@page{background:url(URL/a.png)}</style><p>x",
                "<style>@page{@top-left{content:url(URL/a.png)}}</style><p>x",
                "<p style='background:url(URL/a.png)'>x",
                "<p style='-fs-x: url(file:///etc/passwd)'>x",
                "<p style='background:u&#92;72l(URL/a.png)'>x",
            })
    void templateThatNamesAResourceIsRefusedForBothOutputs(String template) {
        String placed = template.replace(
                "URL", "http://127.0.0.1:" + server.getAddress().getPort());
        for (String output : new String[] {"pdf", "html"}) {
            JobFailedException refused = Rendered.refusal(FakeJob.html(placed).with("output", output));
            assertThat(refused.code()).as(refused.getMessage()).isEqualTo("external-resource");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<object data='URL/a.pdf' type='application/pdf'>x</object>",
                "<embed src='URL/a.pdf'>",
                "<iframe src='URL/'></iframe>",
                "<svg xmlns='http://www.w3.org/2000/svg'><image href='URL/a.png'/><use href='URL/a.svg#x'/></svg>",
                "<video src='URL/v'><source src='URL/v'></video><audio src='URL/a'></audio>",
                "<script src='URL/a.js'></script>",
                "<form action='URL/'><input type=image src='URL/a.png'></form>",
                "<a href='URL/' ping='URL/p'>link</a>",
                "<a href='file:///etc/passwd' download='x' data-content-type='text/plain' relationship='Data'>f</a>",
                "<a href='#x' onclick='app.launchURL(\"URL/\")'>js</a><p id=x>y</p>",
                "<bookmark name='file:///etc/passwd'>x</bookmark>",
                "<?xml-stylesheet href='URL/a.css' type='text/css'?><p>x</p>",
                "<!DOCTYPE html SYSTEM 'URL/a.dtd'><p>x</p>",
                "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'><!ENTITY f SYSTEM 'URL/e'>]><p>&e;&f;</p>",
                "<!DOCTYPE x [<!ENTITY a 'lol'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]><p>&b;&b;&b;</p>",
                "<p>x</p><xi:include href='file:///etc/passwd' parse='text'/>",
                "<meta http-equiv='refresh' content='0;url=URL/'><p>x</p>",
                "<frameset><frame src='URL/'></frameset>",
            })
    void whatIsRemovedIsNotFetchedEither(String template) throws IOException {
        String placed = template.replace(
                "URL", "http://127.0.0.1:" + server.getAddress().getPort());
        Rendered pdf = Rendered.of(FakeJob.html("<p>start</p>" + placed));
        assertThat(pdf.text()).contains("start").doesNotContain("root:");
        assertThat(new String(pdf.content(), StandardCharsets.ISO_8859_1))
                .doesNotContain("root:", "JavaScript", "EmbeddedFile", "/Launch");
        Rendered html = Rendered.of(FakeJob.html(placed).with("output", "html"));
        assertThat(html.html()).doesNotContain("root:", "<object", "<iframe", "<script", "onclick", "ping=");
    }

    @Test
    void messageNamesTheAddress() {
        assertThat(Rendered.refusal(FakeJob.markdown("![x](https://example.com/logo.png)")))
                .hasMessageContaining("img src is \"https://example.com/logo.png\"");
        assertThat(Rendered.refusal(FakeJob.html("<style>p{background:url(https://example.com/a)}</style>")))
                .hasMessageContaining("url(https://example.com/a)");
    }

    /** The second line of defence, with the first one taken away: a document that was never sanitized. */
    @Test
    void rendererItselfOpensNothing() throws Exception {
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        org.jsoup.nodes.Document dirty = org.jsoup.Jsoup.parse("<html><head><link rel=stylesheet href='" + url
                + "/a.css'>"
                + "<style>@import '" + url + "/b.css'; @font-face{font-family:x;src:url(" + url + "/x.ttf)}"
                + "@font-face{font-family:y;src:url(file:///etc/passwd)}"
                + "p{background:url(" + url + "/c.png);font-family:x,y} li{list-style-image:url('" + url + "/d.png')}"
                + "@page{background:url(" + url + "/e.png)}</style></head><body><p>text</p><ul><li>i</ul>"
                + "<img src='" + url + "/f.png'><img src='file:///etc/hostname'><img src='classpath:logback-test.xml'>"
                + "<img src='data:image/png;base64,AAAA'><img src='data:application/pdf;base64,AAAA'>"
                + "<img src='" + url + "/g.pdf'><img src='jar:" + url + "/h.jar!/x.png'>"
                + "<object data='" + url + "/i'></object><svg><image href='" + url + "/j'/></svg>"
                + "<a href='" + url
                + "/k' download='x'>d</a><a href='file:///etc/passwd' download='y'>e</a></body></html>");
        SafeDocument unsafe = new SafeDocument(dirty, "t", new EmbeddedImages(RenderLimits.DEFAULT), new StyleCheck());
        RenderRequest request = RenderRequest.of(FakeJob.html("x").input());
        assertThatCode(() -> {
                    try {
                        PdfPrinter.Printed printed =
                                new PdfPrinter(RenderLimits.DEFAULT, 1 << 20).print(unsafe, request, line -> {});
                        assertThat(new String(printed.content(), StandardCharsets.ISO_8859_1))
                                .doesNotContain("EmbeddedFile");
                    } catch (JobFailedException e) {
                        assertThat(e.category()).isEqualTo(ErrorCategory.INVALID_INPUT);
                    }
                })
                .doesNotThrowAnyException();
    }
}
