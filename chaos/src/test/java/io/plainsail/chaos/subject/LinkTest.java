package io.plainsail.chaos.subject;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinkTest {
    private static final int SOON_MILLIS = 30_000;
    private static final int MOMENT_MILLIS = 200;

    private ServerSocket server;
    private Link link;
    private Socket near;
    private Socket far;

    @BeforeEach
    void connect() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        link = new Link(server.getLocalPort());
        near = new Socket(InetAddress.getLoopbackAddress(), link.port());
        far = server.accept();
        near.setSoTimeout(SOON_MILLIS);
        far.setSoTimeout(SOON_MILLIS);
    }

    @AfterEach
    void close() throws IOException {
        link.close();
        near.close();
        far.close();
        server.close();
    }

    private static int readByte(Socket socket) throws IOException {
        return socket.getInputStream().read();
    }

    private static void nothingComes(Socket socket) throws IOException {
        socket.setSoTimeout(MOMENT_MILLIS);
        assertThatThrownBy(() -> readByte(socket)).isInstanceOf(SocketTimeoutException.class);
        socket.setSoTimeout(SOON_MILLIS);
    }

    @Test
    void bytesGoBothWaysAndTheEndOfOneWayLeavesTheOther() throws IOException {
        near.getOutputStream().write(1);
        assertThat(readByte(far)).isEqualTo(1);
        near.shutdownOutput();
        assertThat(readByte(far)).isEqualTo(-1);
        far.getOutputStream().write(2);
        assertThat(readByte(near)).isEqualTo(2);
        far.close();
        assertThat(readByte(near)).isEqualTo(-1);
    }

    @Test
    void cutItHoldsBytesAndEndsUntilItIsWhole() throws IOException {
        link.cut(true);
        far.getOutputStream().write(3);
        far.close();
        nothingComes(near);
        link.cut(false);
        assertThat(readByte(near)).isEqualTo(3);
        assertThat(readByte(near)).isEqualTo(-1);
    }

    @Test
    void cutItLetsNobodyThroughWhoComesNew() throws IOException {
        link.cut(true);
        try (Socket late = new Socket(InetAddress.getLoopbackAddress(), link.port())) {
            late.getOutputStream().write(4);
            server.setSoTimeout(MOMENT_MILLIS);
            assertThatThrownBy(() -> server.accept()).isInstanceOf(SocketTimeoutException.class);
            link.cut(false);
            server.setSoTimeout(SOON_MILLIS);
            try (Socket arrived = server.accept()) {
                arrived.setSoTimeout(SOON_MILLIS);
                assertThat(readByte(arrived)).isEqualTo(4);
            }
        }
    }

    @Test
    void slowItBringsEverythingInOrder() throws IOException {
        link.slow(20);
        for (int i = 0; i < 20; i++) {
            near.getOutputStream().write(i);
        }
        for (int i = 0; i < 20; i++) {
            assertThat(readByte(far)).isEqualTo(i);
        }
    }

    @Test
    void whereNobodyListensTheConnectionEnds() throws IOException {
        server.close();
        try (Socket lonely = new Socket(InetAddress.getLoopbackAddress(), link.port())) {
            lonely.setSoTimeout(SOON_MILLIS);
            assertThat(readByte(lonely)).isEqualTo(-1);
        }
    }

    @Test
    void closedItEndsWhatItHolds() throws IOException {
        link.cut(true);
        link.close();
        assertThat(readByte(near)).isEqualTo(-1);
    }
}
