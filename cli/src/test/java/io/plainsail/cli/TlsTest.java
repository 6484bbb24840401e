package io.plainsail.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A facade behind https whose certificate Java does not know. */
@Timeout(60)
class TlsTest {
    private static final String PASSWORD = "only-for-this-test";

    @TempDir
    Path home;

    private HttpsServer server;
    private Path certificate;

    @BeforeEach
    void start() throws Exception {
        Path store = home.resolve("server.p12");
        certificate = home.resolve("ca.pem");
        keytool(
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD);
        keytool(
                "-exportcert",
                "-rfc",
                "-alias",
                "server",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD,
                "-file",
                certificate.toString());
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 10);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/v1/whoami", exchange -> {
            byte[] body = "{\"role\":\"reader\"}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private static void keytool(String... arguments) throws Exception {
        List<String> command = new java.util.ArrayList<>(List.of(arguments));
        command.add(
                0, Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(out).isZero();
    }

    @Test
    void onlyWhoIsTrustedIsTalkedTo() throws Exception {
        Terminal terminal = new Terminal(home)
                .with(Access.URL, "https://127.0.0.1:" + server.getAddress().getPort())
                .with(Access.API_KEY, "psk_x");
        Terminal.Run stranger = terminal.run("whoami");
        assertThat(stranger.status()).isEqualTo(Exit.UNAVAILABLE);
        assertThat(stranger.err()).contains("certification path");

        terminal.with(Access.CA_FILE, certificate.toString());
        Terminal.Run trusted = terminal.run("whoami");
        assertThat(trusted.err()).isEmpty();
        assertThat(trusted.out()).contains("reader");

        terminal.with(
                Access.CA_FILE,
                Files.writeString(home.resolve("none.pem"), "no certificate").toString());
        assertThat(terminal.run("whoami").status()).isEqualTo(Exit.USAGE);
    }
}
