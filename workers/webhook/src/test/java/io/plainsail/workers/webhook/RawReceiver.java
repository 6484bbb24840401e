package io.plainsail.workers.webhook;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A receiver that writes bytes of its choice, once it has read the head of a request. */
final class RawReceiver implements AutoCloseable {
    /** Talks on one connection. */
    @FunctionalInterface
    interface Talk {
        void on(Socket connection) throws IOException;
    }

    final AtomicInteger connections = new AtomicInteger();

    /** Completed with the first request's head. */
    final CompletableFuture<String> head = new CompletableFuture<>();

    /** Completed when a talk ended because the client went away. */
    final CompletableFuture<Boolean> clientLeft = new CompletableFuture<>();

    private final ServerSocket server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private final boolean listensFirst;

    private RawReceiver(Talk talk, boolean listensFirst) throws IOException {
        this.listensFirst = listensFirst;
        server = new ServerSocket(0, 50, Deliveries.address("127.0.0.1"));
        threads.execute(() -> {
            while (!server.isClosed()) {
                try {
                    Socket connection = server.accept();
                    connections.incrementAndGet();
                    threads.execute(() -> talk(talk, connection));
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    static RawReceiver talking(Talk talk) {
        return open(talk, true);
    }

    /** Writes the text as soon as it is connected to. */
    static RawReceiver speakingFirst(String text) {
        return open(
                connection -> {
                    write(connection, text);
                    awaitHangUp(connection);
                },
                false);
    }

    private static RawReceiver open(Talk talk, boolean listensFirst) {
        try {
            return new RawReceiver(talk, listensFirst);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the text and waits for the client to hang up. */
    static RawReceiver saying(String text) {
        return talking(connection -> {
            write(connection, text);
            awaitHangUp(connection);
        });
    }

    static void write(Socket connection, String text) throws IOException {
        connection.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    static void awaitHangUp(Socket connection) throws IOException {
        while (connection.getInputStream().read() >= 0) {
            // The rest of the request.
        }
        throw new IOException("the client hung up");
    }

    String url(String path) {
        return "http://127.0.0.1:" + server.getLocalPort() + path;
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.shutdownNow();
    }

    private void talk(Talk talk, Socket connection) {
        try (connection) {
            if (listensFirst) {
                head.complete(readHead(connection.getInputStream()));
            }
            talk.on(connection);
        } catch (IOException e) {
            clientLeft.complete(true);
        }
    }

    private static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int read = in.read();
            if (read < 0) {
                throw new IOException("the client hung up");
            }
            head.append((char) read);
        }
        return head.toString();
    }
}
