package io.plainsail.worker.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.plainsail.contracts.ContractLoader;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.testbed.Broker;
import io.plainsail.testbed.RabbitMqExtension;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.JobFailedException;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.WorkerService;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@Timeout(120)
@ExtendWith(RabbitMqExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WorkerOnBrokerIT {
    @SuppressWarnings("NullAway.Init")
    private WorkerOnBroker worker;

    @BeforeAll
    void start(Broker broker) {
        worker = WorkerOnBroker.start(
                WorkerService.named("greeter")
                        .handles(
                                ContractLoader.fromClassPath(WorkerOnBrokerIT.class, "test.greet", 1),
                                WorkerOnBrokerIT::greet),
                broker);
    }

    @AfterAll
    void stop() {
        worker.close();
    }

    private static Outcome greet(JobContext job) throws Exception {
        String name = job.input().get("name").textValue();
        job.log("greeting " + name + " in attempt " + job.attempt());
        if (name.equals("away") && job.attempt() == 1) {
            throw new JobFailedException(ErrorCategory.UNAVAILABLE, "away", "nobody is there");
        }
        if (name.equals("wrong")) {
            throw new JobFailedException(ErrorCategory.REJECTED, "wrong", "not greeted");
        }
        if (name.equals("stone")) {
            job.progress(10, "waiting");
            new CountDownLatch(1).await();
        }
        return Outcome.of(Map.of("greeting", "Hello " + name))
                .withFile(new Outcome.Bytes("text/plain", new byte[name.equals("large") ? 50_000 : 5]));
    }

    private static String named(String name) {
        return "{\"name\": \"" + name + "\"}";
    }

    @Test
    void aJobComesBackWithOutputLogAndFile() {
        SubmittedJob job = worker.submit(named("Ada"));
        TestResult result = job.await();
        assertThat(result.requireOutput().get("greeting").textValue()).isEqualTo("Hello Ada");
        assertThat(result.log()).containsExactly("greeting Ada in attempt 1");
        assertThat(result.file()).isNotNull();
        assertThat(job.retries()).isEmpty();
    }

    @Test
    void aLargeFileIsDeliveredToTheFacade() {
        SubmittedJob job = worker.submit(named("large"));
        job.await().requireOutput();
        assertThat(worker.results().delivered()).anySatisfy(each -> {
            assertThat(each.upload().jobId()).isEqualTo(job.id());
            assertThat(each.content()).hasSize(50_000);
        });
    }

    @Test
    void aFailureForNowIsFollowedByAnotherAttempt() {
        SubmittedJob job = worker.submit(named("away"));
        assertThat(job.await().log()).containsExactly("greeting away in attempt 1", "greeting away in attempt 2");
        assertThat(job.retries()).containsExactly("nobody is there");
    }

    @Test
    void aFailureForGoodIsTold() {
        assertThat(worker.submit(named("wrong"))
                        .await()
                        .requireFailure(ErrorCategory.REJECTED)
                        .code())
                .isEqualTo("wrong");
    }

    @Test
    void aCancelledJobStops() {
        SubmittedJob job = worker.submit(named("stone")).awaitRunning().awaitLog("greeting stone");
        assertThat(job.cancel().await().dropped()).isTrue();
    }

    @Test
    void whatTheFacadeWouldRefuseIsNotSent() {
        assertThatThrownBy(() -> worker.submit("{}"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("would refuse the input");
    }

    @Test
    void waitingForWhatNeverComesEndsWithTheJob() {
        SubmittedJob job = worker.submit(named("Eve"));
        assertThatThrownBy(() -> job.awaitLog("farewell"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("before its end");
    }
}
