package io.plainsail.contracts.wire;

import static java.util.stream.Collectors.joining;

import io.plainsail.contracts.InvalidContractException;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.TimeLimits;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A job message on the wire: the body is the job's input, JSON, untouched; everything else is a CloudEvents 1.0
 * attribute in a header ({@code cloudEvents_} prefix, as in the AMQP binding), Plainsail's own as extension attributes.
 * {@code docs/wire.md} describes the same for workers in other languages.
 */
public final class JobMessageCodec {
    public static final String CONTENT_TYPE = "application/json";

    static final String PREFIX = "cloudEvents_";
    static final String SPEC_VERSION = PREFIX + "specversion";
    static final String ID = PREFIX + "id";
    static final String SOURCE = PREFIX + "source";
    static final String TYPE = PREFIX + "type";
    static final String SUBJECT = PREFIX + "subject";
    static final String TIME = PREFIX + "time";
    static final String JOB_TYPE = PREFIX + "plainsailtype";
    static final String JOB_VERSION = PREFIX + "plainsailversion";
    static final String ATTEMPT = PREFIX + "plainsailattempt";
    static final String TIMEOUT = PREFIX + "plainsailtimeout";
    static final String TOKEN = PREFIX + "plainsailtoken";
    static final String MAYBE_DUPLICATE = PREFIX + "plainsailmaybeduplicate";
    static final String RETRY_ATTEMPTS = PREFIX + "plainsailretryattempts";
    static final String RETRY_MAX_BACKOFF = PREFIX + "plainsailretrymaxbackoff";
    static final String FAILED_ATTEMPTS = PREFIX + "plainsailfailedattempts";
    static final String NOT_BEFORE = PREFIX + "plainsailnotbefore";
    static final String START_BY = PREFIX + "plainsailstartby";
    static final String END_BY = PREFIX + "plainsailendby";
    static final String UNHEARD_CLAIMS = PREFIX + "plainsailunheardclaims";
    static final String TRACEPARENT = "traceparent";
    static final String TRACESTATE = "tracestate";

    private JobMessageCodec() {}

    public static Message encode(JobMessage job) {
        Map<String, String> headers = new HashMap<>(24);
        headers.put(SPEC_VERSION, "1.0");
        headers.put(ID, job.jobId() + "." + job.attempt());
        headers.put(SOURCE, "/v1/jobs");
        headers.put(TYPE, "io.plainsail.job");
        headers.put(SUBJECT, job.jobId().toString());
        headers.put(TIME, job.acceptedAt().toString());
        headers.put(JOB_TYPE, job.jobType().name());
        headers.put(JOB_VERSION, Integer.toString(job.jobType().version()));
        headers.put(ATTEMPT, Integer.toString(job.attempt()));
        headers.put(TIMEOUT, job.timeout().toString());
        headers.put(TOKEN, job.token());
        if (job.maybeDuplicate()) {
            headers.put(MAYBE_DUPLICATE, "true");
        }
        RetryBounds bounds = job.retryBounds();
        if (bounds.attempts() != null) {
            headers.put(RETRY_ATTEMPTS, bounds.attempts().toString());
        }
        if (bounds.maxBackoff() != null) {
            headers.put(RETRY_MAX_BACKOFF, bounds.maxBackoff().toString());
        }
        if (job.failedAttempts() > 0) {
            headers.put(FAILED_ATTEMPTS, Integer.toString(job.failedAttempts()));
        }
        if (job.notBefore() != null) {
            headers.put(NOT_BEFORE, job.notBefore().toString());
        }
        if (job.limits().startBy() != null) {
            headers.put(START_BY, job.limits().startBy().toString());
        }
        if (job.limits().endBy() != null) {
            headers.put(END_BY, job.limits().endBy().toString());
        }
        if (!job.unheardClaims().isEmpty()) {
            headers.put(
                    UNHEARD_CLAIMS,
                    job.unheardClaims().stream().map(UUID::toString).collect(joining(",")));
        }
        TraceContext trace = job.trace();
        if (trace != null) {
            headers.put(TRACEPARENT, trace.traceparent());
            if (trace.tracestate() != null) {
                headers.put(TRACESTATE, trace.tracestate());
            }
        }
        return new Message(CONTENT_TYPE, headers, job.input());
    }

    /**
     * @throws UndecodableMessageException naming the header and what is wrong with it
     */
    public static JobMessage decode(Message message) {
        Map<String, String> headers = message.headers();
        String name = "headers";
        try {
            name = SUBJECT;
            UUID id = UUID.fromString(required(headers, SUBJECT));
            name = JOB_VERSION;
            int version = Integer.parseInt(required(headers, JOB_VERSION));
            name = JOB_TYPE;
            JobType type = new JobType(required(headers, JOB_TYPE), version);
            name = ATTEMPT;
            int attempt = Integer.parseInt(required(headers, ATTEMPT));
            if (attempt > JobMessage.MAX_ATTEMPT) {
                throw new IllegalArgumentException(attempt + ": must be at most " + JobMessage.MAX_ATTEMPT);
            }
            name = TIME;
            Instant acceptedAt = Instant.parse(required(headers, TIME));
            name = TIMEOUT;
            Duration timeout = Duration.parse(required(headers, TIMEOUT));
            name = RETRY_ATTEMPTS;
            Integer attempts = optional(headers, RETRY_ATTEMPTS, Integer::valueOf);
            name = RETRY_MAX_BACKOFF;
            Duration maxBackoff = optional(headers, RETRY_MAX_BACKOFF, Duration::parse);
            name = FAILED_ATTEMPTS;
            Integer failedAttempts = optional(headers, FAILED_ATTEMPTS, Integer::valueOf);
            name = NOT_BEFORE;
            Instant notBefore = optional(headers, NOT_BEFORE, Instant::parse);
            name = START_BY;
            Instant startBy = optional(headers, START_BY, Instant::parse);
            name = END_BY;
            Instant endBy = optional(headers, END_BY, Instant::parse);
            name = UNHEARD_CLAIMS;
            List<UUID> unheardClaims = optional(headers, UNHEARD_CLAIMS, JobMessageCodec::claims);
            return JobMessage.builder(id, type, acceptedAt, timeout, headers.getOrDefault(TOKEN, ""), message.body())
                    .attempt(attempt)
                    .maybeDuplicate(Boolean.parseBoolean(headers.get(MAYBE_DUPLICATE)))
                    .retryBounds(new RetryBounds(attempts, maxBackoff))
                    .failedAttempts(failedAttempts == null ? 0 : failedAttempts)
                    .notBefore(notBefore)
                    .limits(new TimeLimits(startBy, endBy))
                    .unheardClaims(unheardClaims == null ? List.of() : unheardClaims)
                    .trace(TraceContext.of(headers.get(TRACEPARENT), headers.get(TRACESTATE)))
                    .build();
        } catch (IllegalArgumentException | DateTimeException | InvalidContractException e) {
            throw new UndecodableMessageException("header " + name + ": " + e.getMessage(), e);
        }
    }

    private static List<UUID> claims(String value) {
        return Arrays.stream(value.split(",")).map(UUID::fromString).toList();
    }

    private static <T> @Nullable T optional(Map<String, String> headers, String name, Function<String, T> read) {
        String value = headers.get(name);
        return value == null ? null : read.apply(value);
    }

    private static String required(Map<String, String> headers, String name) {
        String value = headers.get(name);
        if (value == null) {
            throw new IllegalArgumentException("missing");
        }
        return value;
    }
}
