package io.plainsail.contracts.wire;

import io.plainsail.contracts.JobType;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a job, on its way to a worker.
 *
 * @param jobId stable over every attempt
 * @param jobType contract that the input meets
 * @param attempt 1 for the first
 * @param acceptedAt when the facade promised to run the job
 * @param timeout how long the attempt may run
 * @param token secret with which the attempt delivers a result file; worth nothing for other attempts
 * @param maybeDuplicate whether a message for the same attempt may have been published before
 * @param traceparent W3C trace context of the request, if it had one
 * @param input the job's input, JSON as the caller sent it; read-only
 */
public record JobMessage(
        UUID jobId,
        JobType jobType,
        int attempt,
        Instant acceptedAt,
        Duration timeout,
        String token,
        boolean maybeDuplicate,
        @Nullable String traceparent,
        byte[] input) {}
