package io.plainsail.facade;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.messaging.embedded.EmbeddedTransport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Connections after answers that did not need the request's body. */
@Timeout(120)
class ConnectionApiTest {
    private static final String CLAIM = "POST /v1/jobs/0190a5b0-0000-7000-8000-000000000001/attempts/1/claim";
    /** Most clients send it after the headers, in a packet of its own. */
    private static final String BODY = "{\"a\": \"body of forty bytes, no more 1\"}\n";

    private static final String MEBIBYTE = "x".repeat(1 << 20);

    @TempDir
    static Path directory;

    private static RunningFacade facade;

    @BeforeAll
    static void start() throws Exception {
        facade = RunningFacade.start(directory, EmbeddedTransport.create(), "");
    }

    @AfterAll
    static void stop() throws Exception {
        facade.close();
    }

    private static Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", facade.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String headers(String call, long length) {
        return call + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " + length
                + "\r\n\r\n";
    }

    /** The next answer's line and headers; its body is read, too. */
    private static String answer(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        while (!read.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int next = in.read();
            assertThat(next).as("after <%s>", read).isNotNegative();
            read.write(next);
        }
        String head = read.toString(StandardCharsets.US_ASCII);
        in.skipNBytes(Long.parseLong(head.replaceAll("(?is).*\r\ncontent-length: (\\d+)\r\n.*", "$1")));
        return head;
    }

    @Test
    void aRefusedFormIsAnsweredBeforeTheBody() throws Exception {
        try (Socket socket = connect()) {
            write(socket, headers("POST /v1/jobs", BODY.length()).replace("application/json", "text/plain"));
            assertThat(answer(socket)).startsWith("HTTP/1.1 415").containsIgnoringCase("\r\nConnection: close\r\n");
        }
    }

    @ParameterizedTest
    @CsvSource({CLAIM + ", 403", "POST /nowhere, 404", "PUT /v1/jobs, 405"})
    void anAnswerBeforeTheBodySaysThatTheConnectionEnds(String call, int status) throws Exception {
        try (Socket socket = connect()) {
            write(socket, headers(call, BODY.length()));
            assertThat(answer(socket))
                    .startsWith("HTTP/1.1 " + status)
                    .containsIgnoringCase("\r\nConnection: close\r\n");
            write(socket, BODY);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    /** Many clients look for the answer when they have sent everything, as Java's does. */
    @ParameterizedTest
    @CsvSource({CLAIM + ", 403", "POST /nowhere, 404", "PUT /v1/jobs, 405"})
    void aLargeBodyMayBeSentToItsEndAfterTheAnswer(String call, int status) throws Exception {
        try (Socket socket = connect()) {
            write(socket, headers(call, 8 * MEBIBYTE.length()));
            assertThat(answer(socket)).startsWith("HTTP/1.1 " + status);
            for (int i = 0; i < 8; i++) {
                write(socket, MEBIBYTE);
            }
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void aBodyThatIsReadUpToItsLimitMayBeSentToItsEnd() throws Exception {
        try (Socket socket = connect()) {
            write(socket, headers("POST /v1/jobs", 8 * MEBIBYTE.length()));
            for (int i = 0; i < 8; i++) {
                write(socket, MEBIBYTE);
            }
            assertThat(answer(socket)).startsWith("HTTP/1.1 413");
        }
    }

    @Test
    void aBodyWithoutEndIsNotReadToIt() throws Exception {
        try (Socket socket = connect()) {
            write(socket, headers("POST /nowhere", 1_000_000L * MEBIBYTE.length()));
            assertThat(answer(socket)).startsWith("HTTP/1.1 404");
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 200; i++) {
                            write(socket, MEBIBYTE);
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void aBodyThatComesByDropsIsNotReadForLong() throws Exception {
        try (Socket socket = connect()) {
            write(socket, headers("POST /nowhere", MEBIBYTE.length()));
            assertThat(answer(socket)).startsWith("HTTP/1.1 404");
            assertThatThrownBy(() -> {
                        while (true) {
                            write(socket, "x");
                            Thread.sleep(100);
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void whoAsksBeforeSendingIsNotToldToSendAfterTheRefusal() throws Exception {
        try (Socket socket = connect()) {
            String headers = headers("POST /nowhere", BODY.length());
            write(socket, headers.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n"));
            assertThat(answer(socket)).startsWith("HTTP/1.1 404");
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @CsvSource({CLAIM + ", 403", "POST /nowhere, 404", "PUT /v1/jobs, 405"})
    void theConnectionStaysIfTheBodyIsThere(String call, int status) throws Exception {
        try (Socket socket = connect()) {
            for (int i = 0; i < 3; i++) {
                write(socket, headers(call, BODY.length()) + BODY);
                assertThat(answer(socket))
                        .startsWith("HTTP/1.1 " + status)
                        .doesNotContainIgnoringCase("\r\nConnection:");
            }
        }
    }
}
