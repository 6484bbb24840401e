package io.plainsail.worker.service;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractFormat;
import io.plainsail.contracts.RetryBounds;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.JobMessage;
import io.plainsail.contracts.wire.JobMessageCodec;
import io.plainsail.contracts.wire.Message;
import io.plainsail.messaging.Delivery;
import io.plainsail.testbed.MovingClock;
import io.plainsail.worker.JobHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** Contracts, messages and settings for tests. */
final class Jobs {
    static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private Jobs() {}

    /** Output: an object whose {@code answer}, if there is one, is a whole number. */
    static Contract contract(String type, int version) {
        return ContractFormat.read(document().put("type", type).put("version", version));
    }

    /** One with a timeout and a bound on its inputs. */
    static Contract bounded(String timeout, int maxInputBytes) {
        ObjectNode document = document().put("timeout", timeout).put("maxInputBytes", maxInputBytes);
        return ContractFormat.read(document.put("type", "test.work").put("version", 1));
    }

    private static ObjectNode document() {
        return (ObjectNode) StrictJson.read("""
                {"title": "Test", "description": "For tests", "owner": "tests", "timeout": "PT1M",
                 "retry": {"attempts": 3, "backoff": "PT1S", "maxBackoff": "PT10S"},
                 "effectClass": "pure", "maxInputBytes": 100000, "maxOutputBytes": 200000,
                 "inputSchema": {"type": "object"},
                 "outputSchema": {"type": "object", "properties": {"answer": {"type": "integer"}}},
                 "examples": [{"name": "nothing", "input": {}}]}
                """.getBytes(StandardCharsets.UTF_8));
    }

    static Contract contract() {
        return contract("test.work", 1);
    }

    static HandledType type(JobHandler handler) {
        return type(contract(), handler);
    }

    static HandledType type(Contract contract, JobHandler handler) {
        AttemptMeters meters = new AttemptMeters(new SimpleMeterRegistry(), "test", contract.jobType());
        return new HandledType(new WorkerService.Handled(contract, handler), meters);
    }

    /** A first attempt that is the last one too. */
    static JobMessage job(Contract contract, String input, Duration timeout) {
        return JobMessage.builder(
                        UUID.randomUUID(),
                        contract.jobType(),
                        NOW,
                        timeout,
                        "secret-token",
                        input.getBytes(StandardCharsets.UTF_8))
                .retryBounds(new RetryBounds(1, null))
                .build();
    }

    /** A first attempt that others may follow, as the contract has it. */
    static JobMessage repeatable(String input) {
        return job(input).toBuilder().retryBounds(RetryBounds.NONE).build();
    }

    static JobMessage job(String input) {
        return job(contract(), input, Duration.ofSeconds(60));
    }

    static Message message(String input) {
        return JobMessageCodec.encode(job(input));
    }

    /** A job message with one header changed. */
    static Message message(String header, String value) {
        Message whole = message("{}");
        Map<String, String> headers = new HashMap<>(whole.headers());
        headers.put(header, value);
        return new Message(whole.contentType(), headers, whole.body());
    }

    static WorkerTime time(MovingClock clock) {
        return new WorkerTime(
                clock, () -> Duration.between(Instant.EPOCH, clock.instant()).toNanos());
    }

    /** A delivery that has just come. */
    static ReadyQueue.Work work(HandledType type, Delivery delivery) {
        return new ReadyQueue.Work(type, delivery, time(MovingClock.at(NOW)).moment());
    }

    static WorkerConfig config(String... settings) {
        Map<String, String> named = new HashMap<>(Map.of("admin.port", "-1", "attempts.concurrency", "2"));
        for (int i = 0; i < settings.length; i += 2) {
            named.put(settings[i], settings[i + 1]);
        }
        return ConfigFile.with(named, Map.of());
    }
}
