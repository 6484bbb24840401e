package io.plainsail.workers.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.TraceContext;
import io.plainsail.messaging.trace.Tracing;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobHandler;
import io.plainsail.worker.JobSnoozedException;
import io.plainsail.worker.Outcome;
import java.io.IOException;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * Runs {@code webhook.deliver} v1. One attempt, in order:
 *
 * <ol>
 *   <li>read the URL and the extra headers; refuse what the configuration does not allow
 *   <li>find the signing key
 *   <li>write the body once; sign these bytes with the job's id and the time of this attempt
 *   <li>ask what is known of the receiver; see {@link Endpoints}
 *   <li>POST them within the attempt's deadline; the resolver refuses forbidden addresses as it dials
 *   <li>turn the answer into the outcome
 * </ol>
 *
 * <p>Thread-safe; holds connections, so close it.
 */
final class WebhookHandler implements JobHandler, AutoCloseable {
    /** Kept back from the deadline, so that this class says what happened and not the one that interrupts it. */
    private static final Duration MAX_MARGIN = Duration.ofMillis(500);

    /** Of an answer that is a failure; the job's log is for people. */
    private static final int LOGGED_CHARS = 500;

    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}+");
    private static final ObjectWriter BODY = StrictJson.mapper().writer();

    private final WebhookConfig config;
    private final Clock clock;
    private final DeliveryClient client;
    private final Endpoints endpoints;

    WebhookHandler(WebhookConfig config, Clock clock, DeliveryClient client) {
        this.config = config;
        this.clock = clock;
        this.client = client;
        this.endpoints = new Endpoints(config, clock);
    }

    /** With the operating system's clock and resolver, and the certificates that the Java runtime trusts. */
    static WebhookHandler open(WebhookConfig config) {
        GuardedDnsResolver names = new GuardedDnsResolver(GuardedDnsResolver.Lookup.system(), AddressPolicy.of(config));
        try {
            return new WebhookHandler(
                    config, Clock.systemUTC(), DeliveryClient.open(config, names, SSLContext.getDefault()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the Java runtime has no TLS", e);
        }
    }

    @Override
    public Outcome handle(JobContext job) throws JobFailedException, JobSnoozedException, InterruptedException {
        long started = System.nanoTime();
        JsonNode input = job.input();
        TargetUrl target = TargetUrl.parse(input.path("url").asText());
        target.checkAllowedBy(config);
        Map<String, String> headers = new LinkedHashMap<>(ExtraHeaders.read(input.path("headers")));
        continueTrace(headers);
        SigningKey key = key(input.path("signingKey").asText(WebhookConfig.DEFAULT_KEY));
        byte[] body = body(input.path("body"));
        headers.putAll(WebhookSignature.sign(job.jobId().toString(), clock.instant(), body, key));

        Answer answer = post(job, target, headers, body);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started);
        job.log("POST " + target + ", " + body.length + " bytes: " + answer.status() + " after " + millis + " ms");
        if (answer.status() < 200 || answer.status() > 299) {
            if (!answer.text().isBlank()) {
                job.log("The answer begins: " + beginning(answer.text()));
            }
            throw DeliveryFailures.ofAnswer(target, answer, clock.instant());
        }
        return Outcome.of(JobContext.MAPPER
                .createObjectNode()
                .put("status", answer.status())
                .put("durationMs", millis)
                .put("responseBody", answer.text())
                .put("responseTruncated", answer.truncated()));
    }

    /** The receiver goes on in the trace of this attempt, unless the job says in which. */
    private static void continueTrace(Map<String, String> headers) {
        TraceContext trace = Tracing.current();
        if (trace == null || headers.containsKey("traceparent")) {
            return;
        }
        headers.put("traceparent", trace.traceparent());
        headers.remove("tracestate");
        if (trace.tracestate() != null) {
            headers.put("tracestate", trace.tracestate());
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private Answer post(JobContext job, TargetUrl target, Map<String, String> headers, byte[] body)
            throws JobFailedException, JobSnoozedException, InterruptedException {
        Duration budget = budget(Duration.between(clock.instant(), job.deadline()));
        if (budget.isZero() || budget.isNegative()) {
            throw new JobFailedException(
                    ErrorCategory.TIMEOUT, "timeout", target + ": no time was left for the request; nothing was sent");
        }
        try (Endpoints.Turn turn = endpoints.enter(target)) {
            try {
                Answer answer = client.post(target, headers, body, budget);
                turn.answered(answer.status());
                return answer;
            } catch (IOException e) {
                JobFailedException failure = DeliveryFailures.ofException(target, e, budget, config);
                if (failure.category() == ErrorCategory.UNAVAILABLE || failure.category() == ErrorCategory.TIMEOUT) {
                    turn.failed();
                }
                throw failure;
            }
        }
    }

    private Duration budget(Duration left) {
        Duration tenth = left.dividedBy(10);
        Duration usable = left.minus(tenth.compareTo(MAX_MARGIN) < 0 ? tenth : MAX_MARGIN);
        return usable.compareTo(config.requestTimeout()) < 0 ? usable : config.requestTimeout();
    }

    private SigningKey key(String name) throws JobFailedException {
        SigningKey key = config.signingKeys().get(name);
        if (key == null) {
            throw new JobFailedException(
                    ErrorCategory.REJECTED,
                    "signing-key",
                    "no signing key \"" + name + "\" is configured: add it under signingKeys in the worker's "
                            + "configuration; nothing was sent");
        }
        return key;
    }

    private static String beginning(String text) {
        return CONTROL.matcher(text.length() > LOGGED_CHARS ? text.substring(0, LOGGED_CHARS) + "…" : text)
                .replaceAll(" ");
    }

    private static byte[] body(JsonNode body) throws JobFailedException {
        try {
            return BODY.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new JobFailedException(
                    ErrorCategory.INVALID_INPUT, "body", "body cannot be written as JSON; nothing was sent", e);
        }
    }
}
