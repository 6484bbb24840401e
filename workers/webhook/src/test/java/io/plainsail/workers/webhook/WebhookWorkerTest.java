package io.plainsail.workers.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.worker.service.WorkerService;
import io.plainsail.worker.testing.TestJob;
import io.plainsail.worker.testing.TestResult;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The service as a worker process runs it: through the runtime's pipeline, with the real clock and resolver. */
@Timeout(60)
class WebhookWorkerTest {
    private final WorkerService service = WebhookWorker.service(Deliveries.OPEN);
    private final WorkerService.Handled handled = service.handled().get(0);
    private final Contract contract = handled.contract();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : service.resources()) {
            resource.close();
        }
    }

    @Test
    void serviceIsTheWebhookWorker() {
        assertThat(service.name()).isEqualTo("webhook");
        assertThat(service.handled()).hasSize(1);
        assertThat(contract.jobType()).hasToString("webhook.deliver v1");
        assertThat(service.resources()).hasSize(1);
    }

    @Test
    void deliveredJobSucceedsWithTheAnswer() {
        try (Receiver receiver = Receiver.answering(204)) {
            UUID id = UUID.randomUUID();
            TestResult result =
                    run(TestJob.of(contract, "{\"url\":\"" + receiver.url("/") + "\",\"body\":{\"total\":12.50}}")
                            .withJobId(id));
            assertThat(result.requireOutput().get("status").intValue()).isEqualTo(204);
            Receiver.Request request = receiver.requests.get(0);
            assertThat(request.body).asString().as("every digit").isEqualTo("{\"total\":12.50}");
            assertThat(WebhookSignature.verify(
                            request.headers,
                            request.body,
                            Deliveries.KEY,
                            WebhookSignature.DEFAULT_TOLERANCE,
                            Clock.systemUTC()))
                    .isEqualTo(id.toString());
        }
    }

    @Test
    void failureKeepsItsCategoryAndCode() {
        try (Receiver receiver = Receiver.answering(410)) {
            Failure failure = run(TestJob.of(contract, "{\"url\":\"" + receiver.url("/") + "\",\"body\":1}"))
                    .requireFailure(ErrorCategory.REJECTED);
            assertThat(failure.code()).isEqualTo("gone");
        }
    }

    @Test
    void timeOfTheAttemptIsKeptWithWordsOfItsOwn() {
        try (RawReceiver receiver = RawReceiver.saying("")) {
            Failure failure = run(TestJob.of(contract, "{\"url\":\"" + receiver.url("/") + "\",\"body\":1}")
                            // Its clock stands still: the handler, which has one of its own, is the first to know.
                            .withClock(Clock.fixed(Instant.now(), ZoneOffset.UTC))
                            .withTimeout(Duration.ofSeconds(5)))
                    .requireFailure(ErrorCategory.TIMEOUT);
            assertThat(failure.code()).isEqualTo("timeout");
            assertThat(failure.message()).contains("did not answer within");
        }
    }

    @Test
    void workerWithoutKeysStartsAndSaysWhatIsMissing() throws Exception {
        WorkerService keyless = WebhookWorker.service(WebhookConfig.withKeys(Map.of()));
        Failure failure = TestJob.of(contract, "{\"url\":\"https://example.com/\",\"body\":1}")
                .run(keyless.handled().get(0).handler())
                .requireFailure(ErrorCategory.REJECTED);
        assertThat(failure.code()).isEqualTo("signing-key");
        for (AutoCloseable resource : keyless.resources()) {
            resource.close();
        }
    }

    private TestResult run(TestJob job) {
        return job.run(handled.handler());
    }
}
