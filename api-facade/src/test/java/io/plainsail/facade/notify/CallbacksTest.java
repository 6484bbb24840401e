package io.plainsail.facade.notify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.JobType;
import io.plainsail.contracts.json.StrictJson;
import io.plainsail.contracts.wire.EventBatch;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.contracts.wire.Worker;
import io.plainsail.contracts.wire.WorkerEvent;
import io.plainsail.facade.HandPublisher;
import io.plainsail.facade.contracts.ContractRegistry;
import io.plainsail.facade.job.Job;
import io.plainsail.facade.job.JobIds;
import io.plainsail.facade.job.JobQuery;
import io.plainsail.facade.job.Lease;
import io.plainsail.facade.job.NewJob;
import io.plainsail.facade.outbox.Relay;
import io.plainsail.facade.results.JobTokens;
import io.plainsail.facade.store.Database;
import io.plainsail.facade.store.JdbiContractStore;
import io.plainsail.facade.store.JdbiDeadJobs;
import io.plainsail.facade.store.JdbiJobCallbacks;
import io.plainsail.facade.store.JdbiJobEnds;
import io.plainsail.facade.store.JdbiJobStore;
import io.plainsail.facade.store.StoreConfig;
import io.plainsail.messaging.trace.MessageSpans;
import io.plainsail.testbed.MovingClock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CallbacksTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final String CALLBACK = "{\"url\":\"https://example.com/ended\",\"headers\":{\"x-team\":\"a\"}}";

    private final MovingClock clock = MovingClock.at(NOW);

    @TempDir
    Path directory;

    private Database database;
    private JdbiJobStore store;
    private JdbiJobCallbacks stored;
    private ContractRegistry contracts;
    private Callbacks callbacks;

    @BeforeEach
    void open() {
        database = Database.open(StoreConfig.of("jdbc:h2:file:" + directory.resolve("jobs")));
        store = new JdbiJobStore(database, new Lease(clock, Duration.ofSeconds(30)));
        stored = new JdbiJobCallbacks(database);
        contracts = new ContractRegistry(new JdbiContractStore(database), clock);
        callbacks = callbacks(10_000);
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Callbacks callbacks(long bound) {
        Relay relay = new Relay(
                "relay", store, new HandPublisher(), new JobTokens(new byte[32]), clock, bound, MessageSpans.off());
        relay.countOutbox();
        return new Callbacks(stored, store, contracts, relay, clock);
    }

    private void announce() {
        ObjectNode contract = StrictJson.mapper().createObjectNode();
        contract.put("type", "webhook.deliver")
                .put("version", 1)
                .put("title", "t")
                .put("description", "d");
        contract.put("owner", "o").put("timeout", "PT30S").put("effectClass", "idempotent");
        contract.putObject("retry").put("attempts", 3).put("backoff", "PT1S").put("maxBackoff", "PT9S");
        contract.put("maxInputBytes", 262_144).put("maxOutputBytes", 1_000);
        contract.putObject("inputSchema").put("type", "object");
        contract.putObject("outputSchema").put("type", "object");
        contract.putArray("examples").addObject().put("name", "n").putObject("input");
        contracts.replace(io.plainsail.contracts.ContractFormat.read(contract));
        assertThat(contracts.find(Callbacks.DELIVERY)).isPresent();
    }

    private NewJob accept() {
        NewJob job = job();
        store.accept(List.of(job), null);
        return job;
    }

    private static NewJob job() {
        return NewJob.builder(JobIds.next(), new JobType("test.echo", 1), bytes("{}"), Duration.ofSeconds(30), NOW)
                .labels(Map.of("order", "A-1"))
                .callback(CALLBACK)
                .build();
    }

    private void record(WorkerEvent event) {
        store.record(List.of(new EventBatch(new Worker("echo", "echo-1", "host", "1.0"), List.of(event))));
    }

    private void succeed(NewJob job, String output) {
        record(new WorkerEvent.Succeeded(job.id(), 1, NOW, NOW.plusSeconds(2), bytes(output), null));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private List<Job> deliveries() {
        return store.list(new JobQuery(Set.of(), "webhook.deliver", Map.of(), null, null, null, 100));
    }

    private JsonNode input(Job delivery) {
        return StrictJson.read(new JdbiDeadJobs(database).input(delivery.id()).orElseThrow());
    }

    private JsonNode onlyInput() {
        assertThat(deliveries()).hasSize(1);
        return input(deliveries().get(0));
    }

    @Test
    void aSuccessIsToldOnceWithItsOutput() {
        announce();
        NewJob job = accept();
        callbacks.tellNext();
        assertThat(deliveries()).as("it has not ended").isEmpty();
        succeed(job, "{\"answer\":42}");
        callbacks.tellNext();
        callbacks.tellNext();
        callbacks(10_000).tellNext();

        JsonNode input = onlyInput();
        assertThat(input.get("url").asText()).isEqualTo("https://example.com/ended");
        assertThat(input.at("/headers/x-team").asText()).isEqualTo("a");
        assertThat(input.at("/body/type").asText()).isEqualTo("job.succeeded");
        assertThat(input.at("/body/timestamp").asText()).isEqualTo("2026-11-22T12:00:02Z");
        assertThat(input.at("/body/data/id").asText()).isEqualTo(job.id().toString());
        assertThat(input.at("/body/data/output/answer").asInt()).isEqualTo(42);
        assertThat(input.at("/body/data/labels/order").asText()).isEqualTo("A-1");
        assertThat(deliveries().get(0).labels())
                .containsEntry("callback-of", job.id().toString());
        assertThat(callbacks.told()).isEqualTo(1);
    }

    @Test
    void everyEndIsTold() {
        announce();
        JdbiJobEnds ends = new JdbiJobEnds(database);
        NewJob failed = accept();
        record(new WorkerEvent.Failed(
                failed.id(), 1, NOW, NOW, Failure.of(ErrorCategory.INVALID_INPUT, "too-small", "it is too small")));
        callbacks.tellNext();
        assertThat(onlyInput().at("/body/type").asText()).isEqualTo("job.failed");
        assertThat(onlyInput().at("/body/data/error/category").asText()).isEqualTo("invalid-input");
        assertThat(onlyInput().at("/body/data/error/code").asText()).isEqualTo("too-small");

        ends.cancel(accept().id(), "cancelled by request", NOW);
        callbacks.tellNext();
        assertThat(deliveries()).hasSize(2);
        JsonNode cancelled = input(deliveries().get(0));
        assertThat(cancelled.at("/body/type").asText()).isEqualTo("job.cancelled");
        assertThat(cancelled.at("/body/data/reason").asText()).isEqualTo("cancelled by request");
    }

    @Test
    void withoutAWorkerThatTellsItWaits() {
        NewJob job = accept();
        succeed(job, "{}");
        assertThat(callbacks.tellNext()).isFalse();
        assertThat(deliveries()).isEmpty();
        announce();
        callbacks.tellNext();
        assertThat(deliveries()).hasSize(1);
    }

    @Test
    void withoutRoomInTheOutboxItWaits() {
        announce();
        NewJob job = accept();
        succeed(job, "{}");
        Callbacks full = callbacks(1);
        assertThat(full.tellNext()).isFalse();
        assertThat(deliveries()).isEmpty();
        callbacks.tellNext();
        assertThat(deliveries()).hasSize(1);
    }

    @Test
    void aLongOutputIsLeftToBeFetched() {
        announce();
        succeed(accept(), "\"" + "x".repeat(Callbacks.MAX_OUTPUT_BYTES) + "\"");
        callbacks.tellNext();
        assertThat(onlyInput().at("/body/data").has("output")).isFalse();
        assertThat(onlyInput().at("/body/data/path").asText()).startsWith("/v1/jobs/");
    }

    @Test
    void manyAreToldBatchByBatch() {
        announce();
        for (int i = 0; i < Callbacks.BATCH + 3; i++) {
            succeed(accept(), "{}");
        }
        assertThat(callbacks.tellNext()).as("there may be more").isTrue();
        assertThat(callbacks.tellNext()).isFalse();
        assertThat(callbacks.told()).isEqualTo(Callbacks.BATCH + 3);
    }

    @Test
    void aForgottenJobTellsNothing() {
        NewJob job = accept();
        succeed(job, "{}");
        store.forget(List.of(job.id()));
        announce();
        callbacks.tellNext();
        assertThat(deliveries()).isEmpty();
        assertThat(stored.of(job.id())).isEmpty();
    }

    @Test
    void anEndIsToldThoughManyOlderJobsHaveNotEnded() {
        announce();
        store.accept(Stream.generate(CallbacksTest::job).limit(1_001).toList(), null);
        succeed(accept(), "{}");
        assertThat(callbacks.tellNext()).as("there are more").isTrue();
        assertThat(callbacks.told()).as("a bounded number of jobs is looked at").isZero();
        assertThat(callbacks.tellNext()).isFalse();
        assertThat(callbacks.told()).isEqualTo(1);
    }
}
