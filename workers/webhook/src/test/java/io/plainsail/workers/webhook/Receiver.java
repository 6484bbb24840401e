package io.plainsail.workers.webhook;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A well-behaved receiver on this machine that keeps what it got. */
final class Receiver implements AutoCloseable {
    /** A request as it came in. */
    static final class Request {
        final String method;
        final String uri;
        final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        final byte[] body;
        final int peerPort;

        private Request(HttpExchange exchange) throws IOException {
            method = exchange.getRequestMethod();
            uri = exchange.getRequestURI().toString();
            headers.putAll(exchange.getRequestHeaders());
            body = exchange.getRequestBody().readAllBytes();
            peerPort = exchange.getRemoteAddress().getPort();
        }
    }

    /** Says how a request is answered. */
    @FunctionalInterface
    interface Answering {
        void answer(HttpExchange exchange, byte[] body) throws IOException;
    }

    final List<Request> requests = new CopyOnWriteArrayList<>();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private Receiver(String address, int port, Answering answering) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(address), port), 50);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                Request request = new Request(exchange);
                requests.add(request);
                answering.answer(exchange, request.body);
            }
        });
        server.start();
    }

    static Receiver answering(Answering answering) {
        return at("127.0.0.1", 0, answering);
    }

    static Receiver at(String address, int port, Answering answering) {
        try {
            return new Receiver(address, port, answering);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Receiver answering(int status, String... headers) {
        return answering((exchange, body) -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().add(headers[i], headers[i + 1]);
            }
            exchange.sendResponseHeaders(status, -1);
        });
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
