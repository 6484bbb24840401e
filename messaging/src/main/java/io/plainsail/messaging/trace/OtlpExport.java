package io.plainsail.messaging.trace;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.logging.Level;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The SDK, set up to send spans by OTLP. The one class that knows it, so that nobody else loads it. */
final class OtlpExport {
    /** Spans that wait to be sent; what comes while it is full is dropped. */
    static final int QUEUE = 4_096;

    private static final Duration SEND_EVERY = Duration.ofSeconds(1);
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(2);
    private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
    private static final long CLOSE_SECONDS = 3;

    private static final Logger log = LoggerFactory.getLogger(OtlpExport.class);

    /** Held, or it could be forgotten with its level. Failures are told below, once and in the form of all other lines. */
    private static final java.util.logging.Logger OF_SDK = java.util.logging.Logger.getLogger("io.opentelemetry");

    private OtlpExport() {}

    static Tracing open(TracingConfig config, String service, String instance, String release) {
        OF_SDK.setLevel(Level.OFF);
        LastHeaders headers = new LastHeaders(config.headers());
        SpanExporter exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(config.url())
                .setConnectTimeout(CONNECT_WITHIN)
                .setTimeout(ANSWER_WITHIN)
                .setCompression("gzip")
                .setHeaders(headers)
                .build();
        SdkTracerProvider provider = SdkTracerProvider.builder()
                .setResource(Resource.getDefault()
                        .merge(Resource.create(Attributes.builder()
                                .put("service.name", service)
                                .put("service.namespace", "plainsail")
                                .put("service.instance.id", instance)
                                .put("service.version", release.isEmpty() ? "unknown" : release)
                                .build())))
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(config.sampleRatio())))
                .addSpanProcessor(BatchSpanProcessor.builder(new Telling(exporter, config.url()))
                        .setMaxQueueSize(QUEUE)
                        .setScheduleDelay(SEND_EVERY)
                        .setExporterTimeout(ANSWER_WITHIN.plus(CONNECT_WITHIN))
                        .build())
                .build();
        log.info(
                "Traces go to {} with the headers {}",
                config.url(),
                headers.get().keySet());
        if (config.isInTheClear() && !headers.get().isEmpty()) {
            log.warn(
                    "The headers for {} go over the network in the clear: an https: endpoint would keep them",
                    config.url());
        }
        return Tracing.with(provider, () -> provider.shutdown().join(CLOSE_SECONDS, TimeUnit.SECONDS));
    }

    /** Headers as they are; while their file cannot be read or is wrong, those before. */
    private static final class LastHeaders implements Supplier<Map<String, String>> {
        private final OtlpHeaders headers;
        private volatile Map<String, String> last;
        private final AtomicBoolean failing = new AtomicBoolean();

        LastHeaders(OtlpHeaders headers) {
            this.headers = headers;
            last = headers.now();
        }

        @Override
        public Map<String, String> get() {
            try {
                last = headers.now();
                failing.set(false);
            } catch (IllegalArgumentException | UncheckedIOException e) {
                if (!failing.getAndSet(true)) {
                    log.warn("Traces go on with the headers that they had: {}", e.getMessage());
                }
            }
            return last;
        }
    }

    /** Says when spans begin to be lost, and when that is over. */
    private record Telling(SpanExporter exporter, String url, AtomicBoolean failing) implements SpanExporter {
        Telling(SpanExporter exporter, String url) {
            this(exporter, url, new AtomicBoolean());
        }

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            CompletableResultCode result = exporter.export(spans);
            result.whenComplete(() -> {
                if (failing.getAndSet(!result.isSuccess()) == result.isSuccess()) {
                    tell(result);
                }
            });
            return result;
        }

        private void tell(CompletableResultCode result) {
            if (result.isSuccess()) {
                log.info("Traces are taken again at {}", url);
            } else {
                log.warn(
                        "Traces are not taken at {} and are lost until they are; nothing else suffers: {}",
                        url,
                        String.valueOf(result.getFailureThrowable()));
            }
        }

        @Override
        public CompletableResultCode flush() {
            return exporter.flush();
        }

        @Override
        public CompletableResultCode shutdown() {
            return exporter.shutdown();
        }
    }
}
