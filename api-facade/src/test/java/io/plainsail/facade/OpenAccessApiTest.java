package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A facade on loopback that asks for no keys: for people on this machine, and not for web pages that they look at. */
@Timeout(60)
class OpenAccessApiTest {
    @TempDir
    Path directory;

    private RunningFacade facade;

    @BeforeEach
    void start() throws Exception {
        facade = RunningFacade.start(directory, EmbeddedTransport.create(), "");
    }

    @AfterEach
    void stop() throws Exception {
        facade.close();
    }

    /** As a browser may send it, which Java's client may not. */
    private String statusLine(String headers) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", facade.port())) {
            socket.setSoTimeout(30_000);
            String request = "POST /v1/jobs/cancel?type=test.echo HTTP/1.1\r\n" + headers
                    + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return answer.lines().findFirst().orElse("");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: evil.example",
                "Host: 127.0.0.1.evil.example:8080",
                "Host: localhost.evil.example",
                "Host: 192.0.2.1",
                "Host: localhost:8080\r\nSec-Fetch-Site: cross-site"
            })
    void webPagesOfOthersAreRefused(String headers) throws Exception {
        assertThat(statusLine(headers)).contains(" 403 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: localhost:8080",
                "Host: 127.0.0.1",
                "Host: 127.8.9.1:1",
                "Host: [::1]:8080",
                "Host: localhost:8080\r\nSec-Fetch-Site: same-origin",
                "Host: localhost:8080\r\nSec-Fetch-Site: none"
            })
    void whoeverIsOnThisMachineIsAnswered(String headers) throws Exception {
        assertThat(statusLine(headers)).contains(" 200 ");
    }
}
