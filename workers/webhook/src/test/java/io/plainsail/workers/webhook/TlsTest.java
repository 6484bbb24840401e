package io.plainsail.workers.webhook;

import static io.plainsail.workers.webhook.Deliveries.address;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.JobFailedException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a receiver with a self-signed certificate for {@code receiver.test}. */
@Timeout(60)
class TlsTest {
    private final AtomicInteger requests = new AtomicInteger();
    private final ReceiverTls tls = new ReceiverTls();
    private final HttpsServer server = HttpsServer.create(new InetSocketAddress(address("127.0.0.1"), 0), 50);

    TlsTest() throws Exception {}

    @BeforeEach
    void start() {
        server.setHttpsConfigurator(new HttpsConfigurator(tls.receiving));
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
        try (Deliveries deliveries = with(tls.trusting)) {
            assertThat(deliveries.deliver(job("receiver.test")).get("status").intValue())
                    .isEqualTo(200);
        }
    }

    @Test
    void certificateForAnotherNameIsRejected() {
        try (Deliveries deliveries = with(tls.trusting)) {
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
                Deliveries deliveries = with(tls.trusting)) {
            String url = plain.url("/").replace("http://127.0.0.1", "https://receiver.test");
            JobFailedException e = deliveries.failureOf(FakeJob.of(url, "{}"));
            assertThat(e.category()).isEqualTo(ErrorCategory.UNAVAILABLE);
            assertThat(e.code()).isEqualTo("tls");
            assertThat(plain.head).isNotCompleted();
        }
    }

    @Test
    void handshakeWithoutEndIsLeft() throws Exception {
        try (RawReceiver silent = RawReceiver.saying("");
                Deliveries deliveries = with(tls.trusting)) {
            String url = silent.url("/").replace("http://127.0.0.1", "https://receiver.test");
            JobFailedException e = deliveries.failureOf(FakeJob.of(url, "{}").within(Duration.ofSeconds(6)));
            assertThat(e.code()).isEqualTo("timeout");
            assertThat(silent.clientLeft.get(30, TimeUnit.SECONDS)).isTrue();
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
