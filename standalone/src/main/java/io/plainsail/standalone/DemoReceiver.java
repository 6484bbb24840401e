package io.plainsail.standalone;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.plainsail.workers.webhook.InvalidWebhookException;
import io.plainsail.workers.webhook.SigningKey;
import io.plainsail.workers.webhook.WebhookSignature;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;

/** A webhook's receiver as a customer would write it: it verifies before it believes. {@code /gone} answers 410. */
final class DemoReceiver implements AutoCloseable {
    private final HttpServer server;
    private final SigningKey key;

    private volatile int verified;
    private volatile String lastBody = "";
    private volatile String lastRefusal = "nothing came";

    private DemoReceiver(HttpServer server, SigningKey key) {
        this.server = server;
        this.key = key;
    }

    static DemoReceiver start(String secret) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        DemoReceiver receiver = new DemoReceiver(server, SigningKey.of(secret));
        server.createContext("/hook", receiver::receive);
        server.createContext("/gone", exchange -> {
            exchange.getRequestBody().readAllBytes();
            answer(exchange, 410);
        });
        server.start();
        return receiver;
    }

    private void receive(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        try {
            WebhookSignature.verify(
                    exchange.getRequestHeaders(), body, key, WebhookSignature.DEFAULT_TOLERANCE, Clock.systemUTC());
            lastBody = new String(body, StandardCharsets.UTF_8);
            verified++;
            answer(exchange, 204);
        } catch (InvalidWebhookException e) {
            lastRefusal = String.valueOf(e.getMessage());
            answer(exchange, 401);
        }
    }

    private static void answer(HttpExchange exchange, int status) throws IOException {
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    int verified() {
        return verified;
    }

    String lastBody() {
        return lastBody;
    }

    String lastRefusal() {
        return lastRefusal;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
