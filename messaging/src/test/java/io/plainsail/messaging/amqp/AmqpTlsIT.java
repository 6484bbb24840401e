package io.plainsail.messaging.amqp;

import static io.plainsail.messaging.RecordingListener.PATIENCE;
import static io.plainsail.messaging.RecordingListener.message;
import static io.plainsail.messaging.RecordingListener.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.plainsail.contracts.JobType;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Publisher;
import io.plainsail.messaging.PublisherOptions;
import io.plainsail.messaging.RecordingListener;
import io.plainsail.messaging.SubscriptionOptions;
import io.plainsail.testbed.PrivateRabbitMq;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code amqps://}: encrypted, and only with a broker whose certificate the JVM trusts. */
class AmqpTlsIT {
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final Destination JOBS = Destination.jobs(new JobType("test.tls", 1));

    @TempDir
    Path directory;

    @Test
    void trustedBrokerIsUsedAndAnUntrustedOneIsNot() throws Exception {
        assumeTrue(PrivateRabbitMq.isInstalled(), "RabbitMQ is not installed");
        KeyStore keys = makeCertificate();
        int port = freePort();
        PrivateRabbitMq.Options options = PrivateRabbitMq.Options.defaults()
                .withConfiguration("listeners.ssl.default", "127.0.0.1:" + port)
                .withConfiguration("ssl_options.certfile", pem(keys, false).toString())
                .withConfiguration("ssl_options.keyfile", pem(keys, true).toString())
                .withConfiguration("ssl_options.cacertfile", pem(keys, false).toString())
                .withConfiguration("ssl_options.verify", "verify_none");
        try (PrivateRabbitMq broker = PrivateRabbitMq.start(options)) {
            String uri = "amqps://guest:guest@127.0.0.1:" + port + "/%2F";
            SSLContext standard = SSLContext.getDefault();

            AmqpTransport distrustful = AmqpTransport.create(AmqpConfig.of(uri, "tls"));
            distrustful.publisher(PublisherOptions.named("test"));
            await().atMost(PATIENCE)
                    .until(() -> distrustful.health().detail().contains("unable to find valid certification path"));
            assertThat(distrustful.health().connected()).isFalse();
            distrustful.close();

            SSLContext.setDefault(trusting(keys));
            AmqpTransport transport = AmqpTransport.create(AmqpConfig.of(uri, "tls"));
            try {
                RecordingListener listener = RecordingListener.acking();
                transport.subscribe(JOBS, new SubscriptionOptions("test", 10), listener);
                Publisher publisher = transport.publisher(PublisherOptions.named("test"));
                await().atMost(PATIENCE)
                        .until(() -> publisher.ready() && transport.health().connected());
                LinkedBlockingQueue<PublishResult> results = new LinkedBlockingQueue<>();
                publisher.publish(JOBS, message("secret"), results::add);

                assertThat(results.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(PublishResult.CONFIRMED);
                assertThat(text(listener.next())).isEqualTo("secret");
                assertThat(broker.rabbitmqctl("list_connections", "ssl", "--quiet"))
                        .contains("true");
            } finally {
                transport.close();
                SSLContext.setDefault(standard);
            }
        }
    }

    private KeyStore makeCertificate() throws Exception {
        Path file = directory.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "broker",
                        "-keyalg",
                        "RSA",
                        "-keysize",
                        "2048",
                        "-dname",
                        "CN=broker",
                        "-ext",
                        "SAN=IP:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .inheritIO()
                .start();
        assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        return keys;
    }

    private Path pem(KeyStore keys, boolean key) throws Exception {
        byte[] content = key
                ? keys.getKey("broker", PASSWORD).getEncoded()
                : keys.getCertificate("broker").getEncoded();
        String label = key ? "PRIVATE KEY" : "CERTIFICATE";
        return Files.writeString(
                directory.resolve(key ? "key.pem" : "certificate.pem"),
                "-----BEGIN " + label + "-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content) + "\n-----END " + label
                        + "-----\n");
    }

    private static SSLContext trusting(KeyStore keys) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("broker", keys.getCertificate("broker"));
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
