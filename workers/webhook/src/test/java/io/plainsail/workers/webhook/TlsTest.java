package io.plainsail.workers.webhook;

import static io.plainsail.workers.webhook.Deliveries.address;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.security.KeyStore;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a receiver with a self-signed certificate for {@code receiver.test}. */
@Timeout(60)
class TlsTest {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final AtomicInteger requests = new AtomicInteger();
    private final SSLContext trusting = SSLContext.getInstance("TLS");
    private final HttpsServer server = HttpsServer.create(new InetSocketAddress(address("127.0.0.1"), 0), 50);

    TlsTest() throws Exception {}

    @BeforeEach
    void start() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Objects.requireNonNull(TlsTest.class.getResourceAsStream("/tls/receiver.p12"))) {
            store.load(in, PASSWORD);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        KeyStore certificates = KeyStore.getInstance("PKCS12");
        certificates.load(null, null);
        certificates.setCertificateEntry("receiver", store.getCertificate("receiver"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(certificates);
        trusting.init(null, trust.getTrustManagers(), null);

        SSLContext receiving = SSLContext.getInstance("TLS");
        receiving.init(keys.getKeyManagers(), null, null);
        server.setHttpsConfigurator(new HttpsConfigurator(receiving));
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void trustedCertificateForTheNameIsDeliveredTo() throws Exception {
        try (Deliveries deliveries = with(trusting)) {
            assertThat(deliveries.deliver(job("receiver.test")).get("status").intValue())
                    .isEqualTo(200);
        }
    }

    @Test
    void certificateForAnotherNameIsRejected() {
        try (Deliveries deliveries = with(trusting)) {
            assertRejected(deliveries.failureOf(job("other.test")));
            assertRejected(deliveries.failureOf(job("127.0.0.1")));
        }
    }

    @Test
    void unknownIssuerIsRejected() throws Exception {
        try (Deliveries deliveries = with(SSLContext.getDefault())) {
            assertRejected(deliveries.failureOf(job("receiver.test")));
        }
    }

    @Test
    void receiverWithoutTlsIsUnavailable() {
        try (RawReceiver plain = RawReceiver.speakingFirst("HTTP/1.1 400 Bad Request\r\n\r\n");
                Deliveries deliveries = with(trusting)) {
            String url = plain.url("/").replace("http://127.0.0.1", "https://receiver.test");
            JobFailedException e = deliveries.failureOf(FakeJob.of(url, "{}"));
            assertThat(e.category()).isEqualTo(ErrorCategory.UNAVAILABLE);
            assertThat(e.code()).isEqualTo("tls");
            assertThat(plain.head).isNotCompleted();
        }
    }

    private void assertRejected(JobFailedException e) {
        assertThat(e.category()).isEqualTo(ErrorCategory.REJECTED);
        assertThat(e.code()).isEqualTo("tls");
        assertThat(requests).hasValue(0);
    }

    private FakeJob job(String host) {
        return FakeJob.of("https://" + host + ":" + server.getAddress().getPort() + "/", "{}");
    }

    private static Deliveries with(SSLContext tls) {
        return Deliveries.with(Deliveries.OPEN, host -> List.of(address("127.0.0.1")), tls);
    }
}
