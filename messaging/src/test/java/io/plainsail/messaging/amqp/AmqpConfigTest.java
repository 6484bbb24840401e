package io.plainsail.messaging.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.ConnectionFactory;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AmqpConfigTest {
    private static final AmqpConfig DEFAULTS = AmqpConfig.of("amqp://plainsail:s3cr3t@broker:5672/jobs", "facade");

    @Test
    void defaultsAreAsDocumented() {
        assertThat(DEFAULTS.connectTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(DEFAULTS.heartbeat()).isEqualTo(Duration.ofSeconds(10));
        assertThat(DEFAULTS.reconnectMin()).isEqualTo(Duration.ofMillis(200));
        assertThat(DEFAULTS.reconnectMax()).isEqualTo(Duration.ofSeconds(10));
        assertThat(DEFAULTS.deliveryThreads()).isEqualTo(4);
    }

    @Test
    void printingShowsNoPassword() {
        AmqpConfig cluster = AmqpConfig.of("amqp://u:s3cr3t@one/v, amqps://u:s3cr3t@two/v", "facade");

        assertThat(cluster.toString())
                .doesNotContain("s3cr3t")
                .contains("amqp://[REDACTED]@one/v, amqps://[REDACTED]@two/v");
    }

    @Test
    void nodesAreSeparatedByCommas() {
        AmqpConfig cluster = AmqpConfig.of("amqp://one:1/v, amqps://two/v", "facade");

        assertThat(cluster.addresses()).containsExactly(URI.create("amqp://one:1/v"), URI.create("amqps://two/v"));
    }

    @Test
    void addressGivesHostPortUserAndVirtualHost() {
        ConnectionFactory client = new ConnectionFactory();
        AmqpConnector.locate(client, URI.create("amqps://us%20er:pass@host/%2Fv"));

        assertThat(client.getHost()).isEqualTo("host");
        assertThat(client.getPort()).isEqualTo(5671);
        assertThat(client.getUsername()).isEqualTo("us er");
        assertThat(client.getPassword()).isEqualTo("pass");
        assertThat(client.getVirtualHost()).isEqualTo("/v");
        assertThat(client.isSSL())
                .as("the client's own TLS, which trusts everybody")
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost:5672",
                "http://u:s3cr3t@host",
                "amqp://u:s3cr3t@host/a/b",
                "amqp://u:s3cr3t:x@host",
                "amqp://u:s3cr3t@ho st/",
                "amqp://one,",
                "amqp://"
            })
    void addressesThatAreNoneAreRefusedWithoutRepeatingThem(String uri) {
        assertThatThrownBy(() -> AmqpConfig.of(uri, "facade"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("uri is not of the form")
                .hasMessageNotContaining("s3cr3t")
                .hasNoCause();
    }

    @Test
    void boundsThatMakeNoSenseAreRefused() {
        Duration second = Duration.ofSeconds(1);
        String uri = "amqp://host";

        assertThatThrownBy(() -> new AmqpConfig(uri, "c", Duration.ZERO, second, second, second, 1, null))
                .hasMessageContaining("connectTimeout is PT0S");
        assertThatThrownBy(() -> new AmqpConfig(uri, "c", second, Duration.ofMillis(999), second, second, 1, null))
                .hasMessageContaining("heartbeat is PT0.999S");
        assertThatThrownBy(() -> new AmqpConfig(uri, "c", second, second, Duration.ofMillis(-1), second, 1, null))
                .hasMessageContaining("reconnectMin is PT-0.001S");
        assertThatThrownBy(() -> new AmqpConfig(uri, "c", second, second, second, Duration.ofMillis(1), 1, null))
                .hasMessageContaining("reconnectMax is PT0.001S");
        assertThatThrownBy(() -> new AmqpConfig(uri, "c", second, second, second, second, 0, null))
                .hasMessageContaining("deliveryThreads is 0");
    }
}
