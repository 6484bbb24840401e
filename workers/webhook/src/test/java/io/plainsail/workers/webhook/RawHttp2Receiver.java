package io.plainsail.workers.webhook;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A receiver that writes HTTP/2 frames of its choice, once it has read a request. */
final class RawHttp2Receiver implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;

    /** {@code :status: 200}, the eighth entry of HPACK's table. */
    static final byte[] STATUS_200 = {(byte) 0x88};

    /** Talks on one connection. */
    @FunctionalInterface
    interface Talk {
        void on(Connection connection) throws IOException;
    }

    final AtomicInteger connections = new AtomicInteger();

    /** Completed when the first request was read. */
    final CompletableFuture<Boolean> asked = new CompletableFuture<>();

    /** Completed when a talk ended because the client went away. */
    final CompletableFuture<Boolean> clientLeft = new CompletableFuture<>();

    private final SSLServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private RawHttp2Receiver(ReceiverTls tls, Talk talk, String... protocols) throws IOException {
        server = (SSLServerSocket)
                tls.receiving.getServerSocketFactory().createServerSocket(0, 50, Deliveries.address("127.0.0.1"));
        SSLParameters parameters = server.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        server.setSSLParameters(parameters);
        threads.execute(() -> {
            while (!server.isClosed()) {
                try {
                    SSLSocket socket = (SSLSocket) server.accept();
                    threads.execute(() -> talk(socket, talk));
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    static RawHttp2Receiver talking(ReceiverTls tls, Talk talk) {
        try {
            return new RawHttp2Receiver(tls, talk, "h2");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** It takes HTTP/1.1 as well, and answers 204 then. */
    static RawHttp2Receiver talkingBoth(ReceiverTls tls, Talk talk) {
        try {
            return new RawHttp2Receiver(tls, talk, "h2", "http/1.1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "https://receiver.test:" + server.getLocalPort() + "/hooks";
    }

    @Override
    public void close() {
        threads.shutdownNow();
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void talk(SSLSocket socket, Talk talk) {
        try (socket) {
            socket.startHandshake();
            Connection connection = new Connection(socket, connections.incrementAndGet());
            if (socket.getApplicationProtocol().equals("http/1.1")) {
                connection.readHead();
                connection.out.writeBytes("HTTP/1.1 204 No Content\r\n\r\n");
                connection.out.flush();
                connection.awaitHangUp();
            }
            connection.send(SETTINGS, 0, 0);
            connection.in.readNBytes(24);
            talk.on(connection);
        } catch (IOException e) {
            clientLeft.complete(true);
        }
    }

    /** Frames in and out. */
    final class Connection {
        private final DataInputStream in;
        private final DataOutputStream out;
        private final int number;

        private Connection(SSLSocket socket, int number) throws IOException {
            this.number = number;
            in = new DataInputStream(socket.getInputStream());
            out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
        }

        /** The first is 1. */
        int number() {
            return number;
        }

        private void readHead() throws IOException {
            int ends = 0;
            while (ends < 4) {
                int read = in.readUnsignedByte();
                ends = read == '\r' || read == '\n' ? ends + 1 : 0;
            }
        }

        /** Reads until a request has ended; returns its stream. */
        int request() throws IOException {
            while (true) {
                int length = in.readUnsignedShort() << 8 | in.readUnsignedByte();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                int stream = in.readInt();
                in.skipNBytes(length);
                if (type == SETTINGS && flags == 0) {
                    send(SETTINGS, 1, 0);
                }
                if ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
                    asked.complete(true);
                    return stream;
                }
            }
        }

        void send(int type, int flags, int stream, byte... payload) throws IOException {
            out.writeByte(payload.length >> 16);
            out.writeShort(payload.length);
            out.writeByte(type);
            out.writeByte(flags);
            out.writeInt(stream);
            out.write(payload);
            out.flush();
        }

        void awaitHangUp() throws IOException {
            while (in.read() >= 0) {
                // Whatever it still says.
            }
            throw new IOException("the client hung up");
        }
    }
}
