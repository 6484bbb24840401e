package io.plainsail.worker.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.plainsail.contracts.json.StrictJson;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;

/**
 * Health and metrics over HTTP, for the machine's operator: {@code /health/alive}, {@code /health/ready} and
 * {@code /metrics} (Prometheus text). Thread-safe.
 */
final class AdminServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService executor;

    private record Page(int status, String contentType, String body) {}

    private AdminServer(HttpServer server, ExecutorService executor) {
        this.server = server;
        this.executor = executor;
    }

    /**
     * Listens.
     *
     * @param executor answers requests; ended by {@link #close}
     * @throws IOException naming the address, if it cannot be had
     */
    static AdminServer open(
            WorkerConfig.Admin address,
            ExecutorService executor,
            Supplier<WorkerHealth> health,
            Supplier<String> metrics)
            throws IOException {
        HttpServer server;
        try {
            server = HttpServer.create(new InetSocketAddress(address.host(), address.port()), 16);
        } catch (IOException e) {
            throw new IOException(
                    "the admin port " + address.host() + ":" + address.port() + " cannot be listened on: "
                            + e.getMessage(),
                    e);
        }
        AdminServer admin = new AdminServer(server, executor);
        admin.page("/health/alive", () -> health(health.get(), health.get().alive()));
        admin.page("/health/ready", () -> health(health.get(), health.get().ready()));
        admin.page("/metrics", () -> new Page(200, "text/plain; version=0.0.4; charset=utf-8", metrics.get()));
        admin.page("/", () -> new Page(404, "text/plain; charset=utf-8", "not found\n"));
        server.setExecutor(executor);
        server.start();
        return admin;
    }

    int port() {
        return server.getAddress().getPort();
    }

    private static Page health(WorkerHealth health, boolean well) {
        ObjectNode body = StrictJson.mapper().createObjectNode();
        body.put("alive", health.alive()).put("ready", health.ready()).put("detail", health.detail());
        return new Page(well ? 200 : 503, "application/json", body.toString());
    }

    private void page(String path, Supplier<Page> content) {
        server.createContext(path, exchange -> {
            try (exchange) {
                boolean exact = exchange.getRequestURI().getPath().equals(path) || path.equals("/");
                boolean reads = exchange.getRequestMethod().equals("GET")
                        || exchange.getRequestMethod().equals("HEAD");
                if (!reads) {
                    answer(exchange, new Page(405, "text/plain; charset=utf-8", "only GET\n"));
                } else {
                    answer(exchange, exact ? content.get() : new Page(404, "text/plain; charset=utf-8", "not found\n"));
                }
            }
        });
    }

    private static void answer(HttpExchange exchange, Page page) throws IOException {
        byte[] body = page.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", page.contentType());
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(page.status(), -1);
            return;
        }
        exchange.sendResponseHeaders(page.status(), body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdown();
    }
}
