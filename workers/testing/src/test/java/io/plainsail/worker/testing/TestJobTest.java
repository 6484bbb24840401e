package io.plainsail.worker.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.contracts.wire.Failure;
import io.plainsail.testbed.MovingClock;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.JobSnoozedException;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.ResultDelivery.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TestJobTest {
    private static final Contract CONTRACT = ContractLoader.fromClassPath(TestJobTest.class, "test.greet", 1);

    @TempDir
    Path directory;

    private static Outcome greet(JobContext job) {
        job.log("greeting");
        job.progress(10, "thinking");
        job.progress(90, "nearly");
        return Outcome.of(Map.of("greeting", "Hello " + job.input().get("name").textValue()));
    }

    @Test
    void aRunTellsOutputProgressAndLog() {
        TestResult result = TestJob.of(CONTRACT, "{\"name\": \"Ada\"}").run(TestJobTest::greet);
        assertThat(result.succeeded()).isTrue();
        assertThat(result.requireOutput().get("greeting").textValue()).isEqualTo("Hello Ada");
        assertThat(result.log()).containsExactly("greeting");
        assertThat(result.progress())
                .containsExactly(new TestResult.Progress(10, "thinking"), new TestResult.Progress(90, "nearly"));
    }

    @Test
    void theContractsExamplesCanBeRun() {
        TestResult result =
                TestJob.of(CONTRACT, CONTRACT.examples().get(0).input()).run(TestJobTest::greet);
        assertThat(result.failure()).isNull();
    }

    @Test
    void theHandlerSeesIdAndAttempt() {
        UUID id = UUID.randomUUID();
        TestResult result = TestJob.of(CONTRACT, "{\"name\": \"Ada\"}")
                .withJobId(id)
                .withAttempt(3)
                .run(job -> Outcome.of(Map.of("greeting", job.jobId() + "/" + job.attempt())));
        assertThat(result.requireOutput().get("greeting").textValue()).isEqualTo(id + "/3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"name\": 1}", "{\"name\": \"a\", \"extra\": 1}", "not json"})
    void anInputTheFacadeWouldRefuseFailsWithoutTheHandler(String input) {
        AtomicBoolean called = new AtomicBoolean();
        TestResult result = TestJob.of(CONTRACT, input).run(job -> {
            called.set(true);
            return greet(job);
        });
        assertThat(result.requireFailure(ErrorCategory.INVALID_INPUT).code()).isEqualTo("input-schema");
        assertThat(called).isFalse();
    }

    @Test
    void anInputAboveTheContractsBoundFailsToo() {
        TestResult result = TestJob.of(CONTRACT, "{\"name\": \"" + "x".repeat(1_000) + "\"}")
                .run(TestJobTest::greet);
        result.requireFailure(ErrorCategory.INVALID_INPUT);
    }

    @Test
    void anOutputThatBreaksTheContractFailsAsInProduction() {
        TestResult result = TestJob.of(CONTRACT, "{\"name\": \"Ada\"}").run(job -> Outcome.done());
        assertThat(result.requireFailure(ErrorCategory.INTERNAL).code()).isEqualTo("output-schema");
    }

    @Test
    void whatTheHandlerThrewIsKept() {
        JobFailedException thrown = new JobFailedException(ErrorCategory.REJECTED, "gone", "410");
        TestResult result = TestJob.of(CONTRACT, "{\"name\": \"Ada\"}").run(job -> {
            throw thrown;
        });
        Failure failure = result.requireFailure(ErrorCategory.REJECTED);
        assertThat(failure.code()).isEqualTo("gone");
        assertThat(result.thrown()).isSameAs(thrown);
        assertThatThrownBy(result::requireOutput)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("410")
                .hasCause(thrown);
    }

    @Test
    void aHandlerThatWaitsIsInterruptedAtItsTimeout() {
        TestResult result = TestJob.of(CONTRACT, "{\"name\": \"Ada\"}")
                .withTimeout(Duration.ofMillis(50))
                .run(job -> {
                    new CountDownLatch(1).await();
                    return Outcome.done();
                });
        assertThat(result.requireFailure(ErrorCategory.TIMEOUT).code()).isEqualTo("attempt-timeout");
        assertThat(result.thrown()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void aSmallFileIsInTheResultAndALargeOneIsDelivered() throws IOException {
        byte[] large = new byte[50_000];
        RecordingResultDelivery results = new RecordingResultDelivery();
        TestJob job = TestJob.of(CONTRACT, "{\"name\": \"Ada\"}").deliveringTo(results);

        TestResult small = job.run(context -> greet(context).withFile(new Outcome.Bytes("text/plain", new byte[] {1})));
        assertThat(Objects.requireNonNull(small.file()).inline()).containsExactly(1);
        assertThat(results.delivered()).isEmpty();

        Path path = Files.write(directory.resolve("large"), large);
        TestResult big = job.run(context -> greet(context).withFile(new Outcome.OnDisk("a/b", path)));
        assertThat(Objects.requireNonNull(big.file()).inline()).isNull();
        assertThat(results.delivered()).hasSize(1);
        assertThat(results.delivered().get(0).content()).isEqualTo(large);
        assertThat(results.delivered().get(0).upload().token()).isEqualTo(TestJob.TOKEN);
    }

    @Test
    void aDeliveryThatTheFacadeRefusesFailsTheJobAndOneItDoesNotWantDropsIt() {
        TestJob job = TestJob.of(CONTRACT, "{\"name\": \"Ada\"}");
        Outcome.File large = new Outcome.Bytes("a/b", new byte[50_000]);
        job.deliveringTo(new RecordingResultDelivery().answering(Verdict.TOO_LARGE))
                .run(context -> greet(context).withFile(large))
                .requireFailure(ErrorCategory.LIMIT_EXCEEDED);

        TestResult dropped = job.deliveringTo(new RecordingResultDelivery().answering(Verdict.NOT_CURRENT))
                .run(context -> greet(context).withFile(large));
        assertThat(dropped.succeeded()).isFalse();
        assertThat(dropped.failure()).isNull();
    }

    @Test
    void expectingTheWrongEndTellsTheRightOne() {
        TestResult good = TestJob.of(CONTRACT, "{\"name\": \"Ada\"}").run(TestJobTest::greet);
        assertThatThrownBy(() -> good.requireFailure(ErrorCategory.INTERNAL)).hasMessageContaining("Hello Ada");
        TestResult bad = TestJob.of(CONTRACT, "{}").run(TestJobTest::greet);
        assertThatThrownBy(() -> bad.requireFailure(ErrorCategory.INTERNAL)).hasMessageContaining("INVALID_INPUT");
    }

    @Test
    void aMovedClockTimesTheHandlerOutWithoutWaiting() {
        MovingClock clock = MovingClock.at(Instant.parse("2026-01-31T12:00:00Z"));
        RunningJob job =
                TestJob.of(CONTRACT, "{\"name\": \"Ada\"}").withClock(clock).start(TestJobTest::standStill);
        job.awaitLog("until 2026-01-31T12:00:10Z");
        clock.advance(Duration.ofSeconds(10));
        assertThat(job.await().requireFailure(ErrorCategory.TIMEOUT).code()).isEqualTo("attempt-timeout");
    }

    @Test
    void aCancelledHandlerIsInterruptedAndNothingIsReportedOfIt() {
        TestResult result = TestJob.of(CONTRACT, "{\"name\": \"Ada\"}")
                .start(TestJobTest::standStill)
                .awaitProgress(40)
                .cancel()
                .await();
        assertThat(result.dropped()).isTrue();
        assertThat(result.thrown()).isInstanceOf(InterruptedException.class);
        assertThat(result.log()).endsWith("Stopped: the job is cancelled");
        assertThatThrownBy(result::requireOutput).hasMessageContaining("nobody wanted it");
    }

    @Test
    void aHandlerWhoseWorkerEndsGivesItsJobBack() {
        TestResult result = TestJob.of(CONTRACT, "{\"name\": \"Ada\"}")
                .start(TestJobTest::standStill)
                .stopWorker()
                .await();
        assertThat(result.handedBack()).isTrue();
        assertThat(result.dropped()).isFalse();
    }

    @Test
    void waitingForWhatNeverComesEndsWithTheHandler() {
        RunningJob job = TestJob.of(CONTRACT, "{\"name\": \"Ada\"}").start(TestJobTest::greet);
        assertThatThrownBy(() -> job.awaitLog("farewell"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("did not log \"farewell\"")
                .hasMessageContaining("greeting");
        assertThat(job.await().succeeded()).isTrue();
        assertThatThrownBy(() -> TestJob.of(CONTRACT, "{}").start(TestJobTest::greet))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("would refuse the input");
    }

    @Test
    void aJobThatIsPutOffTellsUntilWhen() {
        Instant later = Instant.now().plusSeconds(60);
        TestResult result = TestJob.of(CONTRACT, "{\"name\": \"Ada\"}").run(job -> {
            throw new JobSnoozedException(later, "not yet");
        });
        assertThat(result.requireSnooze()).isEqualTo(later);
        assertThatThrownBy(() -> TestJob.of(CONTRACT, "{\"name\": \"Ada\"}")
                        .run(TestJobTest::greet)
                        .requireSnooze())
                .hasMessageContaining("succeeded");
    }

    private static Outcome standStill(JobContext job) throws InterruptedException {
        job.log("until " + job.deadline());
        job.progress(40, "standing still");
        new CountDownLatch(1).await();
        return Outcome.done();
    }
}
