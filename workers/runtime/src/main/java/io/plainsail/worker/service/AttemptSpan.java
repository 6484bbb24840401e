package io.plainsail.worker.service;

import io.opentelemetry.api.trace.Span;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.messaging.trace.MessageSpans;
import io.plainsail.messaging.trace.Tracing;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the span of an attempt says of its end. */
final class AttemptSpan {
    private AttemptSpan() {}

    /** Ends it; what ended before stays as it is. */
    static void end(Span span, Conclusion conclusion) {
        span.setAttribute(MessageSpans.OUTCOME, word(conclusion));
        Failure failure = failure(conclusion);
        if (failure != null) {
            String category = failure.category().name().toLowerCase(Locale.ROOT).replace('_', '-');
            Tracing.fail(span, category, failure.code() + ": " + failure.message());
        }
        span.end();
    }

    private static String word(Conclusion conclusion) {
        if (conclusion instanceof Conclusion.Report report) {
            return report.outcome() instanceof WorkerEvent.Failed ? "failed" : "succeeded";
        }
        if (conclusion instanceof Conclusion.Retry retry) {
            return retry.outcome().failure() == null ? "snoozed" : "retrying";
        }
        return conclusion instanceof Conclusion.Drop ? "dropped" : "handed-back";
    }

    private static @Nullable Failure failure(Conclusion conclusion) {
        if (conclusion instanceof Conclusion.Report report) {
            return report.outcome() instanceof WorkerEvent.Failed failed ? failed.failure() : null;
        }
        return conclusion instanceof Conclusion.Retry retry ? retry.outcome().failure() : null;
    }
}
