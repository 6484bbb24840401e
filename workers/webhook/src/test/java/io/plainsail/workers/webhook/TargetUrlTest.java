package io.plainsail.workers.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.plainsail.worker.JobFailedException;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetUrlTest {
    @ParameterizedTest
    @CsvSource({
        "https://example.com, example.com, 443, /, https://example.com",
        "https://Example.COM/Path?q=A%20b&c, example.com, 443, /Path?q=A%20b&c, https://example.com",
        "http://example.com:8080/a, example.com, 8080, /a, http://example.com:8080",
        "https://example.com:443?x, example.com, 443, /?x, https://example.com",
        "https://example.com//a/../b, example.com, 443, //a/../b, https://example.com",
        "https://example.com/a#fragment, example.com, 443, /a, https://example.com",
        "https://example.com./, example.com., 443, /, https://example.com.",
        "https://xn--mnchen-3ya.example/, xn--mnchen-3ya.example, 443, /, https://xn--mnchen-3ya.example",
        "https://1e100.net/, 1e100.net, 443, /, https://1e100.net",
        "http://127.0.0.1/, 127.0.0.1, 80, /, http://127.0.0.1",
        "http://[::1]:9/, ::1, 9, /, http://[::1]:9",
        "https://[2606:4700::1111]/, 2606:4700::1111, 443, /, https://[2606:4700::1111]"
    })
    void urlIsReadInItsParts(String url, String host, int port, String path, String printed) throws Exception {
        TargetUrl target = TargetUrl.parse(url);
        assertThat(target.host()).isEqualTo(host);
        assertThat(target.port()).isEqualTo(port);
        assertThat(target.pathAndQuery()).isEqualTo(path);
        assertThat(target).hasToString(printed);
        assertThat(URI.create(target + target.pathAndQuery()).getRawAuthority())
                .isEqualTo(printed.replaceFirst("https?://", ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "example.com",
                "//example.com/",
                "ftp://example.com/",
                "HTTPS://example.com/",
                "file:///etc/passwd",
                "https:example.com",
                "https:///path",
                "https://",
                "https://:443/",
                "https://user@example.com/",
                "https://user:pass@example.com/",
                "https://example.com@127.0.0.1/",
                "https://example.com:0/",
                "https://example.com:65536/",
                "https://example.com:443443/",
                "https://example.com:-1/",
                "https://example.com:/",
                "https://exa mple.com/",
                "https://example.com/a b",
                "https://example.com/\r\nhost: evil",
                "https://example.com/\u0000",
                "https://example.com\\@evil.example/",
                "https://example.com/ä",
                "https://münchen.example/",
                "https://１２７.0.0.1/",
                "https://127。0。0。1/",
                "https://%31%32%37.0.0.1/",
                "https://exa_mple.com/",
                "https://-example.com/",
                "https://example..com/",
                "https://[::1/",
                "https://[::1%25eth0]/",
                "https://[fe80::1%eth0]/",
                "https://[v1.a]/",
                "https://[1:2]/",
                "https://[::gggg]/",
                "https://[127.0.0.1]/"
            })
    void whatCouldBeReadInTwoWaysIsInvalid(String url) {
        JobFailedException e = catchThrowableOfType(JobFailedException.class, () -> TargetUrl.parse(url));
        assertThat(e).isNotNull();
        assertThat(e.code()).isEqualTo("url");
        assertThat(e.category().retryable()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://2130706433/",
                "http://0x7f000001/",
                "http://0x7f.0.0.1/",
                "http://0X7F.1/",
                "http://0177.0.0.1/",
                "http://010.0.0.1/",
                "http://127.1/",
                "http://127.0.1/",
                "http://127.0.0.01/",
                "http://127.0.0.1./",
                "http://256.1.1.1/",
                "http://1.2.3.4.5/",
                "http://0/",
                "http://0x/",
                "http://example.0x1/"
            })
    void ambiguousFormsOfIpv4AreForbidden(String url) {
        JobFailedException e = catchThrowableOfType(JobFailedException.class, () -> TargetUrl.parse(url));
        assertThat(e).isNotNull();
        assertThat(e.code()).isEqualTo("forbidden-address");
        assertThat(e.category().retryable()).isFalse();
    }

    @Test
    void lengthIsBounded() throws Exception {
        String most = "https://example.com/" + "a".repeat(TargetUrl.MAX_LENGTH - 20);
        assertThat(TargetUrl.parse(most).pathAndQuery()).hasSize(TargetUrl.MAX_LENGTH - 19);
        assertThat(catchThrowableOfType(JobFailedException.class, () -> TargetUrl.parse(most + "a")))
                .hasMessageContaining("longer than 2048");
    }

    @Test
    void configurationDecidesAboutSchemeAndPort() throws Exception {
        WebhookConfig closed = WebhookConfig.withKeys(Map.of());
        TargetUrl.parse("https://example.com:8443/").checkAllowedBy(closed);
        assertThat(refusal("http://example.com/", closed).code()).isEqualTo("forbidden-scheme");
        assertThat(refusal("https://example.com:25/", closed).code()).isEqualTo("forbidden-port");
        TargetUrl.parse("http://example.com:25/").checkAllowedBy(closed.openTo(java.util.List.of()));
    }

    @Test
    void messagesKeepThePathToThemselves() {
        WebhookConfig closed = WebhookConfig.withKeys(Map.of());
        assertThat(refusal("http://example.com/T0KEN?key=T0KEN", closed).getMessage())
                .doesNotContain("T0KEN");
        for (String url : new String[] {"https://example.com/T0KEN ", "https://u:T0KEN@example.com/"}) {
            assertThat(catchThrowableOfType(JobFailedException.class, () -> TargetUrl.parse(url))
                            .getMessage())
                    .doesNotContain("T0KEN");
        }
    }

    private static JobFailedException refusal(String url, WebhookConfig config) {
        return catchThrowableOfType(
                JobFailedException.class, () -> TargetUrl.parse(url).checkAllowedBy(config));
    }
}
