package io.plainsail.messaging.amqp;

import static io.plainsail.messaging.RecordingListener.PATIENCE;
import static io.plainsail.messaging.RecordingListener.message;
import static io.plainsail.messaging.RecordingListener.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.plainsail.contracts.JobType;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.RecordingListener;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.testbed.FreePorts;
import io.plainsail.testbed.PrivateRabbitMq;
import io.plainsail.testbed.TestAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code amqps://}: encrypted, and only with a broker whose certificate is trusted, valid and its own. */
@Timeout(180)
class AmqpTlsIT {
    @TempDir
    static Path directory;

    private static TestAuthority authority;
    private static PrivateRabbitMq broker;
    private static int port;

    @BeforeAll
    static void start() throws IOException {
        if (!PrivateRabbitMq.isInstalled()) {
            assertThat(System.getenv("CI"))
                    .as("RabbitMQ must be installed in CI")
                    .isNull();
            Assumptions.abort("RabbitMQ is not installed: apt-get install rabbitmq-server");
        }
        authority = TestAuthority.in(Files.createDirectory(directory.resolve("ca")));
        port = FreePorts.next();
        broker = listening(port, authority.issueRsa("ip:127.0.0.1"));
    }

    private static PrivateRabbitMq listening(int port, TestAuthority.Issued own) {
        return PrivateRabbitMq.start(PrivateRabbitMq.Options.defaults()
                .withConfiguration("listeners.ssl.default", "127.0.0.1:" + port)
                .withConfiguration("ssl_options.certfile", own.certFile().toString())
                .withConfiguration("ssl_options.keyfile", own.keyFile().toString())
                .withConfiguration("ssl_options.cacertfile", authority.caFile().toString())
                .withConfiguration("ssl_options.verify", "verify_none"));
    }

    @AfterAll
    static void stop() {
        if (broker != null) {
            broker.close();
        }
    }

    private static AmqpConfig to(String host, int port) {
        return AmqpConfig.of("amqps://guest:guest@" + host + ":" + port + "/%2F", "tls")
                .trusting(authority.caFile());
    }

    private static void isRefused(AmqpConfig config, String... words) {
        AmqpTransport transport = AmqpTransport.create(config);
        try {
            transport.publisher(PublisherOptions.named("test"));
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(transport.health().detail()).contains(words));
            assertThat(transport.health().connected()).isFalse();
        } finally {
            transport.close();
        }
    }

    @Test
    void allIsEncryptedAndBothWaysCarryWhatIsLargeAndMuch() throws Exception {
        Destination jobs = Destination.jobs(new JobType("test.tls", 1));
        AmqpTransport transport = AmqpTransport.create(to("127.0.0.1", port));
        try {
            RecordingListener listener = RecordingListener.acking();
            transport.subscribe(jobs, new SubscriptionOptions("test", 100), listener);
            Publisher publisher = transport.publisher(new PublisherOptions("test", 2_000, PATIENCE));
            await().atMost(PATIENCE)
                    .until(() -> publisher.ready() && transport.health().connected());
            LinkedBlockingQueue<PublishResult> results = new LinkedBlockingQueue<>();
            String large = "large ".repeat(1_000_000);
            publisher.publish(jobs, message(large), results::add);
            int many = 500;
            for (int i = 0; i < many; i++) {
                publisher.publish(jobs, message("number " + i), results::add);
            }
            for (int i = 0; i <= many; i++) {
                assertThat(results.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(PublishResult.CONFIRMED);
            }
            assertThat(text(listener.next())).isEqualTo(large);
            for (int i = 0; i < many; i++) {
                assertThat(text(listener.next())).isEqualTo("number " + i);
            }
            assertThat(broker.rabbitmqctl("list_connections", "ssl", "--quiet"))
                    .contains("true")
                    .doesNotContain("false");
        } finally {
            transport.close();
        }
    }

    @Test
    void aBrokerThatIsFrozenHoldsNobodyUp() throws Exception {
        PrivateRabbitMq frozen;
        int own = FreePorts.next();
        frozen = listening(own, authority.issue("ip:127.0.0.1"));
        try {
            Destination jobs = Destination.jobs(new JobType("test.tls-frozen", 1));
            AmqpTransport transport = AmqpTransport.create(to("127.0.0.1", own));
            RecordingListener listener = RecordingListener.acking();
            transport.subscribe(jobs, new SubscriptionOptions("test", 100), listener);
            Publisher publisher = transport.publisher(new PublisherOptions("test", 100, Duration.ofSeconds(2)));
            await().atMost(PATIENCE)
                    .until(() -> publisher.ready() && transport.health().connected());
            signal(frozen, "STOP");
            LinkedBlockingQueue<PublishResult> results = new LinkedBlockingQueue<>();
            // More than any buffer takes: none of these calls may wait for the broker.
            String large = "x".repeat(1024 * 1024);
            for (int i = 0; i < 40; i++) {
                publisher.publish(jobs, message(large), results::add);
            }
            transport.close();
            for (int i = 0; i < 40; i++) {
                assertThat(results.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .isIn(PublishResult.REFUSED, PublishResult.UNKNOWN);
            }
        } finally {
            signal(frozen, "CONT");
            frozen.close();
        }
    }

    private static void signal(PrivateRabbitMq to, String signal) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + signal, Long.toString(to.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    @Test
    void aBrokerOfAnotherAuthorityIsRefused() throws Exception {
        TestAuthority other = TestAuthority.in(Files.createDirectory(directory.resolve("other")));
        isRefused(
                to("127.0.0.1", port).trusting(other.caFile()),
                "the broker at 127.0.0.1:" + port,
                "its certificate is of no authority in " + other.caFile());
        isRefused(to("127.0.0.1", port).trusting(null), "its certificate is of no authority in Java's own list");
    }

    @Test
    void aBrokerUnderAnotherNameIsRefused() {
        isRefused(to("localhost", port), "its certificate is for another name");
    }

    @Test
    void aBrokerWhoseCertificateHasExpiredIsRefused() {
        int own = FreePorts.next();
        try (PrivateRabbitMq old = listening(own, authority.expired("ip:127.0.0.1"))) {
            assertThat(old.port()).isPositive();
            isRefused(to("127.0.0.1", own), "its certificate has expired");
        }
    }

    @Test
    void whoMixesUpThePortsIsTold() {
        isRefused(to("127.0.0.1", broker.port()), "it does not speak TLS on this port");
        isRefused(AmqpConfig.of("amqp://guest:guest@127.0.0.1:" + port + "/%2F", "plain"), "TLS");
    }

    @Test
    void aRenewedAuthorityIsTakenOverAndOneThatIsGoneIsTold() throws Exception {
        Path caFile = directory.resolve("renewed.pem");
        TestAuthority other = TestAuthority.in(Files.createDirectory(directory.resolve("before")));
        Files.copy(other.caFile(), caFile);
        AmqpTransport transport = AmqpTransport.create(to("127.0.0.1", port).trusting(caFile));
        try {
            Publisher publisher = transport.publisher(PublisherOptions.named("test"));
            await().atMost(PATIENCE).until(() -> transport.health().detail().contains("of no authority in " + caFile));
            Files.delete(caFile);
            await().atMost(PATIENCE).until(() -> transport.health().detail().contains(caFile + " cannot be read"));
            Files.copy(authority.caFile(), caFile);
            await().atMost(PATIENCE).until(publisher::ready);
        } finally {
            transport.close();
        }
        assertThatThrownBy(() -> to("127.0.0.1", port).trusting(directory.resolve("absent.pem")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("absent.pem cannot be read");
    }
}
