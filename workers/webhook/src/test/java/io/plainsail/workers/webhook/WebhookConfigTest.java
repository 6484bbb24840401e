package io.plainsail.workers.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebhookConfigTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final YAMLMapper YAML = new YAMLMapper();

    @Test
    void defaultsAreClosed() throws Exception {
        WebhookConfig config = read("{}");
        assertThat(config.signingKeys()).isEmpty();
        assertThat(config.allowHttp()).isFalse();
        assertThat(config.allowedPorts())
                .containsExactly(PortRange.of(80), PortRange.of(443), PortRange.of(8080), PortRange.of(8443));
        assertThat(config.allowedAddresses()).isEmpty();
        assertThat(config.deniedAddresses()).isEmpty();
        assertThat(config.requestTimeout()).isEqualTo(Duration.ofSeconds(20));
        assertThat(config.connectTimeout()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.maxConnections()).isEqualTo(100);
        assertThat(config.maxConnectionsPerHost()).isEqualTo(20);
        assertThat(config.failuresUntilRest()).isEqualTo(5);
        assertThat(config.rest()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.goneFor()).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void everyFieldIsRead() throws Exception {
        WebhookConfig config = read("""
                signingKeys:
                  default: %1$s
                  billing: [ %1$s, %1$s ]
                  rotating: "%1$s %1$s"
                allowHttp: true
                allowedPorts: [ 443, 8443, "9000-9999" ]
                allowedAddresses: [ 127.0.0.0/8, "::1/128" ]
                deniedAddresses: [ 198.51.100.7/32 ]
                requestTimeout: PT10S
                connectTimeout: PT2S
                maxConnections: 50
                maxConnectionsPerHost: 5
                failuresUntilRest: 0
                rest: PT1M
                goneFor: P1D
                """.formatted(SECRET));
        assertThat(config.signingKeys()).containsOnlyKeys("default", "billing", "rotating");
        assertThat(config.allowHttp()).isTrue();
        assertThat(config.allowedPorts())
                .containsExactly(PortRange.of(443), PortRange.of(8443), new PortRange(9000, 9999));
        assertThat(config.allowedAddresses()).isEqualTo(List.of(Cidr.of("127.0.0.0/8"), Cidr.of("::1/128")));
        assertThat(config.deniedAddresses()).isEqualTo(List.of(Cidr.of("198.51.100.7/32")));
        assertThat(config.requestTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.connectTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.maxConnections()).isEqualTo(50);
        assertThat(config.maxConnectionsPerHost()).isEqualTo(5);
        assertThat(config.failuresUntilRest()).isZero();
        assertThat(config.rest()).isEqualTo(Duration.ofMinutes(1));
        assertThat(config.goneFor()).isEqualTo(Duration.ofDays(1));
    }

    /** The example must load, and what it calls a default must be one. */
    @Test
    void exampleInTheReadmeLoads() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        int start = readme.indexOf("```yaml\n") + "```yaml\n".length();
        String example = readme.substring(start, readme.indexOf("```", start))
                .replace("${PLAINSAIL_WEBHOOK_SECRET}", SECRET)
                .replace("${BILLING_WEBHOOK_SECRET:-}", "''");
        WebhookConfig config = YAML.treeToValue(YAML.readTree(example).get("handler"), WebhookConfig.class);
        assertThat(config.signingKeys()).containsOnlyKeys("default");
        assertThat(config.allowedPorts()).contains(new PortRange(9000, 9999));
        WebhookConfig defaults = read("{}");
        assertThat(config.allowHttp()).isEqualTo(defaults.allowHttp());
        assertThat(config.requestTimeout()).isEqualTo(defaults.requestTimeout());
        assertThat(config.connectTimeout()).isEqualTo(defaults.connectTimeout());
        assertThat(config.maxConnections()).isEqualTo(defaults.maxConnections());
        assertThat(config.maxConnectionsPerHost()).isEqualTo(defaults.maxConnectionsPerHost());
    }

    @Test
    void emptyTextIsNoKey() throws Exception {
        assertThat(read("signingKeys: { default: '', other: ' ' }").signingKeys())
                .isEmpty();
        assertThat(read("signingKeys: { default: }").signingKeys()).isEmpty();
    }

    @Test
    void secretsArePrintedNowhere() throws Exception {
        WebhookConfig config = read("signingKeys: { default: " + SECRET + " }");
        assertThat(config.toString()).contains("[REDACTED]").doesNotContain("MfKQ");
        assertThat(YAML.writeValueAsString(config.signingKeys()))
                .contains("[REDACTED]")
                .doesNotContain("MfKQ");
        assertThatThrownBy(() -> read("signingKeys: { default: " + SECRET + "_ }"))
                .hasMessageContaining("secret is not base64")
                .hasMessageContaining("default")
                .satisfies(e -> {
                    for (Throwable t = e; t != null; t = t.getCause()) {
                        assertThat(t.toString()).doesNotContain("MfKQ");
                    }
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "signingKeys: { default: [] } | secrets are 0",
                "signingKeys: { default: whsec_AAAA } | is 3 bytes long: must be 24 to 64",
                "signingKeys: { 'A b': whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw } | signingKeys has the name \"A b\"",
                "requestTimeout: PT0.5S | requestTimeout is PT0.5S: must be PT1S to PT10M",
                "requestTimeout: 20s | requestTimeout is \"20s\": must be an ISO 8601 duration",
                "connectTimeout: PT30S | connectTimeout is PT30S: must be PT0.1S to PT20S",
                "maxConnections: 0 | maxConnections is 0: must be 1 to 10000",
                "maxConnectionsPerHost: 101 | maxConnectionsPerHost is 101: must be 1 to 100",
                "allowedPorts: [ 0 ] | ports 0 to 0",
                "allowedPorts: [ 70000 ] | ports 70000",
                "allowedPorts: [ '9-1' ] | the smaller one first",
                "allowedPorts: [ all ] | ports \"all\"",
                "allowedAddresses: [ localhost/8 ] | range is \"localhost/8\"",
                "unknown: 1 | unknown"
            })
    void whatIsWrongIsSaid(String yaml, String message) {
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(JsonProcessingException.class)
                .hasMessageContaining(message);
    }

    @Test
    void shortRequestTimeoutShortensTheDefaultConnectTimeout() throws Exception {
        assertThat(read("requestTimeout: PT2S").connectTimeout()).isEqualTo(Duration.ofSeconds(2));
        assertThat(read("maxConnections: 3").maxConnectionsPerHost()).isEqualTo(3);
    }

    private static WebhookConfig read(String yaml) throws JsonProcessingException {
        return YAML.readValue(yaml, WebhookConfig.class);
    }
}
