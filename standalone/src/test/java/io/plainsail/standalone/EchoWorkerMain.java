package io.plainsail.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import io.plainsail.contracts.ContractLoader;
import io.plainsail.worker.JobContext;
import io.plainsail.worker.Outcome;
import io.plainsail.worker.service.WorkerMain;
import io.plainsail.worker.service.WorkerService;

/** A worker service for tests of the whole line: answers with its input, a little later. */
public final class EchoWorkerMain {
    private EchoWorkerMain() {}

    public static void main(String[] args) {
        WorkerMain.run(
                args,
                WorkerService.named("echo")
                        .handles(
                                ContractLoader.fromClassPath(EchoWorkerMain.class, "test.echo", 1),
                                EchoWorkerMain::echo));
    }

    private static Outcome echo(JobContext job) throws InterruptedException {
        JsonNode input = job.input();
        Thread.sleep(5);
        return Outcome.of(input);
    }
}
