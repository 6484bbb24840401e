package io.plainsail.worker.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.plainsail.contracts.wire.AttemptClaim;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.RunningCheck;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.messaging.tls.PemFiles;
import io.plainsail.testbed.TestAuthority;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.ResultDelivery.Answer;
import io.plainsail.worker.service.ResultDelivery.Upload;
import io.plainsail.worker.service.ResultDelivery.Verdict;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A facade behind https: a worker's tokens go to nobody else. */
@Timeout(120)
class HttpFacadeAccessTlsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final byte[] CONTENT = {1, 2, 3};

    @TempDir
    static Path directory;

    private static TestAuthority authority;
    private static final List<HttpsServer> servers = new ArrayList<>();
    private static final AtomicInteger heard = new AtomicInteger();
    private static int port;

    @BeforeAll
    static void listen() throws Exception {
        authority = TestAuthority.in(Files.createDirectory(directory.resolve("ca")));
        port = serve(authority.issue("ip:127.0.0.1"));
    }

    private static int serve(TestAuthority.Issued own) throws Exception {
        PemFiles.Identity identity = PemFiles.identity(own.certFile(), own.keyFile());
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(identity.store(), identity.password().toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            heard.incrementAndGet();
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
        servers.add(server);
        return server.getAddress().getPort();
    }

    @AfterAll
    static void stop() {
        servers.forEach(server -> server.stop(0));
    }

    private static HttpFacadeAccess to(String url, Path caFile) {
        return new HttpFacadeAccess(
                URI.create(url), new Secret("psk_a_b"), caFile, WorkerThreads.pool(2, "test", "results"));
    }

    private static Answer deliver(HttpFacadeAccess access) {
        Upload upload = new Upload(
                UUID.randomUUID(), 1, "secret-token", new Outcome.Bytes("a/b", CONTENT), CONTENT.length, new byte[32]);
        return access.deliver(upload, PATIENCE);
    }

    private static void isRefused(String url, Path caFile, String words) {
        int before = heard.get();
        try (HttpFacadeAccess access = to(url, caFile)) {
            Answer answer = deliver(access);
            assertThat(answer.verdict()).isEqualTo(Verdict.UNAVAILABLE);
            assertThat(answer.detail()).contains(words);
            JobMessage job = Jobs.job("{}");
            AttemptClaim claim = AttemptClaim.of(new Worker("s", "i", "h", "r"), job, true, false);
            assertThat(access.claim(job, claim, PATIENCE)).isEqualTo(new FacadeAccess.NotReached());
            assertThat(access.check("i", new RunningCheck(List.of(), List.of()), PATIENCE))
                    .isEmpty();
        }
        assertThat(heard).hasValue(before);
    }

    @Test
    void aFacadeOfTheGivenAuthorityIsSpokenTo() {
        try (HttpFacadeAccess access = to("https://127.0.0.1:" + port, authority.caFile())) {
            assertThat(deliver(access).verdict()).isEqualTo(Verdict.TAKEN);
        }
    }

    @Test
    void aFacadeOfAnotherAuthorityIsNot() throws Exception {
        TestAuthority other = TestAuthority.in(Files.createDirectory(directory.resolve("other")));
        isRefused("https://127.0.0.1:" + port, other.caFile(), "of no authority in " + other.caFile());
        isRefused("https://127.0.0.1:" + port, null, "of no authority in Java's own list");
    }

    @Test
    void aFacadeUnderAnotherNameIsNot() {
        isRefused("https://localhost:" + port, authority.caFile(), "its certificate is for another name");
    }

    @Test
    void aFacadeWhoseCertificateHasExpiredIsNot() throws Exception {
        int expired = serve(authority.expired("ip:127.0.0.1"));
        isRefused("https://127.0.0.1:" + expired, authority.caFile(), "its certificate has expired");
    }
}
