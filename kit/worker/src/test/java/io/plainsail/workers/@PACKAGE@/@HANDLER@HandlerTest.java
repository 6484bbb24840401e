package io.plainsail.workers.@PACKAGE@;

import static org.assertj.core.api.Assertions.assertThat;

import io.plainsail.contracts.Contract;
import io.plainsail.contracts.ErrorCategory;
import io.plainsail.worker.service.ConfiguredWorker;
import io.plainsail.worker.service.WorkerService;
import io.plainsail.worker.testing.TestJob;
import io.plainsail.worker.testing.TestResult;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The handler in a worker's pipeline, with the contract and the defaults of this module; needs no broker. */
@Timeout(60)
class @HANDLER@HandlerTest {
    private final WorkerService service =
            ConfiguredWorker.of(new @CLASS@Worker(), Map.of(), Map.of()).service();
    private final Contract contract = service.handled().get(0).contract();

    @Test
    void somebodyIsGreetedByName() {
        TestResult result = run("{\"name\": \"Ada\"}");
        assertThat(result.requireOutput().get("greeting").textValue()).isEqualTo("Hello, Ada!");
        assertThat(result.log()).containsExactly("Greeting Ada");
        assertThat(result.progress()).containsExactly(new TestResult.Progress(50, "greeting"));
    }

    @Test
    void everyExampleOfTheContractSucceeds() {
        for (Contract.Example example : contract.examples()) {
            TestResult result = run(example.input().toString());
            assertThat(result.succeeded()).as(example.name()).isTrue();
        }
    }

    @Test
    void blankNameFailsForGood() {
        assertThat(run("{\"name\": \" \"}")
                        .requireFailure(ErrorCategory.INVALID_INPUT)
                        .code())
                .isEqualTo("blank-name");
    }

    @Test
    void missingNameIsRefusedByTheContract() {
        run("{}").requireFailure(ErrorCategory.INVALID_INPUT);
    }

    private TestResult run(String input) {
        return TestJob.of(contract, input).run(service.handled().get(0).handler());
    }
}
