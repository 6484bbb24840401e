package io.plainsail.messaging.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.plainsail.messaging.Address;
import io.plainsail.messaging.Destination;
import io.plainsail.messaging.PublishResult;
import io.plainsail.messaging.Transport;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Function;

/**
 * Spans of what is done with a message about a job, by OpenTelemetry's semantic conventions for messaging. What sends a message
 * is its creation context, and the parent of the span that processes it: a message here is never processed with others.
 * Thread-safe.
 */
public final class MessageSpans {
    public static final String JOB = "plainsail.job.id";
    public static final String ATTEMPT = "plainsail.job.attempt";
    public static final String OUTCOME = "plainsail.job.outcome";

    private static final MessageSpans OFF = new MessageSpans(Tracing.off(), to -> new Address("", "", "", ""));

    private final Tracing tracing;
    private final Function<Destination, Address> addresses;

    private MessageSpans(Tracing tracing, Function<Destination, Address> addresses) {
        this.tracing = tracing;
        this.addresses = addresses;
    }

    public static MessageSpans of(Tracing tracing, Transport transport) {
        return tracing.isOn() ? new MessageSpans(tracing, transport::address) : OFF;
    }

    public static MessageSpans off() {
        return OFF;
    }

    /** Whether anything may be recorded. */
    public boolean isOn() {
        return tracing.isOn();
    }

    /** A message is handed to the carrier, which carries this span's context on. */
    public Span creating(Destination to, Context parent, UUID job, int attempt) {
        return sending(SpanKind.PRODUCER, to, parent, job, attempt);
    }

    /** A message is handed to the carrier that carries the context that it came with on. */
    public Span forwarding(Destination to, Context parent, UUID job, int attempt) {
        return sending(SpanKind.CLIENT, to, parent, job, attempt);
    }

    private Span sending(SpanKind kind, Destination to, Context parent, UUID job, int attempt) {
        Address address = addresses.apply(to);
        return message("send", kind, address, address.sentTo(), parent, job, attempt);
    }

    /** A message is worked on. */
    public Span processing(Destination from, Context parent, UUID job, int attempt) {
        if (!isOn()) {
            return Span.fromContext(parent);
        }
        Address address = addresses.apply(from);
        return message("process", SpanKind.CONSUMER, address, address.takenFrom(), parent, job, attempt);
    }

    private Span message(
            String operation,
            SpanKind kind,
            Address address,
            String destination,
            Context parent,
            UUID job,
            int attempt) {
        SpanBuilder span = tracing.span(operation + " " + destination, kind, parent)
                .setAttribute("messaging.system", address.system())
                .setAttribute("messaging.operation.name", operation)
                .setAttribute("messaging.operation.type", operation)
                .setAttribute("messaging.destination.name", destination)
                // As the message says it, in the CloudEvents attribute id; an event has none of its own.
                .setAttribute("messaging.message.id", job + "." + attempt)
                .setAttribute("messaging.message.conversation_id", job.toString())
                .setAttribute(JOB, job.toString())
                .setAttribute(ATTEMPT, (long) attempt);
        if (address.system().equals("rabbitmq") && !address.routingKey().isEmpty()) {
            span.setAttribute("messaging.rabbitmq.destination.routing_key", address.routingKey());
        }
        return span.startSpan();
    }

    /** Ends a span of sending by what became of the message. */
    public static void end(Span span, PublishResult result) {
        if (result != PublishResult.CONFIRMED) {
            String word = result.name().toLowerCase(Locale.ROOT);
            Tracing.fail(span, word, "the carrier's answer: " + word);
        }
        span.end();
    }
}
