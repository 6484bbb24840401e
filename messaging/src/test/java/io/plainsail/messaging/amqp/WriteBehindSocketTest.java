package io.plainsail.messaging.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WriteBehindSocketTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final AtomicInteger room = new AtomicInteger();
    private final WriteBehindSocket socket =
            new WriteBehindSocket(task -> new Thread(task, "sender"), room::incrementAndGet);
    private Socket other;

    @BeforeEach
    void connect() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            socket.connect(server.getLocalSocketAddress());
            other = server.accept();
        }
        socket.start();
    }

    @AfterEach
    void close() throws IOException {
        socket.abort();
        other.close();
    }

    @Test
    void everythingWrittenArrivesInOrder() throws IOException {
        byte[] sent = new byte[300_000];
        new Random(5).nextBytes(sent);
        OutputStream out = socket.getOutputStream();
        for (int offset = 0; offset < sent.length; offset += 1_000) {
            out.write(sent, offset, 1_000);
        }
        out.write(7);
        socket.close();

        byte[] received = other.getInputStream().readAllBytes();

        assertThat(Arrays.copyOf(received, sent.length)).isEqualTo(sent);
        assertThat(received).hasSize(sent.length + 1).endsWith(7);
    }

    @Test
    void writingWaitsForNobodyAndTellsThatThereIsNoRoom() throws IOException {
        byte[] megabyte = new byte[1024 * 1024];
        OutputStream out = socket.getOutputStream();
        assertThat(socket.hasRoom()).isTrue();

        assertTimeoutPreemptively(LIMIT, () -> {
            for (int i = 0; i < 32; i++) {
                out.write(megabyte);
            }
            out.flush();
        });

        assertThat(socket.hasRoom()).isFalse();
        readAll(32L * megabyte.length);
        await().atMost(LIMIT).until(() -> socket.hasRoom() && room.get() >= 1);
    }

    @Test
    void abortEndsAWriteThatHangs() throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(new byte[32 * 1024 * 1024]);

        assertTimeoutPreemptively(LIMIT, socket::abort);

        assertThat(socket.hasEnded()).isTrue();
        assertThatThrownBy(() -> out.write(1)).isInstanceOf(IOException.class);
    }

    @Test
    void closingDoesNotWaitForSomebodyWhoReadsNothing() throws IOException {
        socket.getOutputStream().write(new byte[32 * 1024 * 1024]);

        assertTimeoutPreemptively(LIMIT, socket::close);

        assertThat(socket.hasEnded()).isTrue();
    }

    @Test
    void writingToSomebodyWhoLeftEndsTheConnection() throws IOException {
        OutputStream out = socket.getOutputStream();
        other.close();

        await().atMost(LIMIT).until(() -> {
            if (!socket.hasEnded()) {
                try {
                    out.write(new byte[1_000]);
                } catch (IOException e) {
                    return true;
                }
            }
            return socket.hasEnded();
        });
    }

    private void readAll(long count) throws IOException {
        InputStream in = other.getInputStream();
        byte[] buffer = new byte[64 * 1024];
        long left = count;
        while (left > 0) {
            int read = in.read(buffer);
            assertThat(read).isPositive();
            left -= read;
        }
    }
}
