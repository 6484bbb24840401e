package io.plainsail.facade.notify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.facade.access.Owner;
import io.plainsail.facade.contracts.ContractRegistry;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobCallbacks;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobStore;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.job.OverloadedException;
import io.plainsail.facade.outbox.Relay;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells callers how their jobs ended: for each job that was submitted with a callback and has ended, whatever ended it, one
 * job {@code webhook.deliver} is accepted, which is retried, seen and replayed like any other.
 *
 * <p>Thread-safe; {@link #tellNext} is called by one thread, and by several facades of one store.
 */
public final class Callbacks {
    /** The job type that tells. */
    public static final JobType DELIVERY = new JobType("webhook.deliver", 1);

    /** The label by which the telling job is found; its value is the id of the job that ended. */
    public static final String LABEL = "callback-of";

    static final int BATCH = 100;

    /** Longer outputs are fetched from the facade. */
    static final int MAX_OUTPUT_BYTES = 64 * 1024;

    private static final Logger log = LoggerFactory.getLogger(Callbacks.class);

    private final JobCallbacks callbacks;
    private final JobStore store;
    private final ContractRegistry contracts;
    private final Relay relay;
    private final Clock clock;
    private final AtomicLong told = new AtomicLong();

    /** Where the walk goes on. For the one thread. */
    private @Nullable UUID behind;

    public Callbacks(JobCallbacks callbacks, JobStore store, ContractRegistry contracts, Relay relay, Clock clock) {
        this.callbacks = callbacks;
        this.store = store;
        this.contracts = contracts;
        this.relay = relay;
        this.clock = clock;
    }

    /** Tells what is due of the next part of the walk, at most a batch. Returns whether there are further parts. */
    public boolean tellNext() {
        Contract delivery =
                contracts.find(DELIVERY).map(ContractRegistry.Known::contract).orElse(null);
        if (delivery == null) {
            return false; // nobody could be told: it waits until a worker is there
        }
        JobCallbacks.Part part = callbacks.due(behind, BATCH);
        try {
            for (JobCallbacks.Due one : part.due()) {
                Job job = store.find(one.jobId()).orElse(null);
                if (job != null) {
                    relay.checkRoomFor(1);
                    tell(job, one.callback(), delivery);
                }
            }
        } catch (OverloadedException e) {
            log.warn("Callbacks wait: {}", e.getMessage());
            return false;
        }
        behind = part.next();
        return behind != null;
    }

    private void tell(Job job, String callback, Contract delivery) {
        NewJob telling = NewJob.builder(
                        JobIds.next(),
                        DELIVERY,
                        input(job, callback),
                        delivery.timeout(),
                        clock.instant().truncatedTo(ChronoUnit.MICROS))
                .labels(Map.of(LABEL, job.id().toString()))
                .owner(store.owner(job.id()).orElse(Owner.NOBODY))
                // Beside what the job's own attempts were.
                .trace(store.trace(job.id()).orElse(null))
                .build();
        if (callbacks.tell(job.id(), telling)) {
            relay.accepted(List.of(telling), null);
            told.incrementAndGet();
        }
    }

    /** The body is an event as Standard Webhooks recommends it: type, timestamp, data. */
    private static byte[] input(Job job, String callback) {
        ObjectNode input = (ObjectNode) StrictJson.read(callback.getBytes(StandardCharsets.UTF_8));
        ObjectNode body = input.putObject("body");
        Instant finishedAt = Objects.requireNonNull(job.finishedAt());
        body.put("type", "job." + job.state().word());
        body.put("timestamp", finishedAt.toString());
        ObjectNode data = body.putObject("data");
        data.put("id", job.id().toString());
        data.put("type", job.jobType().name());
        data.put("version", job.jobType().version());
        data.put("state", job.state().word());
        data.put("attempt", job.attempt());
        data.put("acceptedAt", job.acceptedAt().toString());
        data.put("finishedAt", finishedAt.toString());
        if (job.replayOf() != null) {
            data.put("replayOf", job.replayOf().toString());
        }
        if (job.reason() != null) {
            data.put("reason", job.reason());
        }
        ObjectNode labels = data.putObject("labels");
        job.labels().forEach(labels::put);
        byte[] output = job.output();
        if (output != null && output.length <= MAX_OUTPUT_BYTES) {
            data.set("output", StrictJson.read(output));
        }
        Failure failure = job.failure();
        if (failure != null) {
            data.putObject("error")
                    .put(
                            "category",
                            failure.category().name().toLowerCase(Locale.ROOT).replace('_', '-'))
                    .put("code", failure.code())
                    .put("message", failure.message());
        }
        data.put("path", "/v1/jobs/" + job.id());
        try {
            return StrictJson.mapper().writeValueAsBytes(input);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON cannot be written", e);
        }
    }

    /** Jobs whose ends were handed to a webhook since the start. */
    public long told() {
        return told.get();
    }
}
