package io.plainsail.testbed;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;

/** A collector of traces that keeps what it is sent by OTLP over HTTP, on loopback. Thread-safe. */
public final class TraceReceiver implements AutoCloseable {
    private final HttpServer server;
    private final List<ReceivedSpan> spans = new CopyOnWriteArrayList<>();
    private final AtomicInteger refused = new AtomicInteger();

    private volatile String name = "";
    private volatile String value = "";

    private TraceReceiver(HttpServer server) {
        this.server = server;
    }

    /**
     * A span as it came.
     *
     * @param service the resource's {@code service.name}
     * @param kind such as {@code PRODUCER}
     * @param parentId empty for a root
     * @param attributes all as text
     * @param links ids of spans, each with its trace: {@code trace/span}
     * @param failed whether its status is an error
     */
    public record ReceivedSpan(
            String service,
            String name,
            String kind,
            String traceId,
            String spanId,
            String parentId,
            String traceState,
            Map<String, String> attributes,
            List<String> links,
            boolean failed) {}

    /** Starts on any free port. */
    public static TraceReceiver start() {
        return start(0);
    }

    public static TraceReceiver start(int port) {
        try {
            TraceReceiver receiver = new TraceReceiver(
                    HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10));
            receiver.server.createContext("/v1/traces", receiver::take);
            receiver.server.start();
            return receiver;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What {@code OTEL_EXPORTER_OTLP_ENDPOINT} is to be. */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** From now on whatever comes without this header is refused. */
    public TraceReceiver requires(String header, String itsValue) {
        value = itsValue;
        name = header;
        return this;
    }

    /** Requests without the header that is required. */
    public int refused() {
        return refused.get();
    }

    /** All that came, in that order. */
    public List<ReceivedSpan> spans() {
        return List.copyOf(spans);
    }

    /** Those of one trace. */
    public List<ReceivedSpan> spansOf(String traceId) {
        return spans.stream().filter(span -> span.traceId().equals(traceId)).toList();
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!name.isEmpty() && !value.equals(exchange.getRequestHeaders().getFirst(name))) {
                refused.incrementAndGet();
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            boolean zipped = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            InputStream body = exchange.getRequestBody();
            ExportTraceServiceRequest request =
                    ExportTraceServiceRequest.parseFrom(zipped ? new GZIPInputStream(body) : body);
            for (ResourceSpans resource : request.getResourceSpansList()) {
                String service =
                        attributes(resource.getResource().getAttributesList()).getOrDefault("service.name", "");
                for (ScopeSpans scope : resource.getScopeSpansList()) {
                    scope.getSpansList().forEach(span -> spans.add(received(service, span)));
                }
            }
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private static ReceivedSpan received(String service, Span span) {
        return new ReceivedSpan(
                service,
                span.getName(),
                span.getKind().name().replace("SPAN_KIND_", ""),
                hex(span.getTraceId().toByteArray()),
                hex(span.getSpanId().toByteArray()),
                hex(span.getParentSpanId().toByteArray()),
                span.getTraceState(),
                attributes(span.getAttributesList()),
                span.getLinksList().stream()
                        .map(link -> hex(link.getTraceId().toByteArray()) + "/"
                                + hex(link.getSpanId().toByteArray()))
                        .toList(),
                span.getStatus().getCode() == Status.StatusCode.STATUS_CODE_ERROR);
    }

    private static Map<String, String> attributes(List<KeyValue> list) {
        Map<String, String> attributes = new TreeMap<>();
        for (KeyValue one : list) {
            AnyValue value = one.getValue();
            attributes.put(
                    one.getKey(), value.hasIntValue() ? Long.toString(value.getIntValue()) : value.getStringValue());
        }
        return attributes;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
