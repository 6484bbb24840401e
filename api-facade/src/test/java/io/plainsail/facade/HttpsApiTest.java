package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.plainsail.messaging.embedded.EmbeddedTransport;
import io.plainsail.messaging.tls.PemFiles;
import io.plainsail.testbed.TestAuthority;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The API over https, with a certificate that is renewed while it runs. */
@Timeout(180)
class HttpsApiTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    static Path authorityDirectory;

    private static TestAuthority authority;
    private static TestAuthority.Issued first;
    private static TestAuthority.Issued second;

    @TempDir
    Path directory;

    private Path certFile;
    private Path keyFile;
    private RunningFacade facade;

    @BeforeAll
    static void issue() {
        authority = TestAuthority.in(authorityDirectory);
        first = authority.issue("ip:127.0.0.1");
        second = authority.issueRsa("ip:127.0.0.1,dns:localhost");
    }

    @BeforeEach
    void start() throws Exception {
        certFile = Files.copy(first.certFile(), directory.resolve("server.pem"));
        keyFile = Files.copy(first.keyFile(), directory.resolve("server.key"));
        facade = startWith(certFile, keyFile);
    }

    private RunningFacade startWith(Path cert, Path key) throws Exception {
        return RunningFacade.start(
                Files.createTempDirectory(directory, "facade"),
                EmbeddedTransport.create(),
                "{type: pem, port: 0, bindHost: 127.0.0.1, certFile: \"%s\", keyFile: \"%s\"}".formatted(cert, key),
                "");
    }

    @AfterEach
    void stop() throws Exception {
        facade.close();
    }

    private int status(String url) throws IOException, InterruptedException {
        return status(client(), HttpRequest.newBuilder(URI.create(url)));
    }

    private static HttpClient client() {
        return HttpClient.newBuilder()
                .sslContext(PemFiles.trusting(authority.caFile()))
                .connectTimeout(PATIENCE)
                .build();
    }

    private static int status(HttpClient client, HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    private String address() {
        return "https://127.0.0.1:" + facade.port() + "/health/ready";
    }

    /** Of the certificate that a new connection is shown. */
    private String subject() {
        try (SSLSocket socket = (SSLSocket)
                PemFiles.trusting(authority.caFile()).getSocketFactory().createSocket("127.0.0.1", facade.port())) {
            socket.setSoTimeout(10_000);
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void replace(Path file, Path by) throws IOException {
        Path beside = Files.copy(by, file.resolveSibling("new"), StandardCopyOption.REPLACE_EXISTING);
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    }

    @Test
    void theApiIsServedWithItsChainUnderItsName() throws Exception {
        assertThat(status(address())).isEqualTo(200);
        // The certificate names the address and not this name.
        assertThatThrownBy(() -> status("https://localhost:" + facade.port() + "/health/ready"))
                .isInstanceOf(SSLException.class)
                .hasMessageContaining("localhost");
    }

    @Test
    void aLargeBodyDoesNotLoseTheAnswerThatDidNotNeedIt() throws Exception {
        HttpClient client = client();
        for (int i = 0; i < 5; i++) {
            assertThat(status(
                            client,
                            HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + facade.port() + "/nowhere"))
                                    .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[2 << 20]))))
                    .isEqualTo(404);
        }
    }

    @Test
    void aChangedCertificateIsTakenOverAndAHalfChangedOneIsNot() throws Exception {
        assertThat(subject()).isEqualTo("CN=server-1");
        replace(certFile, second.certFile());
        // Its key is still the old one: whatever is seen meanwhile must be the first certificate.
        long looks = 3;
        for (long i = 0; i < looks; i++) {
            assertThat(subject()).isEqualTo("CN=server-1");
        }
        replace(keyFile, second.keyFile());
        await().atMost(PATIENCE).until(() -> subject().equals("CN=server-2"));
        Files.writeString(certFile, "nonsense");
        assertThat(subject()).isEqualTo("CN=server-2");
        Files.delete(certFile);
        replace(keyFile, first.keyFile());
        replace(certFile, first.certFile());
        await().atMost(PATIENCE).until(() -> subject().equals("CN=server-1"));
        assertThat(status(address())).isEqualTo(200);
    }

    @Test
    void whoSpeaksPlainHttpToItGetsNothingAndHurtsNobody() throws Exception {
        try (Socket plain = new Socket("127.0.0.1", facade.port())) {
            plain.setSoTimeout(10_000);
            plain.getOutputStream()
                    .write("GET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            InputStream in = plain.getInputStream();
            String answer = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(answer).doesNotContain("HTTP/1.1 200").doesNotContain("ready");
        }
        assertThat(status(address())).isEqualTo(200);
    }

    @Test
    void filesThatCannotBeUsedEndTheStartAndAreNamed() {
        Path absent = directory.resolve("absent.pem");
        assertThatThrownBy(() -> startWith(absent, keyFile)).hasMessageContaining(absent + " cannot be read");
        assertThatThrownBy(() -> startWith(certFile, second.keyFile()))
                .hasMessageContaining(second.keyFile() + " holds no EC key");
        assertThatThrownBy(() -> startWith(certFile, Path.of("")))
                .hasMessageContaining("certFile is set and keyFile is not");
    }

    @Test
    void anExpiredCertificateIsServedAndRefusedByItsCallers() throws Exception {
        TestAuthority.Issued old = authority.expired("ip:127.0.0.1");
        try (RunningFacade expired = startWith(old.certFile(), old.keyFile())) {
            assertThatThrownBy(() -> status("https://127.0.0.1:" + expired.port() + "/health/ready"))
                    .isInstanceOf(SSLException.class)
                    .hasStackTraceContaining("CertificateExpiredException");
        }
    }
}
