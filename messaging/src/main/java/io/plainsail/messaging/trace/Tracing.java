package io.plainsail.messaging.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.plainsail.contracts.wire.TraceContext;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Records spans, or nothing: then each span only passes its parent's context on, and no class of OpenTelemetry's SDK is
 * loaded. Recording never waits for whoever takes the spans: what does not fit into a bounded queue is dropped. Thread-safe.
 */
public final class Tracing implements AutoCloseable {
    /** Of what an operation failed by, as the semantic conventions name it. */
    public static final String ERROR_TYPE = "error.type";

    static final String SCOPE = "io.plainsail";

    private static final Tracing OFF = new Tracing(TracerProvider.noop().get(SCOPE), false, () -> {});
    private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();
    private static final String TRACEPARENT = "traceparent";
    private static final String TRACESTATE = "tracestate";

    private final Tracer tracer;
    private final boolean on;
    private final Runnable end;

    private Tracing(Tracer tracer, boolean on, Runnable end) {
        this.tracer = tracer;
        this.on = on;
        this.end = end;
    }

    /** Records nothing. */
    public static Tracing off() {
        return OFF;
    }

    /** Records with this; {@link #close} leaves it open. */
    public static Tracing with(TracerProvider provider) {
        return new Tracing(provider.get(SCOPE), true, () -> {});
    }

    /**
     * Records what the configuration has, and sends it in batches from a thread of its own.
     *
     * @param service such as {@code plainsail-facade}
     * @param instance this process of it
     * @param release its version; empty if that is not known
     */
    public static Tracing of(TracingConfig config, String service, String instance, String release) {
        return config.isOn() ? OtlpExport.open(config, service, instance, release) : OFF;
    }

    static Tracing with(TracerProvider provider, Runnable end) {
        return new Tracing(provider.get(SCOPE), true, end);
    }

    /** Whether anything may be recorded. */
    public boolean isOn() {
        return on;
    }

    /** A span to be; without a parent it begins a trace. */
    public SpanBuilder span(String name, SpanKind kind, Context parent) {
        return tracer.spanBuilder(name).setSpanKind(kind).setParent(parent);
    }

    /** Marks a span as failed. */
    public static void fail(Span span, String errorType, String description) {
        span.setAttribute(ERROR_TYPE, errorType).setStatus(StatusCode.ERROR, description);
    }

    // Contexts -------------------------------------------------------------------------------------------------

    /** A context that came from elsewhere; the root of all for null. */
    public static Context context(@Nullable TraceContext told) {
        if (told == null) {
            return Context.root();
        }
        Map<String, String> headers = new HashMap<>();
        headers.put(TRACEPARENT, told.traceparent());
        if (told.tracestate() != null) {
            headers.put(TRACESTATE, told.tracestate());
        }
        return W3C.extract(Context.root(), headers, Headers.INSTANCE);
    }

    /** A context as it goes elsewhere; null if it belongs to no trace. */
    public static @Nullable TraceContext told(Context context) {
        if (!Span.fromContext(context).getSpanContext().isValid()) {
            return null;
        }
        Map<String, String> headers = new HashMap<>();
        W3C.inject(context, headers, Map::put);
        return TraceContext.of(headers.get(TRACEPARENT), headers.get(TRACESTATE));
    }

    /** Where this thread works now, as it goes elsewhere; null if that belongs to no trace. */
    public static @Nullable TraceContext current() {
        return told(Context.current());
    }

    private enum Headers implements TextMapGetter<Map<String, String>> {
        INSTANCE;

        @Override
        public Iterable<String> keys(Map<String, String> headers) {
            return List.copyOf(headers.keySet());
        }

        @Override
        public @Nullable String get(@Nullable Map<String, String> headers, String name) {
            return headers == null ? null : headers.get(name);
        }
    }

    /** Sends what is recorded, within seconds, and ends. */
    @Override
    public void close() {
        end.run();
    }
}
